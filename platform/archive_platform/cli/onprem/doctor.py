"""`archive doctor onprem`: everything that has to be right, in the order in which one thing needs the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from archive_platform.cli.doctor import Finding, engine
from archive_platform.cli.onprem import health
from archive_platform.cli.onprem.answers import Answer, Steps, answers_of
from archive_platform.cli.onprem.api import Api
from archive_platform.cli.onprem.probe import Probe, probe
from archive_platform.cli.onprem.project import Project
from archive_platform.cli.table import table
from archive_platform.config.onprem import Host
from archive_platform.errors import HostError, PlatformError
from archive_platform.onprem.connection import Connections, on_each


async def doctor(project: Project, steps: Steps) -> int:
    """Print a table of all findings. 1 when something has to be mended."""
    findings = [finding async for finding in examine(project, steps)]
    print(table(["", "CHECK", "FOUND"], [_row(finding) for finding in findings]))
    failed = sum(bool(finding.mend) for finding in findings)
    print(f"\n{failed} to mend" if failed else "\nEverything is as it should be.")
    return 1 if failed else 0


async def examine(project: Project, steps: Steps) -> AsyncIterator[Finding]:
    """The findings. What cannot be looked at for want of something else is left out; that is told already."""
    yield engine(project.stack)
    try:
        settings = project.settings
        yield Finding("settings", f"{len(settings.hosts)} hosts, Kubernetes {settings.kubernetes.version}")
        settings.check_ready()
    except PlatformError as error:
        yield Finding("settings", str(error), "mend it with `pulumi config set`, in stacks/onprem")
        return
    found = await _ask(project, steps)
    for finding in health.reachability(found):
        yield finding
    reached = {name: told for name, told in found.items() if not isinstance(told, HostError)}
    probes = {name: facts for name, (facts, _) in reached.items()}
    for finding in [*health.privileges(probes), *health.clocks(probes)]:
        yield finding
    for finding in health.preparation({name: answers for name, (facts, answers) in reached.items() if not facts.root}):
        yield finding
    async for finding in _cluster(project, probes):
        yield finding


async def _ask(project: Project, steps: Steps) -> dict[str, tuple[Probe, list[Answer]] | HostError]:
    async with Connections(project.settings) as connections:

        async def one(host: Host) -> tuple[Probe, list[Answer]]:
            async with connections.to(host) as connection:
                facts = await probe(connection)
                if facts.root:
                    return facts, []
                return facts, await answers_of(connection, steps(host))

        return await on_each(project.settings.present, one)


async def _cluster(project: Project, probes: health.Probes) -> AsyncIterator[Finding]:
    try:
        api = Api.of(project.output("kubeconfig"))
    except PlatformError as error:
        yield Finding("stack", str(error), f"run `{project.stack.starter}`")
        return
    settings, now = project.settings, datetime.now(UTC)
    try:
        await asyncio.to_thread(api.get, "/readyz")
        yield Finding("API", f"{api.server} is ready, with a certificate of the cluster's authority")
        for finding in health.nodes(settings, await asyncio.to_thread(api.nodes)):
            yield finding
    except PlatformError as error:
        yield Finding("API", str(error), "look at the load balancers and the control planes below")
    for findings in (
        health.etcd(settings, probes),
        health.addresses(settings, probes),
        health.certificates(probes, now),
        health.snapshots(settings, probes, now),
    ):
        for finding in findings:
            yield finding


def _row(finding: Finding) -> list[str]:
    if finding.mend:
        return ["FAIL", finding.subject, f"{finding.detail}\n-> {finding.mend}"]
    return ["ok", finding.subject, finding.detail]
