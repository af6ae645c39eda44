"""The cluster's API, asked with the stack's kubeconfig: no kubectl is needed."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from archive_platform.errors import PlatformError


class ApiError(PlatformError):
    """The API server could not be reached, is not the one that is expected, or refused the question."""


@dataclass(frozen=True)
class Api:
    """An API server: its address, and what both sides prove to be themselves with (PEM)."""

    server: str
    authority: str
    certificate: str
    key: str

    @classmethod
    def of(cls, kubeconfig: str) -> Api:
        """The server and the user of the kubeconfig's current context. ApiError when it is not such a file."""
        try:
            document: dict[str, Any] = yaml.safe_load(kubeconfig)
            context = _named(document["contexts"], document["current-context"])["context"]
            cluster = _named(document["clusters"], context["cluster"])["cluster"]
            user = _named(document["users"], context["user"])["user"]
            return cls(
                cluster["server"],
                _decoded(cluster["certificate-authority-data"]),
                _decoded(user["client-certificate-data"]),
                _decoded(user["client-key-data"]),
            )
        except (yaml.YAMLError, KeyError, TypeError, ValueError, StopIteration) as error:
            raise ApiError(f"the stack's kubeconfig cannot be read ({type(error).__name__})") from None

    def get(self, path: str, seconds: float = 5) -> str:
        """The answer to GET. The server's certificate has to be valid, of the cluster's authority, for its address."""
        place = urlsplit(self.server)
        connection = http.client.HTTPSConnection(place.netloc, timeout=seconds, context=self._context())
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        except ssl.SSLCertVerificationError as error:
            raise ApiError(f"{self.server} shows a certificate that is not its own: {error.verify_message}") from None
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"{self.server} does not answer: {str(error) or type(error).__name__}") from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise ApiError(f"{self.server}{path} answers {answer.status}: {body[:200].strip()}")
        return body

    def nodes(self) -> list[dict[str, Any]]:
        """The cluster's nodes, as the API describes them."""
        items: list[dict[str, Any]] = json.loads(self.get("/api/v1/nodes"))["items"]
        return items

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.authority)
        # ssl reads a client's certificate and key from files only; this one is its owner's alone, and gone at once
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as pair:
            pair.write(f"{self.certificate}\n{self.key}")
            pair.flush()
            try:
                context.load_cert_chain(pair.name)
            except ssl.SSLError:
                raise ApiError("the kubeconfig's certificate and key do not belong together") from None
        return context


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _decoded(data: str) -> str:
    return base64.b64decode(data, validate=True).decode("ascii")
