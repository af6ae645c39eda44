"""What the tests need from the system is installed where that is allowed, else named in one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import Machine
from tools.bootstrap import system_packages
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.progress import Progress
from tools.bootstrap.system_packages import Need

NEEDS = (Need("mariadb-server", programs=("mariadbd-of-tests",)), Need("nginx", programs=("nginx-of-tests",)))


def no_root(_environ: Mapping[str, str]) -> list[str] | None:
    return None


@pytest.fixture
def as_root(machine: Machine, tmp_path: Path) -> Path:
    """A command in sudo's place that notes what it should run as root, and apt-get to be found."""
    support.program(machine.bin, "apt-get", "exit 0")
    return support.program(machine.bin, "as-root", f'printf "%s\\n" "$@" > {tmp_path}/asked; exit ${{FAIL:-0}}')


def test_nothing_happens_when_everything_is_there(machine: Machine, progress: Progress) -> None:
    for need in NEEDS:
        support.program(machine.bin, need.programs[0], "exit 0")
    system_packages.require(machine.checkout, machine.environ, progress, NEEDS, no_root)
    assert not (machine.checkout.logs / "apt.log").exists()


def test_without_root_the_missing_packages_are_named_in_one_line(machine: Machine, progress: Progress) -> None:
    with pytest.raises(BootstrapError) as caught:
        system_packages.require(machine.checkout, machine.environ, progress, NEEDS, no_root)
    message = str(caught.value)
    assert "\n" not in message
    assert "sudo apt-get install mariadb-server nginx" in message


def test_only_what_is_missing_is_installed(machine: Machine, progress: Progress, as_root: Path, tmp_path: Path) -> None:
    support.program(machine.bin, NEEDS[0].programs[0], "exit 0")
    system_packages.require(machine.checkout, machine.environ, progress, NEEDS, lambda _: [str(as_root)])
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[-1] == "nginx"
    assert "mariadb-server" not in asked
    assert "DEBIAN_FRONTEND=noninteractive" in asked


def test_a_failing_apt_is_shown(machine: Machine, progress: Progress, as_root: Path) -> None:
    machine.environ["FAIL"] = "100"
    with pytest.raises(BootstrapError, match=r"could not install mariadb-server nginx(.|\n)*apt\.log"):
        system_packages.require(machine.checkout, machine.environ, progress, NEEDS, lambda _: [str(as_root)])


def test_a_font_counts_wherever_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system_packages, "FONT_FOLDERS", (str(tmp_path),))
    need = Need("fonts-noto-cjk", fonts=("NotoSansCJK*", "Nanum*.ttf"))
    assert not need.is_met("")
    (tmp_path / "truetype" / "nanum").mkdir(parents=True)
    (tmp_path / "truetype" / "nanum" / "NanumGothic.ttf").touch()
    assert need.is_met("")
