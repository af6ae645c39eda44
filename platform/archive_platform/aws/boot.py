"""What a server is told when it starts for the first time, as one script. Pure functions.

A server keeps nothing that is not elsewhere: another release, or another setting, is another server.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import IPv4Network

from archive_platform.aws import media, quadlets
from archive_platform.aws.quadlets import CERTIFICATES, FOLDER, REGISTRY_LOGINS, SECRETS_UNIT, Images
from archive_platform.catalogue import ServiceEntry
from archive_platform.services.nginx import GZIP, MAXIMUM_BODY, Upstream, closed, locations

PORT = 8443
MARK = "ARCHIVE_END"
PACKAGES = (
    "aardvark-dns",
    "curl",
    "iptables",  # Netavark calls it, and its package does not say so
    "netavark",
    "nginx",
    "openssl",
    "podman",
    "python3-boto3",
    "unattended-upgrades",
)
_ECR = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
ECR_PACKAGE = "amazon-ecr-credential-helper"
SECRETS_PROGRAM = "/usr/local/sbin/archive-secrets"
CERTIFICATE = "/etc/archive/server"
SCRIPTS = files("archive_platform.aws") / "scripts"

_SECRETS_UNIT = """\
[Unit]
Description=Game Archive: fetch the services' secrets
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=15
RuntimeDirectory=archive
RuntimeDirectoryMode=0700
ExecStart=/usr/bin/python3 {program} {region} {wanted}

[Install]
WantedBy=multi-user.target
"""

_NGINX_UNIT = """\
[Service]
Restart=always
RestartSec=5
"""

_NGINX = """\
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log stderr warn;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;  # every service logs its own requests, with their ids
    server_tokens off;
    default_type application/octet-stream;
    client_max_body_size {maximum_body};
    keepalive_timeout 75s;  # longer than the load balancer's 60 s, or it meets connections that are being closed

{gzip}

    # The load balancer adds the visitor's address as the last one; what stands before it is what the visitor claims
    set_real_ip_from {network};
    real_ip_header X-Forwarded-For;

    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Prefix "";
    proxy_connect_timeout 5s;
    proxy_read_timeout 60s;

    server {{
        listen {port} ssl;
        server_name _;
        ssl_certificate {certificate}.crt;
        ssl_certificate_key {certificate}.key;
        ssl_protocols TLSv1.2 TLSv1.3;

{closed}
{locations}
    }}
}}
"""


@dataclass(frozen=True)
class Boot:
    """What is on a server.

    Attributes:
        environments: of each service by its name, without what is secret.
        parameters: of each service by its name: the parameter of Systems Manager with what is secret, and its version.
        media_roles: ARN of each board's role for its pictures, by the board's name.
        network: the load balancer's addresses.
        certificates: URL of the database's.
        region: of Systems Manager, of the media bucket and of the log group.
    """

    services: Sequence[ServiceEntry]
    images: Images
    environments: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, tuple[str, int]]
    media_roles: Mapping[str, str]
    network: IPv4Network
    certificates: str
    region: str
    log_group: str


def script(boot: Boot) -> str:
    """In bash, for the root of an Ubuntu 24.04."""
    registry = boot.images.registry.partition("/")[0]
    log_settings = quadlets.log_settings(boot.region, boot.log_group)
    is_ecr = _ECR.fullmatch(registry) is not None
    packages = sorted((*PACKAGES, ECR_PACKAGE) if is_ecr else PACKAGES)
    logins: dict[str, dict[str, str]] = {"credHelpers": {registry: "ecr-login"}} if is_ecr else {"auths": {}}
    lines = [
        "#!/usr/bin/env bash",
        "# Written by `pulumi up`; another release or another setting is another server.",
        (SCRIPTS / "boot.sh").read_text(encoding="utf-8"),
        f"packages {' '.join(packages)}",
        f"fetch {boot.certificates} {CERTIFICATES}",
        f"certificate {CERTIFICATE}",
        _put(REGISTRY_LOGINS, "0644", json.dumps(logins)),
        *_secrets(boot),
        *_media(boot),
        *(
            _put(f"/etc/archive/{name}.env", "0644", _lines(given), *quadlets.units_of(name))
            for name, given in boot.environments.items()
        ),
        _put("/etc/archive/fluent-bit.conf", "0644", log_settings, quadlets.LOGS_UNIT),
        *(
            _put(f"{FOLDER}/{name}", "0644", text, _unit(name))
            for name, text in quadlets.units(boot.services, boot.images).items()
        ),
        _put("/etc/systemd/system/nginx.service.d/archive.conf", "0644", _NGINX_UNIT, "nginx.service"),
        _put("/etc/nginx/nginx.conf", "0644", nginx(boot), "nginx.service"),
        f"run {' '.join(_started(boot))}",
    ]
    return "\n".join(lines) + "\n"


def encoded(text: str) -> str:
    """As a launch template takes it: compressed, because AWS allows 16 KB; the same text is the same every time."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def nginx(boot: Boot) -> str:
    """The configuration of the Nginx in front of a server's services."""
    upstreams = [Upstream(service.path, quadlets.port(service)) for service in boot.services]
    return _NGINX.format(
        maximum_body=MAXIMUM_BODY,
        gzip=GZIP,
        network=boot.network,
        port=PORT,
        certificate=CERTIFICATE,
        closed=closed(upstreams),
        locations=locations(upstreams),
    )


def _secrets(boot: Boot) -> list[str]:
    wanted = " ".join(f"{service}={name}" for service, (name, _) in boot.parameters.items())
    versions = " ".join(f"{service}={version}" for service, (_, version) in boot.parameters.items())
    program = (SCRIPTS / "archive-secrets.py").read_text(encoding="utf-8")
    unit = _SECRETS_UNIT.format(program=SECRETS_PROGRAM, region=boot.region, wanted=wanted)
    return [
        f"# Versions of the parameters: {versions}",  # a new one has to be another script, or no server would fetch it
        _put(SECRETS_PROGRAM, "0755", program, SECRETS_UNIT),
        _put(f"/etc/systemd/system/{SECRETS_UNIT}", "0644", unit, SECRETS_UNIT),
    ]


def _media(boot: Boot) -> list[str]:
    program = (SCRIPTS / "archive-media.py").read_text(encoding="utf-8")
    readers = [unit for board in boot.media_roles for unit in quadlets.units_of(board)]
    return [
        _put(media.SETTINGS, "0644", media.settings(boot.region), *readers),
        _put(media.PROGRAM, "0755", program),
        *(
            _put(f"/etc/systemd/system/{name}", "0644", text, media.TIMER)
            for name, text in media.units(boot.region, boot.media_roles).items()
        ),
    ]


def _put(path: str, mode: str, text: str, *units: str) -> str:
    text = text.removesuffix("\n")
    return f"put {' '.join((path, mode, *units))} <<'{MARK}'\n{text}\n{MARK}"


def _lines(environment: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in environment.items())


def _unit(file: str) -> str:
    """What Quadlet makes of a file: `archive-news.service`, `archive-network.service`."""
    name, _, kind = file.rpartition(".")
    return f"{name}-network.service" if kind == "network" else f"{name}.service"


def _started(boot: Boot) -> list[str]:
    made = [_unit(name) for name in quadlets.units(boot.services, boot.images) if name.endswith(".container")]
    return [SECRETS_UNIT, media.TIMER, *made, "nginx.service"]
