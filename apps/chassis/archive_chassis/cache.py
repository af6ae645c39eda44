"""Pages kept in memory and keyed by the content they show: a change makes a new key.

What varies is in the key (address, language, theme, content version). Without a log-in, a page is kept if nobody in
particular asked for it: no form token, no flash message. Members who see the same share one page with holes for what is
each one's own (`holes`), and others at least the parts that do not depend on who looks (`cached_fragment`).
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

from archive_chassis import holes, i18n
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
    version: Callable[[], int | str], alike: Callable[..., bool] | None = None
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """A GET view whose answer is kept until `version()` (one cheap statement) says something else.

    `alike` says whether the verified member who asks, and who is no staff, sees on it what any other such member does,
    the holes aside. Without it, only the anonymous answer is kept.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def cached(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            member = current_member()
            if request.method not in ("GET", "HEAD") or _was_told_something():
                return view(*args, **kwargs)
            if member is None:
                return _for_everybody(version, lambda: view(*args, **kwargs))
            if alike is not None and member.role == "member" and member.verified and alike(*args, **kwargs):
                return _for_members(version, lambda: view(*args, **kwargs))
            return view(*args, **kwargs)

        return cached

    return decorate


def _was_told_something() -> bool:
    """Whether the answer says once what nobody else is told: a message, a language that was chosen just now."""
    return session_cookie_present() or g.get("archive_new_language") is not None


def everybody(*_args: object, **_kwargs: object) -> bool:
    """`alike` of a page that shows all members the same."""
    return True


def _for_everybody(version: Callable[[], int | str], view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    pages, key = _pages(), f"{_version(version)}|{_looks()}"
    found = pages.get(key)
    if found is None:
        response = make_response(view())
        if response.status_code != 200 or g.get("archive_new_csrf") or session_cookie_present():
            return response
        found = (response.get_data(), response.content_type or "text/html")
        pages.put(key, *found)
    return _respond(key, *found)


def _for_members(version: Callable[[], int | str], view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    pages, key = _pages(), f"{_version(version)}|members|{_looks()}"
    found = pages.get(key)
    if found is None:
        with holes.left_open():
            response = make_response(view())
        if response.status_code != 200:
            return view()
        found = (response.get_data(), response.content_type or "text/html")
        pages.put(key, *found)
    return Response(holes.filled(found[0]), content_type=found[1])


def _pages() -> PageCache:
    return current_app.extensions["archive_pages"]


def _looks() -> str:
    """What tells one page from another. The address comes last: whoever asks chooses it."""
    return f"{i18n.language()}|{theme()}|{request.path}?{request.query_string.decode('latin-1')}"


def cached_fragment(version: Callable[[], int | str], name: str, make: Callable[[], str]) -> Markup:
    """A part of a page that is the same for all who see it under `name`; made anew when the content changes.

    `name` must tell apart everything that `make` looks at but the language.
    """
    pages, key = _pages(), f"{_version(version)}|{i18n.language()}|fragment|{name}"
    found = pages.get(key)
    if found is None:
        found = (make().encode(), "")
        pages.put(key, *found)
    return Markup(found[0].decode())  # noqa: S704 - what `make` rendered was escaped by its template


def know_version(version: Callable[[], int | str], value: int | str) -> None:
    """`version()` need not be asked in this request: another statement has brought what it says."""
    g.setdefault("archive_versions", {})[version] = value


def _version(version: Callable[[], int | str]) -> int | str:
    """What `version()` says, asked once in a request: a page and its parts show one state."""
    known: dict[Callable[[], int | str], int | str] = g.setdefault("archive_versions", {})
    if version not in known:
        known[version] = version()
    return known[version]


def _respond(key: str, body: bytes, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    release = current_app.extensions["archive_settings"].release
    response.set_etag(hashlib.blake2b(f"{release}|{key}".encode(), digest_size=12).hexdigest())
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response
