"""`archive doctor onprem` as a whole: real sshds, steps that are stubs, no cluster or one that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from tests.infra.onprem.inventory import ADDRESSES, FEW, answering, inventory, told
from tests.infra.onprem.known import KnownProject, project
from tests.infra.onprem.sshd import Sshd, sshd
from tests.infra.onprem.test_cli_api import Authority, kubeconfig
from tests.ports import free_port

from archive_platform.cli.doctor import Finding
from archive_platform.cli.onprem import doctor as doctors
from archive_platform.cli.onprem.probe import probe
from archive_platform.config.onprem import Host
from archive_platform.onprem.connection import Connections
from archive_platform.onprem.script import Script


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """Hosts where whoever runs the tests counts as root."""
    yield from _with_program(tmp_path_factory, "id", "echo 0")


def _with_program(factory: pytest.TempPathFactory, name: str, script: str) -> Iterator[Sshd]:
    folder = factory.mktemp("bin")
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    with sshd(factory.mktemp("sshd"), ADDRESSES, options=[f"SetEnv PATH={folder}:/usr/bin:/bin"]) as running:
        yield running


def as_they_should(host: Host) -> list[Script]:
    return [answering(host.name, told({"a": "1"}))]


def examine(known: KnownProject, steps: Callable[[Host], list[Script]] = as_they_should) -> list[Finding]:
    async def go() -> list[Finding]:
        return [finding async for finding in doctors.examine(known, steps)]

    return asyncio.run(go())


def subjects(findings: list[Finding], *, to_mend: bool) -> list[str]:
    return list(dict.fromkeys(finding.subject for finding in findings if bool(finding.mend) is to_mend))


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is looked at by the doctor of `dev`, whose tests are elsewhere."""
    monkeypatch.setattr(doctors, "engine", lambda _stack: Finding("engine", "pulumi v3.999"))


def test_bare_hosts_are_looked_at_over_one_connection_each(server: Sshd) -> None:
    """The machine that runs the tests is no control plane, and is a host like any other."""
    before = {address: server.connections(address) for address in ADDRESSES}
    found = examine(project(inventory(server)))
    assert {address: server.connections(address) - count for address, count in before.items()} == dict.fromkeys(
        ADDRESSES, 1
    )
    assert subjects(found, to_mend=False) == ["engine", "settings", "ssh", "sudo", "clocks", "hosts"]
    assert subjects(found, to_mend=True) == ["stack"]  # it is not up


def test_host_keys_that_are_missing_end_the_examination(server: Sshd) -> None:
    settings = inventory(server, FEW)
    known = project(settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"host_key": None})}))
    found = examine(known)
    assert "host keys are missing" in found[-1].detail
    assert "archive trust onprem" in found[-1].detail
    assert [each.subject for each in found] == ["engine", "settings", "settings"]


def test_one_host_that_is_down_does_not_hide_the_others(server: Sshd) -> None:
    found = examine(project(inventory(server, FEW, w1={"ssh": {"port": free_port()}})))
    assert [each.detail.split()[0] for each in found if each.subject == "ssh"] == ["w1"]
    assert any(each.subject == "hosts" and each.detail.startswith("2 hosts: all") for each in found)


def test_hosts_that_want_an_apply_are_told(server: Sshd) -> None:
    def steps(host: Host) -> list[Script]:
        return [answering(host.name, told({}, ["join"] if host.name == "w1" else []))]

    found = [each.detail for each in examine(project(inventory(server, FEW)), steps) if each.subject == "hosts"]
    assert found == ["w1: 1 thing would be changed"]


def test_a_cluster_that_does_not_answer_is_told_and_the_rest_is_still_looked_at(server: Sshd) -> None:
    authority = Authority()
    text = kubeconfig(f"https://127.0.0.1:{free_port()}", authority, authority.sign())
    found = examine(project(inventory(server, FEW), kubeconfig=text))
    wrong = {each.subject: each for each in found if each.mend}
    assert "does not answer" in wrong["API"].detail
    assert "not healthy" in next(each.detail for each in found if each.subject == "etcd")
    assert "held by nobody" in wrong["VIP api"].detail
    assert "snapshots" in wrong


def test_the_report_is_a_table_and_its_exit_code_says_whether_all_is_well(
    server: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asyncio.run(doctors.doctor(project(inventory(server, FEW)), as_they_should)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["CHECK", "FOUND"]
    assert lines[1].split()[:2] == ["ok", "engine"]
    assert any(line.startswith("FAIL  stack") for line in lines)
    assert all(len(line) <= 100 for line in lines)
    assert lines[-1].endswith("to mend")


def test_a_probe_tells_the_clock_and_the_addresses_of_a_real_host(server: Sshd) -> None:
    settings = inventory(server, FEW)

    async def go() -> None:
        async with Connections(settings) as connections, connections.to(settings.hosts[0]) as opened:
            found = await probe(opened)
            assert "127.0.0.1" in found.addresses
            assert abs(found.skew) < 30
            assert found.etcd_healthy is None

    asyncio.run(go())


@pytest.fixture
def sudoless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """Hosts whose `sudo` wants a password."""
    yield from _with_program(tmp_path_factory, "sudo", "echo 'sudo: a password is required' >&2; exit 1")


def test_hosts_where_nobody_may_become_root_are_told_and_not_called_well(sudoless: Sshd) -> None:
    settings = inventory(sudoless, FEW)
    with_sudo = settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"sudo": True})})
    found = examine(project(with_sudo))
    told_of_sudo = [each for each in found if each.subject == "sudo"]
    assert [each.detail for each in told_of_sudo] == [f"{name}: sudo: a password is required" for name in FEW]
    assert "sudo without a password" in told_of_sudo[0].mend
    assert "hosts" not in subjects(found, to_mend=False)
