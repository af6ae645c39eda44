"""Resources that an emulator of AWS serves, from their references to their tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...provider.failures import Failure
from . import KINDS
from .account import Account
from .kind import Asked, Kind, Outputs
from .references import check
from .tagging import tag


class Emulator:
    """AWS at an address."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._account = Account(endpoint, region)

    def asked(
        self,
        token: str,
        name: str,
        inputs: Mapping[str, Any],
        tags: Mapping[str, str],
        id_: str,
        outputs: Mapping[str, Any],
    ) -> Asked:
        """`tags` are all that it is to have: they are no inputs here, where AWS knows them by their names."""
        apart = {"tags", "tagsAll"} if KINDS[token].tagged else {"tagsAll"}
        given = {key: value for key, value in inputs.items() if key not in apart}
        return Asked(self._account, token, name, _whole(given), tags, id_, _whole(outputs))

    def create(self, asked: Asked) -> Outputs:
        """What AWS tells of it, with its `id`."""
        kind = KINDS[asked.type]
        check(self._account, asked.inputs)
        asked.id = kind.create(asked)
        return self._told(kind, asked, {})

    def read(self, asked: Asked) -> Outputs | None:
        return KINDS[asked.type].read(asked)

    def update(self, asked: Asked, changed: frozenset[str], before: Mapping[str, str]) -> Outputs:
        """`before`: the tags that it had."""
        kind = KINDS[asked.type]
        own = changed - ({"tags", "tagsAll"} if kind.tagged else {"tagsAll"})
        if own:
            check(self._account, {name: asked.inputs.get(name) for name in own})
            kind.update(asked, own)
        return self._told(kind, asked, before)

    def delete(self, asked: Asked) -> None:
        KINDS[asked.type].delete(asked)

    def _told(self, kind: Kind, asked: Asked, before: Mapping[str, str]) -> Outputs:
        outputs = kind.read(asked)
        if outputs is None:
            raise Failure(f"{asked.type}: {asked.id} is not there, though it was just made or changed")
        if kind.tagged:
            tag(asked, kind.service, str(outputs.get("arn", asked.id)), before)
        return {**outputs, "id": asked.id}


def _whole(value: Any) -> Any:
    """Numbers come over the wire as floating-point ones."""
    if isinstance(value, Mapping):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value == int(value) else value
