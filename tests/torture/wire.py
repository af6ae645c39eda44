"""HTTP as a member's browser sends it: forms with cookies, the form token, and no more knowledge than a browser has."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from archive_chassis.csrf import COOKIE as CSRF_COOKIE
from archive_chassis.csrf import FIELD as CSRF_FIELD
from archive_chassis.csrf import HEADER as CSRF_HEADER
from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.testing import KEYS
from archive_chassis.tokens import ACCESS_LIFETIME, Member, Signer

#: Nobody waits longer than this for an answer, whatever was killed meanwhile.
PATIENCE_S = 25.0

_TOKEN = re.compile(rf'name="{CSRF_FIELD}" value="([0-9a-f]+)"')
_SEED = re.compile(rf"{CSRF_COOKIE}=([^;]+)")


class LostAnswerError(Exception):
    """The connection ended before the answer was there: whether the form was taken is unknown."""


class SlowAnswerError(Exception):
    """Nobody answered within PATIENCE_S, though the connection held: somebody waits for what never comes."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


class Wire:
    """Connections to one community. Members prove who they are by access tokens that the tests sign."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._signer = Signer(json.dumps(KEYS))
        self._tokens: dict[Member, tuple[str, float]] = {}
        self._csrf = ("", "")

    def open_form(self, path: str, member: Member) -> None:
        """Read a page with a form, as every browser does first: it gives the form token."""
        answer, cookies = self._send("GET", path, "", {"Cookie": self._cookies(member)}, member)
        token, seed = _TOKEN.search(answer.text), _SEED.search(cookies)
        if answer.status != 200 or token is None or seed is None:
            raise RuntimeError(f"{path} shows no form: {answer.status}")
        self._csrf = (seed[1], token[1])

    def get(self, path: str, member: Member | None = None, bearer: str = "") -> Answer:
        """Read a page, as a member or nobody; or an address of the API, with an API token."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        headers |= {"Cookie": self._cookies(member)} if member else {}
        return self._send("GET", path, "", headers, member)[0]

    def post(self, path: str, form: dict[str, str], member: Member) -> Answer:
        """Send a form. LostAnswerError when the connection ends before the answer."""
        seed, token = self._csrf
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self._port}",
            "Cookie": f"{self._cookies(member)}; {CSRF_COOKIE}={seed}",
        }
        return self._send("POST", path, urlencode({CSRF_FIELD: token, **form}), headers, member)[0]

    def upload(self, path: str, field: str, file: bytes, member: Member) -> Answer:
        """Send a file as the page's own script does: the answer is JSON."""
        seed, token = self._csrf
        edge = "torture-edge"
        parts = (
            f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="file"\r\n\r\n'.encode(),
            file + f"\r\n--{edge}--\r\n".encode(),
        )
        headers = {
            "Accept": "application/json",
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Origin": f"http://127.0.0.1:{self._port}",
            CSRF_HEADER: token,
            "Cookie": f"{self._cookies(member)}; {CSRF_COOKIE}={seed}",
        }
        return self._send("POST", path, b"".join(parts), headers, member)[0]

    def _cookies(self, member: Member) -> str:
        token, until = self._tokens.get(member, ("", 0.0))
        if until < time.monotonic():
            token, until = self._signer.issue(member), time.monotonic() + ACCESS_LIFETIME.total_seconds() / 2
            self._tokens[member] = (token, until)
        return f"{ACCESS_COOKIE}={token}"

    def _send(
        self, method: str, path: str, body: str | bytes, headers: dict[str, str], member: Member | None
    ) -> tuple[Answer, str]:
        # Every member has an address of their own on this machine's own network, as rate limits expect.
        own = (f"127.1.{member.id // 250}.{member.id % 250 + 1}", 0) if member else None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, PATIENCE_S, source_address=own)
        try:
            connection.request(method, path, body, {"Accept": "text/html", "Connection": "close", **headers})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            cookies = "; ".join(answer.headers.get_all("Set-Cookie") or ())
            return Answer(answer.status, answer.headers.get("Location", ""), text), cookies
        except TimeoutError as error:
            raise SlowAnswerError(f"{method} {path} was not answered within {PATIENCE_S:.0f} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise LostAnswerError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
