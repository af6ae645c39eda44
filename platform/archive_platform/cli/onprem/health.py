"""What the facts say: each function is one check, and gives a finding for what is right or for each thing that is not.

Pure functions; the facts are in probe.py, what `archive doctor onprem` makes of them in doctor.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from archive_platform.cli.doctor import Finding
from archive_platform.cli.onprem.answers import Answer
from archive_platform.cli.onprem.probe import Probe
from archive_platform.cli.table import counted
from archive_platform.config.onprem import OnPrem
from archive_platform.errors import HostError
from archive_platform.onprem.snapshots import without_copies

MOST_SKEW = 30.0  # seconds; with more of them certificates are not valid yet, and etcd's leases end too early
LEAST_VALIDITY = timedelta(days=30)

Probes = Mapping[str, Probe]


def reachability(found: Mapping[str, object | HostError]) -> Iterator[Finding]:
    """SSH, and the host keys with it."""
    errors = {name: error for name, error in found.items() if isinstance(error, HostError)}
    for error in errors.values():
        what, _, mend = str(error).partition(". ")
        yield Finding("ssh", what, mend or "look at the host")
    if not errors:
        yield Finding("ssh", f"{counted(len(found), 'host')}: reached, each with its pinned key")


def privileges(probes: Probes) -> Iterator[Finding]:
    """Commands run as root."""
    lacking = {name: probe.root for name, probe in probes.items() if probe.root}
    for name, reason in lacking.items():
        mend = "set ssh.sudo, for an account that may run sudo without a password, or log in as root"
        yield Finding("sudo", f"{name}: {reason}", mend)
    if not lacking:
        yield Finding("sudo", "commands run as root")


def clocks(probes: Probes) -> Iterator[Finding]:
    """All clocks against each other and this machine's."""
    skews = {"this machine": 0.0, **{name: probe.skew for name, probe in probes.items()}}
    first, last = min(skews, key=skews.__getitem__), max(skews, key=skews.__getitem__)
    between = skews[last] - skews[first]
    mend = "see `chronyc tracking` on both, and archive:timeServers" if between > MOST_SKEW else ""
    yield Finding("clocks", f"{last} is {between:.1f} s ahead of {first}; {MOST_SKEW:.0f} s are allowed", mend)


def preparation(answers: Mapping[str, Sequence[Answer]]) -> Iterator[Finding]:
    """Every host is as the settings say."""
    wrong = 0
    for name, steps in answers.items():
        changes = sum(len(step.changes) for step in steps)
        errors = dict.fromkeys(step.error for step in steps if step.error)
        if errors:
            yield Finding("hosts", f"{name}: {'; '.join(errors)}", "see `archive plan onprem`")
        elif changes:
            mend = "see `archive plan onprem`, then run `pulumi up`"
            yield Finding("hosts", f"{name}: {counted(changes, 'thing')} would be changed", mend)
        wrong += bool(errors or changes)
    if answers and not wrong:
        yield Finding("hosts", f"{counted(len(answers), 'host')}: all as the settings say")


