"""Load balancers to try: those of the cluster that is up on the lab, or a pair made for the rounds alone."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import IPv4Address
from typing import Any

from tests.lab import commands, layout
from tests.lab.errors import LabError
from tests.lab.failover.pair import NAMES, Pair
from tests.lab.failover.watching import Holders, lines_of, watching_client
from tests.lab.lab import Lab

from archive_platform.config.onprem import API_PORT, OnPrem
from archive_platform.onprem.load_balancer import load_balancer
from archive_platform.onprem.prepare import prepare
from archive_platform.onprem.script import Script, Verb

STAND_INS = {f"cp{number}": IPv4Address(f"10.77.0.24{number}") for number in (1, 2, 3)}
LOST = "cp3"
STEP_SECONDS = 300


@contextmanager
def pair_of(lab: Lab) -> Generator[Pair]:
    """The two load balancers with all that watches them."""
    lab.up(NAMES)
    with ExitStack() as stack:
        is_cluster = _is_up(lab)
        if not is_cluster:
            stack.enter_context(_stand_ins())
            stack.enter_context(_deployed(lab, settings(lab)))
        holders = Holders(layout.API_ADDRESS)
        for name in NAMES:
            stack.enter_context(holders.watch(lab, name))
        client = stack.enter_context(watching_client(layout.API_ADDRESS, API_PORT, tls=is_cluster))
        yield Pair(lab, layout.API_ADDRESS, client, holders, partial(_cut, lab) if is_cluster else _without_stand_in)


def settings(lab: Lab) -> OnPrem:
    """Two load balancers, and control planes that are only addresses of this machine."""
    bundle = lab.status().bundle
    if bundle is None:
        raise LabError("The lab serves no bundle: `make lab-up` makes it")
    return OnPrem.model_validate(
        {
            "hosts": [
                *(_host(name, layout.ADDRESSES[name], "load-balancer") for name in NAMES),
                *(_host(name, address, "control-plane", "worker") for name, address in STAND_INS.items()),
            ],
            "networks": {"node": str(layout.NETWORK)},
            "addresses": {"api": str(layout.API_ADDRESS), "ingress": str(layout.INGRESS_ADDRESS)},
            "packages": {"bundle": bundle.url, "bundleSha256": bundle.sha256},
        }
    )


def _host(name: str, address: IPv4Address, *roles: str) -> dict[str, Any]:
    # A host that is prepared tries whether it reaches the SSH port of all others; stand-ins listen on no other.
    ssh = {} if name in NAMES else {"ssh": {"port": API_PORT}}
    return {"name": name, "address": str(address), "roles": roles, **ssh}


def _is_up(lab: Lab) -> bool:
    """Whether the stack has made load balancers here."""
    return all(lab.ssh(name, "systemctl is-active keepalived", check=False).code == 0 for name in NAMES)


@contextmanager
def _deployed(lab: Lab, wanted: OnPrem) -> Generator[None]:
    hosts = wanted.load_balancers
    try:
        for host in hosts:
            _run(lab, [prepare(wanted, host), load_balancer(wanted, host)], "apply")
        yield
    finally:
        for host in hosts:
            _run(lab, [load_balancer(wanted, host), prepare(wanted, host)], "remove")


def _run(lab: Lab, scripts: Sequence[Script], verb: Verb) -> None:
    for script in scripts:
        lab.ssh(script.host, script.command(verb, sudo=False), stdin=script.text, timeout=STEP_SECONDS)


@contextmanager
def _stand_ins() -> Generator[None]:
    servers = [f"{name}={address}" for name, address in STAND_INS.items()]
    said: list[str] = []
    with ExitStack() as stack:
        for address in STAND_INS.values():
            _address("replace", address)
            stack.callback(_address, "delete", address)
        words = [sys.executable, "-m", "tests.lab.failover.standin", str(API_PORT), *servers]
        stack.enter_context(lines_of(words, said.append))
        yield


@contextmanager
def _without_stand_in() -> Generator[None]:
    _address("delete", STAND_INS[LOST])
    try:
        yield
    finally:
        _address("replace", STAND_INS[LOST])


def _address(verb: str, address: IPv4Address) -> None:
    commands.run("ip", "address", verb, f"{address}/32", "dev", layout.BRIDGE)


@contextmanager
def _cut(lab: Lab) -> Generator[None]:
    lab.cut(LOST)
    try:
        yield
    finally:
        lab.join(LOST)
