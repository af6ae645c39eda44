"""The command line: one subcommand for each verb."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.lab import bundle, layout, remote
from tests.lab.lab import Lab
from tests.lab.layout import Folders
from tools.bootstrap.errors import BootstrapError

ONE_HOST = {
    "reboot": "restart a host in order",
    "off": "pull a host's plug",
    "on": "give a host power again",
    "cut": "drop every frame from and to a host",
    "unplug": "pull a host's cable: its link goes down",
    "join": "undo cut, unplug and the partitions of a host",
    "flap": "let a host's link go down and up three times",
    "reset": "make a host bare again",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is 0, that of the command on a host, 1 after an explained failure, 130."""
    chosen = _parser().parse_args(arguments)
    lab = Lab(Folders.default(os.environ, chosen.run))
    try:
        return _run(lab, chosen)
    except BootstrapError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. It can be run again at any time.\n")
        return 130


def _run(lab: Lab, chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "up":
            lab.up(chosen.hosts.split(","))
            _show(lab)
        case "down":
            lab.down()
        case "status":
            _show(lab, as_json=chosen.json)
        case "built":
            return 0 if bundle.place(lab.folders.cache).exists() else 1
        case "ssh":
            return _ssh(lab, chosen.host, chosen.words, chosen.user)
        case "inside":
            print(lab.inside(chosen.host, *chosen.words), end="")
        case "partition":
            lab.partition(chosen.host, chosen.other)
        case verb:
            getattr(lab, verb)(chosen.host)
    return 0


def _show(lab: Lab, *, as_json: bool = False) -> None:
    state = lab.status()
    if as_json:
        print(json.dumps(asdict(state), indent=2))
        return
    for host in state.hosts.values():
        notes = [word for word, is_so in (("cut", host.cut), ("unplugged", host.unplugged)) if is_so]
        print(f"{host.name:4} {host.address:12} {' '.join([host.state, *notes])}")
    for one, other in state.partitions:
        print(f"{one} and {other} are cut from each other")
    if state.bundle:
        print(f"bundle {state.bundle.url} sha256 {state.bundle.sha256}")


def _ssh(lab: Lab, host: str, words: list[str], user: str) -> int:
    address = layout.ADDRESSES.get(host)
    if address is None:
        raise BootstrapError(f"there is no lab host {host!r}, only {', '.join(layout.ADDRESSES)}")
    command = [*remote.arguments(lab.folders, address, user), *words]
    os.execvp(command[0], command)  # noqa: S606 -- it takes over this terminal, with no shell between


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="Real hosts on this machine, for tests.")
    parser.add_argument("--run", type=Path, help="where this lab keeps its things (default: .archive/lab)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start hosts that do not run, and wait until they answer")
    up.add_argument("--hosts", default=",".join(layout.DEFAULT_HOSTS), help="default: %(default)s")
    commands.add_parser("built", help="exit code 0 when `up` would have nothing to build, 1 otherwise")
    commands.add_parser("down", help="end everything, wipe the hosts' disks")
    status = commands.add_parser("status", help="show the hosts and the bundle")
    status.add_argument("--json", action="store_true")
    ssh = commands.add_parser("ssh", help="log in to a host, or run a command there")
    ssh.add_argument("--user", default="root")
    ssh.add_argument("host")
    ssh.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD")
    inside = commands.add_parser("inside", help="run a program on a host without its network: it may be cut")
    inside.add_argument("host")
    inside.add_argument("words", nargs=argparse.REMAINDER, metavar="CMD")
    partition = commands.add_parser("partition", help="cut two hosts from each other")
    partition.add_argument("host")
    partition.add_argument("other")
    for verb, text in ONE_HOST.items():
        commands.add_parser(verb, help=text).add_argument("host")
    return parser
