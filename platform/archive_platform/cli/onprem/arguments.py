"""The subcommands that take `onprem`, and their arguments. Every `archive` call reads this: it imports nothing slow."""

from __future__ import annotations

import argparse
from pathlib import Path

ENVIRONMENT = "onprem"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:  # pyright: ignore[reportPrivateUsage] - argparse has no public name for it
    """Add `plan`, `drift`, `trust`, `kubeconfig`, `snapshots` and `restore`."""
    plan = _command(commands, "plan", "show what `pulumi up` would do on each server, changing nothing")
    plan.add_argument("--json", action="store_true", help="print JSON instead of a table")
    plan.add_argument("--all", action="store_true", help="show every change instead of the first few of each step")
    drift = _command(commands, "drift", "show what on the servers is no longer as the last `pulumi up` left it")
    drift.add_argument("--json", action="store_true", help="print JSON instead of a table")
    drift.epilog = "Exit code: 0 no drift, 2 drift, 1 no drift seen but not every server could be read."
    trust = _command(commands, "trust", "learn the servers' host keys, after a question, and require them from then on")
    trust.add_argument("--yes", action="store_true", help="do not ask: the fingerprints were compared elsewhere")
    trust.add_argument(
        "--replace", action="append", default=[], metavar="HOST", help="take HOST's new key in place of the pinned one"
    )
    kubeconfig = _command(commands, "kubeconfig", "print the administrator's kubeconfig")
    kubeconfig.add_argument(
        "--out", type=Path, metavar="FILE", help="write it to FILE, for its owner alone (mode 0600)"
    )
    snapshots = _command(commands, "snapshots", "list the snapshots of etcd, and where they are")
    snapshots.add_argument("--json", action="store_true", help="print JSON instead of a table")
    snapshots.add_argument("--verify", action="store_true", help="read each one whole, and compare it with its digest")
    restore = _command(commands, "restore", "make the cluster what it was when a snapshot of etcd was taken")
    restore.add_argument("snapshot", metavar="SNAPSHOT", help="as `archive snapshots onprem` lists it")
    restore.add_argument("--from", dest="source", metavar="HOST", help="take HOST's copy of it")
    restore.add_argument("--yes", action="store_true", help="do not ask: what was written since then may be lost")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],  # pyright: ignore[reportPrivateUsage] - as above
    name: str,
    what: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.add_argument("environment", choices=[ENVIRONMENT], help="which environment")
    return parser
