"""Runs the subcommand that was chosen."""

from __future__ import annotations

import argparse
import asyncio

from archive_platform.cli.onprem.doctor import doctor
from archive_platform.cli.onprem.drift import drift
from archive_platform.cli.onprem.kubeconfig import kubeconfig
from archive_platform.cli.onprem.plan import plan
from archive_platform.cli.onprem.project import Project
from archive_platform.cli.onprem.restore import restore
from archive_platform.cli.onprem.snapshots import snapshots
from archive_platform.cli.onprem.trust import trust
from archive_platform.config.onprem import Host
from archive_platform.onprem.script import Script
from archive_platform.onprem.steps import steps


def run(chosen: argparse.Namespace) -> int:
    """The exit code of the subcommand. PlatformError when it could not do its work."""
    project = Project.here(chosen.stack)

    def scripts(host: Host) -> list[Script]:
        return steps(project.settings, host)

    match chosen.command:
        case "doctor":
            return asyncio.run(doctor(project, scripts))
        case "plan":
            return asyncio.run(plan(project, scripts, as_json=chosen.json, everything=chosen.all))
        case "drift":
            return asyncio.run(drift(project, scripts, as_json=chosen.json))
        case "trust":
            return asyncio.run(trust(project, yes=chosen.yes, replaced=chosen.replace))
        case "snapshots":
            return asyncio.run(snapshots(project, as_json=chosen.json, verify=chosen.verify))
        case "restore":
            return asyncio.run(restore(project, chosen.snapshot, source=chosen.source, yes=chosen.yes))
        case _:
            return kubeconfig(project, chosen.out)
