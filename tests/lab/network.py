"""The lab's network: one bridge, a cable for each host, and what is cut on it.

What is cut is a table of the bridge's own packet filter, below the hosts: nothing that runs in a host can see or undo
it, and it drops every frame, ARP and multicast too, as a dead switch does. A cable that is unplugged is something else:
the host sees its link go down.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from tests.lab import commands, layout
from tests.lab.errors import LabError

FILTER_TABLE = "archive_lab"
ALIAS_PREFIX = "archive-lab "
# Where another filter drops what crosses bridges (Docker's does), the lab's own frames have to be let through.
LET_THROUGH = ("FORWARD", "-i", layout.BRIDGE, "-o", layout.BRIDGE, "-j", "ACCEPT")
FRAMES_ARE_FILTERED = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")

Pair = tuple[str, str]


def check_free(run: Path) -> None:
    """See that the bridge's name and network belong to nobody else.

    Args:
        run: the folder of the run that wants them; its own bridge is no hindrance.

    Raises:
        LabError: who has them, and what to do.
    """
    owner = bridge_owner()
    if owner is not None and owner != str(run):
        who = f"the lab of {owner}" if owner else "something that is not the lab"
        how = f"`python -m tests.lab --run {owner} down` ends it" if owner else "rename that interface"
        raise LabError(f"The bridge {layout.BRIDGE} belongs to {who}: only one lab fits on a machine. {how}.")
    for interface, network in _networks_in_use():
        if interface != layout.BRIDGE and network.overlaps(layout.NETWORK):
            raise LabError(
                f"The lab needs the network {layout.NETWORK}, and {interface} of this machine has {network}. "
                "Take that interface down, or run the lab on another machine."
            )


def bridge_owner() -> str | None:
    """The run folder that made the bridge, "" for a stranger's bridge, None when there is none."""
    links = _json("ip", "-json", "-details", "link", "show")
    for link in links:
        if link["ifname"] == layout.BRIDGE:
            alias = str(link.get("ifalias", ""))
            return alias.removeprefix(ALIAS_PREFIX) if alias.startswith(ALIAS_PREFIX) else ""
    return None


def create_bridge(run: Path) -> None:
    """Make the bridge with this machine's address on it, marked as this run's."""
    if bridge_owner() is None:
        commands.run("ip", "link", "add", layout.BRIDGE, "type", "bridge")
        commands.run("ip", "link", "set", layout.BRIDGE, "alias", f"{ALIAS_PREFIX}{run}")
    address = f"{layout.GATEWAY}/{layout.NETWORK.prefixlen}"
    commands.run("ip", "address", "replace", address, "dev", layout.BRIDGE)
    commands.run("ip", "link", "set", layout.BRIDGE, "up")
    _let_through(wanted=True)


def remove_bridge(run: Path) -> None:
    """Remove the bridge and its filter, if they are this run's."""
    if bridge_owner() == str(run):
        apply_cuts((), ())
        _let_through(wanted=False)
        commands.run("ip", "link", "delete", layout.BRIDGE)


def apply_cuts(hosts: Iterable[str], pairs: Iterable[Pair]) -> None:
    """Cut these hosts from everything and these pairs from each other, and nothing else, in one transaction."""
    drops = [f'add rule bridge {FILTER_TABLE} entry iifname "{layout.outer_interface(host)}" drop' for host in hosts]
    drops += [f'add rule bridge {FILTER_TABLE} leave oifname "{layout.outer_interface(host)}" drop' for host in hosts]
    for pair in pairs:
        for one, other in (pair, pair[::-1]):
            ends = f'iifname "{layout.outer_interface(one)}" oifname "{layout.outer_interface(other)}"'
            drops.append(f"add rule bridge {FILTER_TABLE} between {ends} drop")
    # Added first, the table can be deleted whether it was there or not.
    program = [f"add table bridge {FILTER_TABLE}", f"delete table bridge {FILTER_TABLE}"]
    if drops:
        program.append(f"add table bridge {FILTER_TABLE}")
        for chain, hook in (("entry", "prerouting"), ("between", "forward"), ("leave", "postrouting")):
            chain_type = f"{{ type filter hook {hook} priority 0; }}"
            program.append(f"add chain bridge {FILTER_TABLE} {chain} {chain_type}")
    commands.run("nft", "-f", "-", given="\n".join([*program, *drops]) + "\n")


def set_plugged(host: str, plugged: bool) -> None:
    """Plug the host's cable in or pull it: the host sees its link come and go."""
    commands.run("ip", "link", "set", layout.outer_interface(host), "up" if plugged else "down")


def ports() -> set[str]:
    """The ends of cables that are plugged into the bridge."""
    return {str(link["ifname"]) for link in _json("ip", "-json", "link", "show", "master", layout.BRIDGE)}


def _let_through(*, wanted: bool) -> None:
    if shutil.which("iptables") is None or not FRAMES_ARE_FILTERED.exists():
        return
    while _is_let_through():
        commands.run("iptables", "-D", *LET_THROUGH)
    if wanted:
        commands.run("iptables", "-I", *LET_THROUGH)


def _is_let_through() -> bool:
    rules = commands.run("iptables", "-S", "FORWARD")
    return f"-A {' '.join(LET_THROUGH)}" in rules.splitlines()


def _networks_in_use() -> list[tuple[str, IPv4Network]]:
    return [
        (str(link["ifname"]), IPv4Network(f"{info['local']}/{info['prefixlen']}", strict=False))
        for link in _json("ip", "-json", "-4", "address", "show")
        for info in link.get("addr_info", [])
    ]


def _json(*command: str) -> list[dict[str, Any]]:
    return json.loads(commands.run(*command) or "[]")