def nodes(settings: OnPrem, found: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Every node is there, Ready, of the wanted version, and takes pods."""
    known = {str(node["metadata"]["name"]): node for node in found}
    wanted, version = [host.name for host in settings.nodes], f"v{settings.kubernetes.version}"
    problems = 0
    for name in [*wanted, *(name for name in known if name not in wanted)]:
        wrong = _node(known.get(name), version, name in wanted)
        if wrong:
            problems += 1
            yield Finding("nodes", f"{name}: {wrong[0]}", wrong[1])
    if not problems:
        yield Finding("nodes", f"{counted(len(wanted), 'node')}: Ready at {version}")


def _node(node: Mapping[str, Any] | None, version: str, wanted: bool) -> tuple[str, str] | None:
    if node is None:
        return "is not in the cluster", "run `pulumi up`"
    if not wanted:
        return "is in the cluster and not in the settings", "run `pulumi up`, which drains it and takes it out"
    conditions: list[dict[str, str]] = node["status"]["conditions"]
    ready = next((each for each in conditions if each["type"] == "Ready"), None)
    if ready is None or ready["status"] != "True":
        return f"is not Ready: {(ready or {}).get('message', 'it says nothing')}", "see `journalctl -u kubelet` there"
    runs = node["status"]["nodeInfo"]["kubeletVersion"]
    if runs != version:
        return f"runs {runs}, and the settings say {version}", "run `pulumi up`"
    if node["spec"].get("unschedulable"):
        return "takes no pods: it is cordoned", "run `pulumi up`, or `kubectl uncordon` it if you are done with it"
    return None


def etcd(settings: OnPrem, probes: Probes) -> Iterator[Finding]:
    """Every control plane has a healthy member, and there is no other member."""
    planes = {host.name: probes[host.name] for host in settings.control_planes if host.name in probes}
    sick = [name for name, probe in planes.items() if not probe.etcd_healthy]
    for name in sick:
        yield Finding("etcd", f"{name}: its member is not healthy", "see `crictl logs` of etcd there")
    wanted = {host.name for host in settings.control_planes}
    members = next((set(probe.etcd_members) for probe in planes.values() if probe.etcd_members), None)
    if members is None:
        yield Finding("etcd", "no member tells who the members are", "see `crictl ps -a` on the control planes")
        return
    if members != wanted:
        shown = ", ".join(sorted(name or "one that has not started" for name in members))
        should = ", ".join(sorted(wanted))
        yield Finding("etcd", f"its members are {shown}; they should be {should}", "run `pulumi up`")
    elif not sick:
        yield Finding("etcd", f"{counted(len(members), 'member')}, as many as control planes, all healthy")


def addresses(settings: OnPrem, probes: Probes) -> Iterator[Finding]:
    """Each virtual address is held by exactly one load balancer."""
    moving = {"api": settings.addresses.api, "ingress": settings.addresses.ingress}
    for name, address in moving.items():
        if address is None or not settings.load_balancers:
            continue
        holders = [host for host, probe in probes.items() if str(address) in probe.addresses]
        subject = f"VIP {name}"
        if len(holders) == 1:
            yield Finding(subject, f"{address} is held by {holders[0]}")
        elif holders:
            mend = "the load balancers do not hear each other: look at the network between them and at keepalived"
            yield Finding(subject, f"{address} is held by {' and '.join(holders)} at once", mend)
        else:
            mend = "see `systemctl status keepalived nginx` on the load balancers"
            yield Finding(subject, f"{address} is held by nobody", mend)


def certificates(probes: Probes, now: datetime) -> Iterator[Finding]:
    """No certificate ends soon."""
    ends = sorted((end, name, file) for name, probe in probes.items() for file, end in probe.certificates.items())
    soon = [each for each in ends if each[0] - now < LEAST_VALIDITY]
    for end, name, file in soon:
        when = f"ended {-(end - now).days} days ago" if end < now else f"ends in {(end - now).days} days"
        mend = "raise archive:kubernetes.certificateGeneration by one, then run `pulumi up`"
        yield Finding("certificates", f"{name}: {file} {when}", mend)
    if ends and not soon:
        end, name, file = ends[0]
        yield Finding("certificates", f"the first of {len(ends)} ends in {(end - now).days} days ({name}: {file})")


def snapshots(settings: OnPrem, probes: Probes, now: datetime) -> Iterator[Finding]:
    """Every control plane takes snapshots on schedule, and the last one went well."""
    taken: list[datetime] = []
    wrong = 0
    for host in settings.control_planes:
        if host.name not in probes:
            continue
        probe = probes[host.name]
        if probe.snapshot.get("name"):
            taken.append(datetime.fromisoformat(str(probe.snapshot["time"])))
        if probe.snapshot_timer != "active":
            wrong += 1
            yield Finding("snapshots", f"{host.name}: none is taken on schedule", "run `pulumi up`")
        elif probe.snapshot.get("ok") is False:
            wrong += 1
            mend = "mend that, then see `systemctl start archive-snapshot` there"
            yield Finding("snapshots", f"{host.name}: {probe.snapshot.get('error')}", mend)
    if not wrong:
        last = f"the last one is {_age(now - max(taken))} old" if taken else "none was due yet"
        alone = ", ".join(host.name for host in without_copies(settings))
        kept = f"; those of {alone} are on no other host, as there is none: they go with its disk" if alone else ""
        yield Finding("snapshots", f"taken as archive:snapshots.calendar says; {last}{kept}")


def _age(age: timedelta) -> str:
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
