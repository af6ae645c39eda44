"""Who is who, and who may come in."""

from __future__ import annotations

import pytest
from tests.infra.onprem import paper
from tests.infra.onprem.sandbox import Outcome, Sandbox

KEYS = "home/mina/.ssh/authorized_keys"
SSHD = "etc/ssh/sshd_config.d/10-archive.conf"


def _with(*names: str) -> dict[str, object]:
    return {"administrators": [{"name": name, "keys": [paper.key(name)]} for name in names]}


def _apply(host: Sandbox, **own: object) -> Outcome:
    script = paper.script("w1", paper.settings(**own))
    done = host.run(script, "apply")
    assert done.code == 0, done.said
    again = host.run(script, "apply")
    assert (again.said, again.calls, again.items) == ([], [], done.items)
    return done


def _members(host: Sandbox) -> str:
    lines = host.read("etc/group").splitlines()
    return next(line.rpartition(":")[2] for line in lines if line.startswith("archive-administrators:"))


# Names --------------------------------------------------------------------------------------------------------------


def test_the_hosts_file_has_all_present_hosts_and_the_operators_lines(host: Sandbox) -> None:
    hosts = [
        {"name": name, "address": address, "roles": [role], "lost": name == "cp3"}
        for name, (address, role) in paper.HOSTS.items()
        if name != "cp2"
    ]
    hosts.append({"name": "cp4", "address": "10.0.0.24", "roles": ["control-plane"]})
    _apply(host, hosts=hosts)
    text = host.read("etc/hosts")
    assert text.startswith("127.0.0.1 localhost\n192.0.2.7 of.the.operator\n# BEGIN archive hosts\n")
    assert "10.0.0.24 cp4\n" in text
    assert "10.0.0.100 api.game-archive\n" in text
    assert "cp3" not in text


def test_cloud_init_may_not_give_the_old_name_back(host: Sandbox) -> None:
    (host.root / "etc/cloud").mkdir()
    _apply(host)
    assert host.read("etc/cloud/cloud.cfg.d/99-archive.cfg") == "preserve_hostname: true\n"


# Administrators -----------------------------------------------------------------------------------------------------


def test_administrators_come_and_go(host: Sandbox) -> None:
    _apply(host, **_with("mina", "juno"))
    assert sorted(_members(host).split(",")) == ["juno", "mina"]
    assert host.read(KEYS) == f"{paper.key('mina')}\n"
    assert host.read("etc/sudoers.d/archive") == "%archive-administrators ALL=(ALL:ALL) NOPASSWD: ALL\n"

    left = _apply(host, **_with("juno"))
    assert "w1 prepare: withdraw the administrator mina" in left.said
    assert "usermod --lock --expiredate 1 mina" in left.calls
    assert _members(host) == "juno"
    assert not host.has(KEYS)

    back = _apply(host, **_with("mina", "juno"))
    assert "usermod --password * --expiredate  mina" in back.calls
    assert host.read(KEYS) == f"{paper.key('mina')}\n"

    _apply(host, administrators=[])
    assert _members(host) == ""
    assert not host.has("etc/sudoers.d/archive")


def test_an_account_of_the_operators_keeps_its_keys_and_is_never_locked(host: Sandbox) -> None:
    host.write("etc/passwd", host.read("etc/passwd") + "mina:x:1000:1000:Mina,,,:/home/mina:/bin/bash\n")
    host.write("etc/group", host.read("etc/group") + "mina:x:1000:\n")
    host.write(KEYS, "ssh-ed25519 AAAA her own\n", 0o600)
    _apply(host, **_with("mina"))
    own = "ssh-ed25519 AAAA her own\n"
    assert host.read(KEYS) == f"{own}# BEGIN archive keys\n{paper.key('mina')}\n# END archive keys\n"

    left = _apply(host, administrators=[])
    assert not any(call.startswith("usermod") for call in left.calls)
    assert host.read(KEYS) == own


def test_sudoers_that_visudo_refuses_are_taken_away_again(host: Sandbox) -> None:
    host.given("visudo-refuses", "syntax error\n")
    done = host.run(paper.script("w1"), "apply")
    assert (done.code, host.has("etc/sudoers.d/archive")) == (1, False)


# sshd ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("user", "root"), [("root", "prohibit-password"), ("debian", "no")])
def test_root_comes_in_by_key_only_where_the_stack_does(host: Sandbox, user: str, root: str) -> None:
    host.write("etc/passwd", host.read("etc/passwd") + "debian:x:1000:1000::/home/debian:/bin/bash\n")
    host.write("home/debian/.ssh/authorized_keys", "ssh-ed25519 AAAA stack\n")
    done = _apply(host, ssh={"agent": True, "user": user, "sudo": True})
    assert f"PermitRootLogin {root}\n" in host.read(SSHD)
    assert "PasswordAuthentication no\n" in host.read(SSHD)
    assert done.items["sshd"] == f"passwords no, challenges no, root {root}"


def test_settings_that_sshd_refuses_are_taken_away_again(host: Sandbox) -> None:
    host.given("sshd-refuses", "bad configuration option\n")
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 1
    assert "sshd refuses its settings" in done.said[-1]
    assert not host.has(SSHD)
    assert not any("ssh" in call for call in done.calls if call.startswith("systemctl"))


def test_settings_that_another_file_overrides_are_told(host: Sandbox) -> None:
    host.write("etc/ssh/sshd_config.d/00-cloud.conf", "PasswordAuthentication yes\n")
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 1
    assert "it has: passwords yes, challenges no, root prohibit-password" in done.said[-1]


def test_a_host_without_a_key_for_the_stack_is_not_locked(host: Sandbox) -> None:
    host.write("root/.ssh/authorized_keys", "")
    done = host.run(paper.script("w1"), "apply")
    assert (done.code, done.calls, host.has(SSHD)) == (1, [], False)
