"""The step of a load balancer: Nginx in front, keepalived for the addresses that move. Pure functions.

Nginx passes connections on, without looking into them: of the API server's address to the control planes, of the
ingress's to the workers. keepalived (VRRPv3) sees to it that one load balancer at a time has these addresses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address

from archive_platform.config.onprem import API_PORT, Host, OnPrem
from archive_platform.onprem.script import Script, render, source

PACKAGES = ("keepalived", "libnginx-mod-stream", "logrotate", "nginx")
HIGHEST_PRIORITY = 250  # 255 is kept for an owner of the address (RFC 9568, section 5.2.4), 254 is as high as others go
PRIORITY_STEP = 10
RESTART_ADVERTISEMENTS = 5  # the others wait for three and a bit, see keepalived.service
SHORTEST_RESTART_SECONDS = 0.5
SECONDS = 600
DIGEST = "@DIGEST@"


def load_balancer(settings: OnPrem, host: Host) -> Script:
    """The step that makes a host a load balancer and keeps it one."""
    nginx = nginx_configuration(settings)
    return render(
        "loadbalancer",
        host.name,
        {
            "ADDRESS": str(host.address),
            "PACKAGES": list(PACKAGES),
            "INTERFACE": settings.load_balancer.interface or "",
            "VIRTUAL_ADDRESSES": [str(address) for address in virtual_addresses(settings)],
            "LISTENERS": listeners(settings),
            "NGINX_CONFIGURATION": nginx,
            "NGINX_DIGEST": digest_in(nginx),
            "NGINX_UNIT": _file("nginx.service.conf"),
            "KEEPALIVED_CONFIGURATION": keepalived_configuration(settings, host),
            "KEEPALIVED_UNIT": _keepalived_unit(settings),
            "CHECK": _file("check-nginx.sh"),
            "NOTIFY": _file("notify.sh"),
            "ROTATION": _file("logrotate.conf"),
            "KERNEL_SETTINGS": _file("sysctl.conf"),
        },
        seconds=SECONDS,
    )


def virtual_addresses(settings: OnPrem) -> list[IPv4Address]:
    """What moves between the load balancers: the API server's address, then the ingress's if there is one."""
    return [address for address in (settings.addresses.api, settings.addresses.ingress) if address is not None]


def listeners(settings: OnPrem) -> list[str]:
    """Where Nginx listens: ["10.0.0.100:6443", "10.0.0.101:80", "10.0.0.101:443"]."""
    ingress = [f"{settings.addresses.ingress}:{port}" for port in (80, 443)] if settings.addresses.ingress else []
    return [settings.endpoint, *ingress]


# Nginx ---------------------------------------------------------------------------------------------------------------


def nginx_configuration(settings: OnPrem) -> str:
    """nginx.conf. Its health answer carries the digest of the rest, which tells what the running Nginx has loaded."""
    text = _filled("nginx.conf", PARTS="\n".join(_nginx_parts(settings)))
    return text.replace(DIGEST, hashlib.sha256(text.encode()).hexdigest()[:12])


def digest_in(nginx: str) -> str:
    """The digest that `nginx_configuration` put into it."""
    return nginx.partition('return 200 "')[2].partition(r"\n")[0]


def _nginx_parts(settings: OnPrem) -> Iterable[str]:
    control_planes = [host.address for host in settings.control_planes]
    # Watches and `kubectl exec` are quiet for long; what has died is found by keepalive, not by this limit. It is the
    # kubelet's own for streams.
    yield _nginx_part("api", settings.addresses.api, API_PORT, control_planes, API_PORT, timeout="4h")
    ingress = settings.addresses.ingress
    if ingress is None:
        return
    workers = [host.address for host in settings.nodes if host.is_worker]  # a control plane may be one too
    wanted = settings.load_balancer
    for name, port, node_port in (("http", 80, wanted.http_port), ("https", 443, wanted.https_port)):
        yield _nginx_part(name, ingress, port, workers, node_port, timeout="10m", proxy_protocol=wanted.proxy_protocol)


def _nginx_part(
    name: str,
    address: IPv4Address,
    port: int,
    servers: Sequence[IPv4Address],
    server_port: int,
    timeout: str,
    proxy_protocol: bool = False,
) -> str:
    lines = [
        f"    upstream {name} {{",
        f"        zone {name} 64k;",
        "        least_conn;",
        *(f"        server {server}:{server_port} max_fails=1 fail_timeout=10s;" for server in servers),
        *(f"        server {server}:{server_port} max_fails=0 backup;" for server in servers),
        "    }",
        "",
        "    server {",
        f"        listen {address}:{port} backlog=4096 so_keepalive=30s:10s:3;",
        f"        proxy_pass {name};",
        f"        proxy_timeout {timeout};",
        *(["        proxy_protocol on;"] if proxy_protocol else []),
        "    }",
    ]
    return "".join(f"{line}\n" for line in lines)


# keepalived ----------------------------------------------------------------------------------------------------------


def keepalived_configuration(settings: OnPrem, host: Host) -> str:
    """keepalived.conf; `@INTERFACE@` stands for the interface, which the host may have to find."""
    wanted = settings.load_balancer
    # A lost one too: should it come back by itself, the two still agree on who has the addresses.
    pair = [each for each in settings.hosts if each.is_load_balancer]
    peers = [each.address for each in pair if each.name != host.name]
    position = [each.name for each in pair].index(host.name)
    return _filled(
        "keepalived.conf",
        CLUSTER=settings.cluster,
        HOST=host.name,
        ROUTER_ID=wanted.router_id,
        ADDRESS=host.address,
        PRIORITY=HIGHEST_PRIORITY - PRIORITY_STEP * position,
        INTERVAL=f"{wanted.advertisement_seconds:g}",
        CHECK_SECONDS=wanted.check_seconds,
        LISTENERS=" ".join(listeners(settings)),
        PEERS="\n".join(f"        {each}" for each in peers),
        VIRTUAL_ADDRESSES="\n".join(f"        {each}/32 dev @INTERFACE@" for each in virtual_addresses(settings)),
    )


def _keepalived_unit(settings: OnPrem) -> str:
    seconds = max(SHORTEST_RESTART_SECONDS, RESTART_ADVERTISEMENTS * settings.load_balancer.advertisement_seconds)
    released = "; ".join(
        f"ip address del {each}/32 dev @INTERFACE@ 2> /dev/null" for each in virtual_addresses(settings)
    )
    return _filled("keepalived.service.conf", SECONDS=f"{seconds:g}", RELEASED=released)


def _filled(name: str, **values: object) -> str:
    text = _file(name)
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _file(name: str) -> str:
    return source(f"loadbalancer/{name}")
