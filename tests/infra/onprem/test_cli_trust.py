"""`archive trust onprem` with real sshds: what is learned, what is asked, what is written."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from tests.infra.onprem.inventory import ADDRESSES, NAMES, inventory
from tests.infra.onprem.known import KnownProject, project
from tests.infra.onprem.sshd import Sshd, keygen, sshd
from tests.ports import free_port

from archive_platform.cli.onprem import trust as trusting
from archive_platform.config.onprem import Jump, OnPrem
from archive_platform.errors import PlatformError


def trust(known: KnownProject, *, yes: bool = False, replaced: Collection[str] = ()) -> int:
    return asyncio.run(trusting.trust(known, yes=yes, replaced=replaced))


def unpinned(settings: OnPrem) -> OnPrem:
    return settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"host_key": None})})


def written(known: KnownProject) -> dict[str, str]:
    """The keys that pulumi was told to set, by where they stand."""
    pairs: dict[str, str] = {}
    for asked in known.stack.asked:
        assert asked[:3] == ("config", "set-all", "--path")
        assert asked[3::2] == ("--plaintext",) * len(asked[4::2])
        pairs |= dict(pair.split("=", 1) for pair in asked[4::2])
    return pairs


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def other_key(tmp_path: Path) -> str:
    keygen(tmp_path / "other")
    return " ".join((tmp_path / "other.pub").read_text().split()[:2])


def test_every_key_is_shown_as_ssh_keygen_does_and_pinned_after_a_yes(
    server: Sshd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    known, before = project(unpinned(inventory(server))), server.logins()
    assert trust(known) == 0
    out = capsys.readouterr().out
    for name, address in zip(NAMES, ADDRESSES, strict=True):
        row = rf"{name} +new +{address}:{server.port} +ED25519\n +{re.escape(server.fingerprint())}\n"
        assert re.search(row, out), out
    assert written(known) == {f"archive:hosts[{number}].ssh.hostKey": server.host_key() for number in range(len(NAMES))}
    assert server.logins() == before


@pytest.mark.parametrize("typed", ["no\n", "y\n", "\n"])
def test_anything_but_yes_writes_nothing(
    server: Sshd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    known = project(unpinned(inventory(server)))
    assert trust(known) == 1
    assert "Nothing was written." in capsys.readouterr().out
    assert known.stack.asked == []


def test_without_a_terminal_nothing_is_written_unless_yes_is_given(
    server: Sshd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    known = project(unpinned(inventory(server)))
    assert trust(known) == 1
    assert "Nobody can be asked here. Use --yes" in capsys.readouterr().out
    assert known.stack.asked == []
    assert trust(known, yes=True) == 0
    assert len(written(known)) == len(NAMES)


def test_keys_that_are_pinned_already_are_not_written_again(server: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    known = project(inventory(server))
    assert trust(known) == 0
    assert known.stack.asked == []
    assert capsys.readouterr().out.count(" pinned ") == len(NAMES)


def test_a_changed_key_is_an_alarm_and_stays_as_it_is(
    server: Sshd, other_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = project(inventory(server, w1={"ssh": {"hostKey": other_key}}))
    assert trust(known, yes=True) == 1
    out = capsys.readouterr().out
    assert "ALARM: w1 shows another key than the pinned one." in out
    assert "archive trust onprem --replace w1" in out
    assert known.stack.asked == []


def test_a_changed_key_does_not_keep_the_new_ones_from_being_pinned(server: Sshd, other_key: str) -> None:
    known = project(unpinned(inventory(server, w1={"ssh": {"hostKey": other_key}})))
    assert trust(known, yes=True) == 1
    assert f"archive:hosts[{NAMES.index('w1')}].ssh.hostKey" not in written(known)
    assert len(written(known)) == len(NAMES) - 1


def test_a_changed_key_is_replaced_when_its_host_is_named(server: Sshd, other_key: str) -> None:
    known = project(inventory(server, w1={"ssh": {"hostKey": other_key}}, w2={"ssh": {"hostKey": other_key}}))
    assert trust(known, yes=True, replaced=["w1"]) == 1  # w2 is still an alarm
    assert written(known) == {f"archive:hosts[{NAMES.index('w1')}].ssh.hostKey": server.host_key()}


def test_a_pinned_key_of_another_kind_is_compared_with_the_server_s_key_of_that_kind(
    server: Sshd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trust(project(inventory(server, w1={"ssh": {"hostKey": server.host_key("ecdsa")}}))) == 0
    with sshd(tmp_path, ADDRESSES, ["ed25519"]) as other:
        capsys.readouterr()
        assert trust(project(inventory(other, w1={"ssh": {"hostKey": server.host_key("ecdsa")}}))) == 1
    assert "ALARM: w1" in capsys.readouterr().out


def test_an_unknown_host_cannot_be_replaced(server: Sshd) -> None:
    with pytest.raises(PlatformError, match=r"--replace w9: there is no such host. There are: cp1, cp2"):
        trust(project(inventory(server)), replaced=["w9"])


def test_a_host_that_is_down_is_told_and_the_others_are_pinned(
    server: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    known = project(unpinned(inventory(server, w1={"ssh": {"port": free_port()}})))
    assert trust(known, yes=True) == 1
    assert re.search(r"w1 unknown \S+ w1 .* cannot be reached", " ".join(capsys.readouterr().out.split()))
    assert len(written(known)) == len(NAMES) - 1


def test_a_host_with_nothing_but_an_rsa_key_is_told_how_to_get_another(
    server: Sshd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sshd(tmp_path, ADDRESSES[:1], algorithms=["rsa"]) as old:
        known = project(unpinned(inventory(server, cp1={"ssh": {"port": old.port}})))
        assert trust(known, yes=True) == 1
    assert len(written(known)) == len(NAMES) - 1
    assert "Make one there: ssh-keygen -A" in " ".join(capsys.readouterr().out.split())


def test_a_lost_host_is_not_asked(server: Sshd) -> None:
    known = project(unpinned(inventory(server, w5={"lost": True})))
    assert trust(known, yes=True) == 0
    assert len(written(known)) == len(NAMES) - 1


# Behind a jump host


@pytest.fixture
def jump(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "jump") as running:
        yield running


def behind(settings: OnPrem, jump: Sshd, host_key: str | None = None) -> OnPrem:
    values = {"address": "127.0.0.1", "port": jump.port, "user": jump.user, "privateKey": jump.private_key}
    through = Jump.model_validate({**values, "hostKey": host_key})
    return settings.model_copy(update={"ssh": settings.ssh.model_copy(update={"jump": through})})


def test_the_jump_host_comes_first_and_the_hosts_are_asked_through_it(
    server: Sshd, jump: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("yes\nyes\n"))
    known = project(behind(unpinned(inventory(server)), jump))
    assert trust(known) == 0
    first, second = known.stack.asked
    assert first[3:] == ("--plaintext", f"archive:ssh.jump.hostKey={jump.host_key()}")
    assert len(second[4::2]) == len(NAMES)
    assert jump.logins() == 1


def test_a_jump_host_that_is_not_trusted_is_not_used(server: Sshd, jump: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    known = project(behind(unpinned(inventory(server)), jump))
    assert trust(known) == 1
    assert known.stack.asked == []
    assert jump.logins() == 0


def test_a_jump_host_whose_key_changed_is_an_alarm_and_not_used(
    server: Sshd, jump: Sshd, capsys: pytest.CaptureFixture[str]
) -> None:
    known = project(behind(unpinned(inventory(server)), jump, server.host_key()))
    assert trust(known, yes=True) == 1
    assert "ALARM: the jump host 127.0.0.1 shows another key" in capsys.readouterr().out
    assert known.stack.asked == []
    assert jump.logins() == 0


def test_a_jump_host_of_one_host_alone_is_pinned_at_that_host(server: Sshd, jump: Sshd) -> None:
    own = {"address": "127.0.0.1", "port": jump.port, "user": jump.user, "privateKey": jump.private_key}
    known = project(inventory(server, w1={"ssh": {"jump": own}}))
    assert trust(known, yes=True) == 0
    assert written(known) == {f"archive:hosts[{NAMES.index('w1')}].ssh.jump.hostKey": jump.host_key()}
