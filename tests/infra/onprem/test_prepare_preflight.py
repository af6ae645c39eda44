"""What keeps a host from being prepared: told at once, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.infra.onprem import golden_files, paper
from tests.infra.onprem.sandbox import Sandbox

OWN = 'LISTEN 0 4096 *:{port} *:* users:(("{program}",pid=7,fd=3))\n'
MIRROR = {"packages": {"mirror": "https://mirror.test/debian"}}


def _system(name: str, version: str) -> Callable[[Sandbox], None]:
    return lambda host: host.write("etc/os-release", f'ID={name}\nVERSION_ID="{version}"\nVERSION_CODENAME=x\n')


UNSUPPORTED: Mapping[str, Callable[[Sandbox], None]] = {
    "debian-11": _system("debian", "11"),
    "fedora-42": _system("fedora", "42"),
    "riscv": lambda host: host.given("architecture", "riscv64\n"),
    "no-systemd": lambda host: (host.root / "run/systemd/system").rmdir(),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_an_unsupported_host_is_refused(host: Sandbox, name: str, verb: str) -> None:
    UNSUPPORTED[name](host)
    done = host.run(paper.script("w1"), "plan" if verb == "plan" else "apply")
    assert (done.code, done.calls, done.answer) == (1, [], {})
    golden_files.check(f"prepare-unsupported-{name}.txt", "\n".join(done.said) + "\n")


@pytest.mark.parametrize(("name", "version"), [("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")])
def test_other_supported_systems_are_prepared_too(host: Sandbox, name: str, version: str) -> None:
    _system(name, version)(host)
    assert host.run(paper.script("w1"), "apply").code == 0


def _everything_wrong(host: Sandbox) -> None:
    host.given("nproc", "1\n")
    host.proc("meminfo", "MemTotal:  1000000 kB\n")
    host.given("free", "4000")
    host.write("sys/fs/cgroup/cgroup.controllers", "cpu io\n")
    host.given("ss", OWN.format(port=6443, program="haproxy") + OWN.format(port=10250, program="kubelet"))
    host.write("root/.ssh/authorized_keys", "# none\n")
    host.given("unreachable", "10.0.0.22\n10.0.0.41\n" * 3)


def test_all_problems_are_told_at_once(host: Sandbox) -> None:
    _everything_wrong(host)
    script = paper.script("cp1").text.replace("PEER_SECONDS=60", "PEER_SECONDS=0")
    outcomes = {verb: host.run_text(script, verb) for verb in ("plan", "apply")}
    assert outcomes["apply"].calls == []
    golden_files.check("prepare-refused-cp1.txt", paper.story(outcomes))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (["NumCPU", "Mem", "Disk", "SystemVerification", "Port-6443", "Login", "Peer"], None),
        (["numcpu", "Mem", "Disk", "SystemVerification", "Port-6443", "Login"], "does not reach cp2"),
    ],
)
def test_checks_that_are_to_be_ignored_are_warnings(host: Sandbox, settings: list[str], problem: str | None) -> None:
    _everything_wrong(host)
    known = paper.settings(kubernetes={"ignorePreflightErrors": settings})
    planned = host.run(paper.script("cp1", known), "plan")
    refused = [change for change in planned.changes if change.startswith("refuse: ")]
    assert bool(refused) is bool(problem)
    assert problem is None or problem in refused[0]
    assert any("warning: has 1 CPU" in line for line in planned.said)


@pytest.mark.parametrize(("megabytes", "role", "fits"), [(1699, "cp1", False), (1700, "cp1", True), (900, "w1", True)])
def test_memory(host: Sandbox, megabytes: int, role: str, fits: bool) -> None:
    host.proc("meminfo", f"MemTotal:  {megabytes * 1024} kB\n")
    assert _is_refused(host, role) is not fits


@pytest.mark.parametrize("program", ["kube-apiserver", "etcd", "kubelet", "kube-controller", "kube-scheduler", "nginx"])
def test_ports_held_by_our_own_software_are_no_problem(host: Sandbox, program: str) -> None:
    host.given("ss", OWN.format(port=6443, program=program))
    assert not _is_refused(host, "cp1")


@pytest.mark.parametrize(("port", "role", "refused"), [(80, "lb1", True), (80, "w1", False), (10250, "w1", True)])
def test_ports_matter_to_the_roles_that_need_them(host: Sandbox, port: int, role: str, refused: bool) -> None:
    host.given("ss", OWN.format(port=port, program="apache2"))
    assert _is_refused(host, role) is refused


def test_old_cgroups_are_refused_from_kubernetes_1_35_on(host: Sandbox) -> None:
    (host.root / "sys/fs/cgroup/cgroup.controllers").unlink()
    newer = {"kubernetes": {"version": "1.35.4"}}
    allowed = {"kubernetes": {"version": "1.35.4", "kubelet": {"failCgroupV1": False}}}
    planned = [host.run(paper.script("w1", paper.settings(**own)), "plan") for own in ({}, newer, allowed)]
    assert [any("cgroup v1" in change for change in each.changes) for each in planned] == [False, True, False]


@pytest.mark.parametrize("seconds", [-40, -20, 20, 40])
def test_the_clock_is_compared_with_the_mirrors(host: Sandbox, seconds: int) -> None:
    theirs = datetime.now(UTC) + timedelta(seconds=seconds)
    host.given("curl", f"HTTP/1.1 200 OK\r\nDate: {format_datetime(theirs, usegmt=True)}\r\n")
    planned = host.run(paper.script("w1", paper.settings(**MIRROR)), "plan")
    assert any("clock" in change for change in planned.changes) is (abs(seconds) > 30)


def test_a_login_by_a_certificate_authority_needs_no_key(host: Sandbox) -> None:
    host.write("root/.ssh/authorized_keys", "")
    without = _is_refused(host, "w1")
    host.given("sshd", "trustedusercakeys /etc/ssh/ca.pub\n")
    assert without
    assert not _is_refused(host, "w1")


def test_a_host_that_is_starting_is_waited_for(host: Sandbox) -> None:
    """The stub forgets that it does not answer once it was asked twice."""
    host.given("unreachable", "10.0.0.22\n10.0.0.22\n")
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 0, done.said


def _is_refused(host: Sandbox, role: str) -> bool:
    planned = host.run(paper.script(role), "plan")
    return any(change.startswith("refuse: ") for change in planned.changes)
