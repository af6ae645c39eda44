"""A page that all plain members see alike is rendered once for all of them, with holes for what is each reader's own.

While it is rendered, the reader is nobody (`READER`): nothing of the member who happens to ask first can get into it.
What a page needs of its reader (the form token, the name in the menu) is a `Hole`: a mark in the page for all, filled
in for each. Marks are secrets of the process, so no text that somebody writes can hold one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager

from flask import g

from archive_chassis.tokens import Member

#: Whom a page for all is rendered for: a verified member without a number, who wrote nothing and is nobody's author.
READER = Member(id=0, nickname="", avatar="", role="member", verified=True, sid="")

_SECRET = secrets.token_hex(16)
_MARK = re.compile(rf"{_SECRET}([a-z-]+):([0-9a-z-]*)\.".encode())
_holes: dict[bytes, Callable[[str], str]] = {}


class Hole:
    """Something of a reader's own in a page; call it where the page is made, with what it depends on beside the reader.

    `value` makes what belongs there, as safe HTML; in a page for all, once for each argument when it is filled in.
    """

    def __init__(self, name: str, value: Callable[[str], str]) -> None:
        """`name`: lower case letters and hyphens; no other hole has it."""
        self._name = name
        self._value = value
        _holes[name.encode()] = value

    def __call__(self, argument: str = "") -> str:
        """`argument`: lower case letters, digits and hyphens; it is the same for all readers."""
        return f"{_SECRET}{self._name}:{argument}." if g.get("archive_holes_open") else self._value(argument)


@contextmanager
def left_open() -> Generator[None]:
    """Within the block, pages are made for READER, with marks for what is a reader's own."""
    kept = {name: g.get(name) for name in ("archive_member", "archive_member_until")}
    g.archive_member, g.archive_holes_open = READER, True
    try:
        yield
    finally:
        g.archive_holes_open = False
        for name, value in kept.items():
            setattr(g, name, value)


def filled(page: bytes) -> bytes:
    """A page that was made with open holes, as the member who asks is to see it."""
    values: dict[bytes, bytes] = {}

    def value(mark: re.Match[bytes]) -> bytes:
        found = mark[0]
        if found not in values:
            values[found] = _holes[mark[1]](mark[2].decode()).encode()
        return values[found]

    return _MARK.sub(value, page)
