"""Settings of hosts that are an sshd of the tests."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Any

from tests.infra.onprem.sshd import Sshd

from archive_platform.config import parse
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem.script import Script

NETWORK = "10.77.0.0/24"
ADDRESSES = tuple(f"127.0.77.{number}" for number in range(11, 21))
NAMES = ("cp1", "cp2", "cp3", "lb1", "lb2", "w1", "w2", "w3", "w4", "w5")
FEW = ("cp1", "lb1", "w1")  # for what is the same with ten
_ROLES = {"cp": "control-plane", "lb": "load-balancer", "w": "worker"}


def document(server: Sshd, **own: Mapping[str, Any]) -> dict[str, Any]:
    """A good inventory of ten hosts. `own` is what a host of that name says besides."""
    hosts = [
        {
            "name": name,
            "address": f"10.77.0.{11 + number}",
            "roles": [_ROLES[name.rstrip("0123456789")]],
            **own.get(name, {}),
        }
        for number, name in enumerate(NAMES)
    ]
    return {
        "hosts": hosts,
        "ssh": {
            "user": server.user,
            "port": server.port,
            "privateKey": server.private_key,
            "hostKey": server.host_key(),
        },
        "networks": {"node": NETWORK},
        "addresses": {"api": "10.77.0.100"},
    }


def inventory(server: Sshd, names: Collection[str] = NAMES, **own: Mapping[str, Any]) -> OnPrem:
    """The hosts of that name, checked, then moved to the server's loopback addresses, which settings refuse."""
    checked = parse(OnPrem, document(server, **own), {"ssh", "hosts"})
    moved = (
        host.model_copy(update={"address": IPv4Address(address)})
        for host, address in zip(checked.hosts, ADDRESSES, strict=True)
    )
    return checked.model_copy(update={"hosts": tuple(host for host in moved if host.name in names)})


def only(known: OnPrem, *names: str) -> list[Host]:
    return [host for host in known.hosts if host.name in names]


def script(host: str, text: str, step: str = "prepare", seconds: int = 900) -> Script:
    """A step whose text is bash; `$1` is the verb."""
    return Script(host, step, text, "0" * 12, seconds)


def answering(host: str, document: str, step: str = "prepare") -> Script:
    """A step that answers the document, and complains when it is not asked for a plan."""
    return script(host, f"[ \"$1\" = plan ] || exit 9\ncat <<'END'\n{document}\nEND\n", step)


def told(items: Mapping[str, str], changes: Sequence[str] = ()) -> str:
    """A step's answer."""
    return json.dumps({"host": "x", "step": "y", "items": dict(items), "changes": list(changes)})
