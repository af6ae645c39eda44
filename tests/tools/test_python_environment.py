"""The environment follows uv.lock, is free when nothing changed, and uv is the user's or a private one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import Machine
from tools.bootstrap import pins, python_environment, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress
from tools.bootstrap.python_environment import DEVELOPMENT, RUNTIME


@pytest.fixture
def uv_calls(machine: Machine, tmp_path: Path) -> Path:
    machine.uv(tmp_path / "uv-calls")
    (tmp_path / "uv-calls").touch()
    return tmp_path / "uv-calls"


def test_uv_is_asked_once_until_the_lock_changes(machine: Machine, uv_calls: Path, progress: Progress) -> None:
    for _ in range(2):
        python_environment.sync(machine.checkout, machine.environ, progress)
    assert len(uv_calls.read_text().splitlines()) == 1
    lock = machine.checkout.root / "uv.lock"
    lock.write_text(lock.read_text() + "\n# changed\n")
    python_environment.sync(machine.checkout, machine.environ, progress)
    assert len(uv_calls.read_text().splitlines()) == 2


def test_a_members_dependencies_count_too(machine: Machine, uv_calls: Path, progress: Progress) -> None:
    python_environment.sync(machine.checkout, machine.environ, progress)
    member = machine.checkout.root / "apps" / "news"
    member.mkdir(parents=True)
    (member / "pyproject.toml").write_text("[project]\n")
    python_environment.sync(machine.checkout, machine.environ, progress)
    assert len(uv_calls.read_text().splitlines()) == 2


def test_a_removed_environment_is_made_again(machine: Machine, uv_calls: Path, progress: Progress) -> None:
    python_environment.sync(machine.checkout, machine.environ, progress)
    shutil.rmtree(machine.checkout.environment)
    python_environment.sync(machine.checkout, machine.environ, progress)
    assert len(uv_calls.read_text().splitlines()) == 2


def test_up_keeps_a_developers_tools_and_tests_ask_for_them(
    machine: Machine, uv_calls: Path, progress: Progress
) -> None:
    for groups in (RUNTIME, DEVELOPMENT, RUNTIME):
        python_environment.sync(machine.checkout, machine.environ, progress, groups)
    first, second = uv_calls.read_text().splitlines()
    assert "--no-dev --inexact" in first
    assert "--all-groups" in second
    assert "sync --frozen" in first


def test_a_company_proxys_certificate_is_found_in_the_system(
    machine: Machine, tmp_path: Path, progress: Progress
) -> None:
    body = f"""
[ "$1" = --version ] && echo 'uv 99.0.0' && exit
[ -z "$UV_SYSTEM_CERTS" ] && echo 'cause: invalid peer certificate: UnknownIssuer' && exit 1
mkdir -p .venv/bin; touch {tmp_path}/done; ln -sf /bin/sh .venv/bin/python"""
    support.program(machine.bin, "uv", body)
    python_environment.sync(machine.checkout, machine.environ, progress)
    assert (tmp_path / "done").exists()


def test_a_failure_shows_uvs_words_and_its_log(machine: Machine, progress: Progress) -> None:
    with pytest.raises(BootstrapError, match=r"no registry in tests(.|\n)*environment\.log"):
        python_environment.sync(machine.checkout, machine.environ, progress)
    assert "no registry in tests" in (machine.checkout.logs / "environment.log").read_text()


def test_an_old_uv_on_path_is_passed_over_for_the_private_one(machine: Machine, progress: Progress) -> None:
    support.program(machine.bin, "uv", "echo 'uv 0.1.0'")
    name, version = pins.required(pins.UV_REQUIREMENT)
    private = support.program(cache_folder(machine.environ) / name / version, "uv", "exit 0")
    assert python_environment.find_uv(machine.environ, progress) == private
    support.program(machine.bin, "uv", f"echo 'uv {versions.show(pins.UV_MINIMUM)}'")
    assert python_environment.find_uv(machine.environ, progress) == machine.bin / "uv"


def test_without_any_way_to_uv_each_is_named_with_its_mend(machine: Machine, progress: Progress) -> None:
    (machine.bin / "uv").unlink()
    # pip with no index to ask: both ways start for real and fail.
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    with pytest.raises(BootstrapError) as caught:
        python_environment.find_uv({**machine.environ, **offline}, progress)
    for part in ("python3 -m venv, then pip:", "pip install --target:", "No matching distribution", "python3-venv"):
        assert part in str(caught.value)
    assert list(cache_folder(machine.environ).rglob("uv/*/*")) == []
