"""The gateway's Nginx configuration, as a pure function of what is behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAXIMUM_BODY = "12m"  # above the largest upload that a service takes, so that the service's own message is seen
READY_PATH = "/.gateway"

_TEMPLATE = """\
# Written by `pulumi up`; changes made here are lost.
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;

events {{
    worker_connections 1024;
}}

http {{
    access_log off;  # every service logs its own requests, with their ids
    server_tokens off;
    default_type application/octet-stream;
    client_max_body_size {maximum_body};
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;

    gzip on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_vary on;
    gzip_types text/css text/plain text/javascript application/javascript application/json
               application/problem+json application/feed+json application/atom+xml application/rss+xml
               image/svg+xml;

    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;  # replaced, not appended: a visitor cannot choose it
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Prefix "";
    proxy_connect_timeout 5s;
    proxy_read_timeout 60s;

    server {{
        listen {listen};
        server_name _;

        location = {ready} {{
            default_type text/plain;
            return 200 "{release}\\n";
        }}

        # What services tell each other and what measures them is not for visitors.
        location ~ ^(?:{prefixes})/(?:internal|metrics)(?:/|$) {{
            return 404;
        }}
{locations}
    }}
}}
"""

_LOCATION = """
        location {match} {{
            proxy_pass http://127.0.0.1:{port};
        }}
"""


@dataclass(frozen=True)
class Upstream:
    """A service behind the gateway: the path it lives under, and its port on this machine."""

    path: str
    port: int


def render(host: str, port: int, upstreams: Sequence[Upstream], folder: Path, release: str) -> str:
    """The whole configuration. `folder` takes Nginx' temporary files; `release` is what READY_PATH answers.

    Connections to a service are not kept open: a service may be replaced at any moment, and a request that cannot be
    repeated must not meet a connection that is being closed. On one machine a new connection costs next to nothing.
    """
    return _TEMPLATE.format(
        folder=folder,
        maximum_body=MAXIMUM_BODY,
        listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        ready=READY_PATH,
        release=release,
        prefixes="|".join(re.escape(each.path.rstrip("/")) for each in upstreams),
        locations="".join(_locations(each) for each in upstreams).rstrip("\n"),
    )


def _locations(upstream: Upstream) -> str:
    """The service's own path and all below it; what merely starts with the same letters belongs to another."""
    if upstream.path == "/":
        return _LOCATION.format(match="/", port=upstream.port)
    exact, below = f"= {upstream.path}", f"{upstream.path}/"
    return _LOCATION.format(match=exact, port=upstream.port) + _LOCATION.format(match=below, port=upstream.port)
