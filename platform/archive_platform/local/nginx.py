"""The gateway's Nginx configuration, as a pure function of what is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive_platform.services.nginx import GZIP, MAXIMUM_BODY, Upstream, closed, locations

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

{gzip}

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

{closed}
{locations}
    }}
}}
"""


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
        gzip=GZIP,
        closed=closed(upstreams),
        locations=locations(upstreams),
    )
