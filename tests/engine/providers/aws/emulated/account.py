"""An account of AWS that an emulator plays at one address, as moto and LocalStack do."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel

from ...provider.failures import Failure
from ..made import ACCOUNT, PARTITION

# How services say that there is no such thing
_MISSING = re.compile(r"NotFound|NoSuch|NonExist|DoesNotExist|NotExist|Unknown[A-Z]|^404$")


class Refused(Failure):
    """AWS's error. `code` is its own name for it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def missing(self) -> bool:
        """Whether it says that there is no such thing."""
        return bool(_MISSING.search(self.code))


class Account:
    """Calls its API as AWS's own programs do."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint, self.region = endpoint, region
        self._clients: dict[tuple[str, str], Any] = {}

    @cached_property
    def _session(self) -> Any:
        session = botocore.session.Session()
        session.set_credentials("emulated", "emulated")
        return session

    def client(self, service: str, region: str | None = None) -> Any:
        """The API of a service by botocore's name of it."""
        place = (service, region or self.region)
        if place not in self._clients:
            # An emulator's name has no bucket's name before it; and what it refuses it refuses again
            config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
            self._clients[place] = self._session.create_client(
                service, region_name=place[1], endpoint_url=self.endpoint, config=config
            )
        return self._clients[place]

    def operation(self, service: str, operation: str) -> OperationModel:
        """What an operation takes and answers."""
        client = self.client(service)
        model: OperationModel = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        return model

    def call(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Raises:
        Refused: AWS does not do it.
        Failure: nobody would, because the parameters are none of its.
        """
        try:
            return getattr(self.client(service, region), operation)(**parameters)
        except ClientError as error:
            raise Refused(error.response.get("Error", {}).get("Code", ""), str(error)) from None
        except BotoCoreError as error:
            raise Failure(f"{service}.{operation}: {error}") from None

    def arn(self, service: str, rest: str, *, region: str | None = None) -> str:
        """Of something of this account; `region` is empty for what is in none."""
        place = self.region if region is None else region
        return f"arn:{PARTITION}:{service}:{place}:{ACCOUNT}:{rest}"
