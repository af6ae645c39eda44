"""What several pages read from a request."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import request

from archive_chassis import csrf

#: Printable, and no backslash, which browsers take for a slash.
_SAFE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def address() -> str:
    """The visitor's network address, for rate limits."""
    return request.remote_addr or ""


def user_agent() -> str:
    return request.headers.get("User-Agent", "")


def next_path() -> str:
    """Where to go afterwards: `next`, if it is a path of this site, else "/"."""
    return safe_path(request.values.get("next", ""))


def safe_path(path: str) -> str:
    """`path`, if it can only lead to a page of this site, else "/"."""
    return path if _SAFE.fullmatch(path) else "/"


def page_before() -> str:
    """The page that sent this request, as far as the browser tells."""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # such as "http://[", which browsers never send
        return "/"
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return safe_path(path) if came_from.netloc == request.host else "/"


#: Fields that forms of the community carry and nobody typed.
UNTYPED_FIELDS = frozenset({csrf.FIELD, "submission", "revision", "parent", "category", "difficulty", "next"})


def sent_texts() -> list[tuple[str, str]]:
    """What somebody typed into the request's form and would be sorry to lose, the longest first; never a password."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name and value.strip() and name not in UNTYPED_FIELDS and "password" not in name
    ]
    return sorted(typed, key=lambda field: -len(field[1]))
