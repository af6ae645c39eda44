"""What every Nginx in front of the services has in its configuration. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAXIMUM_BODY = "12m"  # above the largest upload that a service takes, so that the service's own message is seen
GZIP = """\
    gzip on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_vary on;
    gzip_types text/css text/plain text/javascript application/javascript application/json
               application/problem+json application/feed+json application/atom+xml application/rss+xml
               image/svg+xml;"""

_CLOSED = """\
        # What services tell each other and what measures them is not for visitors.
        location ~ ^(?:{prefixes})/(?:internal|metrics)(?:/|$) {{
            return 404;
        }}"""

_LOCATION = """
        location {match} {{
            proxy_pass http://127.0.0.1:{port};
        }}
"""


@dataclass(frozen=True)
class Upstream:
    """A service behind Nginx: the path it lives under, and its port on this machine."""

    path: str
    port: int


def closed(upstreams: Sequence[Upstream]) -> str:
    """What is refused below every service's path."""
    return _CLOSED.format(prefixes="|".join(re.escape(each.path.rstrip("/")) for each in upstreams))


def locations(upstreams: Sequence[Upstream]) -> str:
    """Each service's own path and all below it; what merely starts with the same letters belongs to another."""
    return "".join(_location(each) for each in upstreams).rstrip("\n")


def _location(upstream: Upstream) -> str:
    if upstream.path == "/":
        return _LOCATION.format(match="/", port=upstream.port)
    exact, below = f"= {upstream.path}", f"{upstream.path}/"
    return _LOCATION.format(match=exact, port=upstream.port) + _LOCATION.format(match=below, port=upstream.port)
