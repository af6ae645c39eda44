"""Over HTTPS, cookies have names on the wire that no neighbouring host and no page without TLS can give to others.

Inside, a cookie has its plain name. At the edge, here, `archive_access` becomes `__Host-archive_access`; what comes in
without the prefix was planted, and is dropped. Source of the rules: RFC 6265bis, section 4.1.3 (Cookie Name Prefixes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask

from archive_chassis.identity import REFRESH_COOKIE
from archive_chassis.settings import Settings

OURS = "archive_"
#: `__Host-` is for cookies of the whole site. This one goes to one service alone.
_OF_ONE_SERVICE = frozenset((REFRESH_COOKIE,))


def on_the_wire(name: str) -> str:
    """The name that a browser knows one of our cookies by."""
    return ("__Secure-" if name in _OF_ONE_SERVICE else "__Host-") + name


def install(app: Flask, settings: Settings) -> None:
    """Rename cookies in both directions, if the site is served over HTTPS: without it browsers refuse the prefixes."""
    if not settings.secure_cookies:
        return
    inner = cast("Callable[..., Iterable[bytes]]", app.wsgi_app)

    def renamed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = _received(environ["HTTP_COOKIE"])

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [_sent(*header) for header in headers], *rest)

        return inner(environ, start)

    app.wsgi_app = renamed


def _received(header: str) -> str:
    kept: list[str] = []
    for pair in header.split(";"):
        name, _equals, value = pair.strip().partition("=")
        ours = name[name.find(OURS) :] if OURS in name else ""
        if not ours:
            kept.append(pair.strip())
        elif name == on_the_wire(ours):
            kept.append(f"{ours}={value}")
    return "; ".join(kept)


def _sent(name: str, value: str) -> tuple[str, str]:
    if name == "Set-Cookie" and value.startswith(OURS):
        cookie, equals, rest = value.partition("=")
        return name, on_the_wire(cookie) + equals + rest
    return name, value
