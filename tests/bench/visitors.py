"""Who visits: members with tokens, browsers with a form's token, addresses of their own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from archive_chassis import csrf
from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.testing import KEYS, new_client
from archive_chassis.tokens import ACCESS_LIFETIME, Member, Signer

READER = 7
#: Those who write are many, since each may write only so often (`archive_boards.limits`), and so are their addresses.
FIRST_WRITER, WRITES_OF_ONE, WRITES_OF_ADDRESS = 10_000, 10, 50


class Members:
    """Cookies of logged-in members, each good for a while longer than a round takes."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._signer, self._now = Signer(json.dumps(KEYS)), now
        self._known: dict[tuple[int, str], tuple[float, str]] = {}

    def cookie(self, number: int, role: str = "member") -> str:
        """The cookie of a member; a new one once a third of its lifetime has passed."""
        issued, cookie = self._known.get((number, role), (-1e9, ""))
        if self._now() - issued > ACCESS_LIFETIME.total_seconds() / 3:
            member = Member(number, f"회원{number}", "", role, verified=True, sid="bench")
            cookie = f"{ACCESS_COOKIE}={self._signer.issue(member)}"
            self._known[number, role] = (self._now(), cookie)
        return cookie

    def writer(self, number: int) -> str:
        """The cookie of who writes what is the `number`-th to be written. On the news board editors write."""
        return self.cookie(FIRST_WRITER + number // WRITES_OF_ONE, "moderator")


@dataclass(frozen=True)
class Form:
    """What a browser holds that has opened the form: the cookie and the hidden token that belong together."""

    cookie: str
    token: str

    @classmethod
    def opened(cls, app: Flask, address: str, member_cookie: str) -> Form:
        """Open the form at `address` as a member."""
        name, _, value = member_cookie.partition("=")
        client = new_client(app)
        client.set_cookie(name, value)
        page = client.get(address)
        seed = client.get_cookie(csrf.COOKIE)
        token = re.search(rf'name="{csrf.FIELD}" value="([^"]+)"', page.text)
        if page.status_code != 200 or seed is None or token is None:
            raise RuntimeError(f"{address} was answered {page.status_code}, and has no form")
        return cls(f"{csrf.COOKIE}={seed.value}", token[1])


def visitor_address(number: int) -> str:
    """An address of its own for each number below 16 million."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def writer_address(number: int) -> str:
    return visitor_address(number // WRITES_OF_ADDRESS)
