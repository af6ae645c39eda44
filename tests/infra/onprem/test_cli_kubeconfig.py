"""`archive kubeconfig onprem`: where it is written, and who may read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.infra.onprem.inventory import inventory
from tests.infra.onprem.known import KnownProject, project
from tests.infra.onprem.sshd import Sshd

from archive_platform.cli.onprem.kubeconfig import kubeconfig
from archive_platform.errors import PlatformError

TEXT = "apiVersion: v1\nkind: Config\n"


@pytest.fixture
def known(server: Sshd) -> KnownProject:
    return project(inventory(server), kubeconfig=TEXT)


def test_it_is_printed_as_it_is(known: KnownProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert kubeconfig(known, None) == 0
    assert capsys.readouterr().out == TEXT


def test_a_file_is_for_its_owner_alone_and_its_content_is_not_printed(
    known: KnownProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "config"
    out.write_text("older, and readable by everybody")
    out.chmod(0o644)
    assert kubeconfig(known, out) == 0
    assert out.read_text() == TEXT
    assert out.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [out]
    assert "apiVersion" not in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_told(known: KnownProject, tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"cannot be written: No such file.*--out"):
        kubeconfig(known, tmp_path / "nowhere" / "config")


def test_a_folder_in_place_of_the_file_is_told_and_nothing_is_left_behind(known: KnownProject, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(PlatformError, match="cannot be written"):
        kubeconfig(known, tmp_path / "config")
    assert [each.name for each in tmp_path.iterdir()] == ["config"]


def test_a_stack_that_is_not_up_is_told(server: Sshd) -> None:
    with pytest.raises(PlatformError, match="has no output kubeconfig"):
        kubeconfig(project(inventory(server)), None)
