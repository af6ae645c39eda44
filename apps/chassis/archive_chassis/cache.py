"""Anonymous pages, kept in memory and keyed by the content they show: a change makes a new key.

Members share the parts of a page that do not depend on who looks (`cached_fragment`).

What varies is in the key (address, language, theme, content version). A page is kept only if nobody in particular asked
for it: no member, no form token, no flash message.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec

from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from archive_chassis import i18n
from archive_chassis.identity import current_member
from archive_chassis.templating import session_cookie_present, theme

P = ParamSpec("P")

MAX_BYTES = 16 * 1024 * 1024


class PageCache:
    """Finished pages, least recently used out first, bounded by bytes."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._pages: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._bytes = 0
        self._max_bytes = max_bytes
        self._lock = Lock()

    def get(self, key: str) -> tuple[bytes, str] | None:
        """The page and its content type."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def put(self, key: str, body: bytes, content_type: str) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            self._bytes += len(body) - (len(old[0]) if old else 0)
            self._pages[key] = (body, content_type)
            while self._bytes > self._max_bytes:
                _, (dropped, _type) = self._pages.popitem(last=False)
                self._bytes -= len(dropped)


def cached_page(
    version: Callable[[], int | str],
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """A GET view whose anonymous answer is kept until `version()` (one cheap statement) says something else."""

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def cached(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not _anonymous() or request.method not in ("GET", "HEAD"):
                return view(*args, **kwargs)
            pages: PageCache = current_app.extensions["archive_pages"]
            address = f"{request.path}?{request.query_string.decode('latin-1')}"
            key = f"{_version(version)}|{i18n.language()}|{theme()}|{address}"
            found = pages.get(key)
            if found is None:
                response = make_response(view(*args, **kwargs))
                if response.status_code == 200 and not g.get("archive_new_csrf") and not session_cookie_present():
                    found = (response.get_data(), response.content_type or "text/html")
                    pages.put(key, *found)
                else:
                    return response
            return _respond(key, *found)

        return cached

    return decorate


def cached_fragment(version: Callable[[], int | str], name: str, make: Callable[[], str]) -> Markup:
    """A part of a page that is the same for all who see it under `name`; made anew when the content changes.

    `name` must tell apart everything that `make` looks at but the language.
    """
    pages: PageCache = current_app.extensions["archive_pages"]
    key = f"{_version(version)}|{i18n.language()}|fragment|{name}"
    found = pages.get(key)
    if found is None:
        found = (make().encode(), "")
        pages.put(key, *found)
    return Markup(found[0].decode())  # noqa: S704 - what `make` rendered was escaped by its template


def _version(version: Callable[[], int | str]) -> int | str:
    """What `version()` says, asked once in a request: a page and its parts show one state."""
    known: dict[Callable[[], int | str], int | str] = g.setdefault("archive_versions", {})
    if version not in known:
        known[version] = version()
    return known[version]


def _anonymous() -> bool:
    return current_member() is None and not session_cookie_present() and g.get("archive_new_language") is None


def _respond(key: str, body: bytes, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    release = current_app.extensions["archive_settings"].release
    response.set_etag(hashlib.blake2b(f"{release}|{key}".encode(), digest_size=12).hexdigest())
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response
