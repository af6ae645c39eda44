"""Which engine is used, and what a user is told when there is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import PINNED_ENGINE, Machine
from tools.bootstrap import engine, engine_build, pins, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress

MINIMUM = versions.show(pins.engine_minimum(support.PROJECT))


def ensure(machine: Machine) -> engine.Engine:
    return engine.ensure(machine.checkout, machine.environ, Progress(io.StringIO(), interactive=False))


def put_built_engine_into_cache(machine: Machine) -> Path:
    folder = engine_build.cached_folder(cache_folder(machine.environ) / "engine")
    support.pulumi(folder, PINNED_ENGINE)
    return folder


def installer(folder: Path, version: str) -> Path:
    """A script like the official one: it puts an engine of `version` under --install-root."""
    body = f"""
while [ $# -gt 0 ]; do [ "$1" = --install-root ] && root=$2; [ "$1" = --version ] && asked=$2; shift; done
mkdir -p "$root/bin"
printf '#!/bin/sh\\necho v{version}\\n' > "$root/bin/pulumi" && chmod +x "$root/bin/pulumi"
echo "$asked" > {folder}/asked"""
    return support.program(folder, "install.sh", body)


@pytest.mark.parametrize("version", [MINIMUM, "3.999.0"])
def test_a_recent_engine_on_path_is_used(machine: Machine, version: str) -> None:
    support.pulumi(machine.bin, version)
    assert ensure(machine) == engine.Engine(machine.bin, "PATH")


def test_parts_may_lie_beside_the_real_file_of_a_link_on_path(machine: Machine, tmp_path: Path) -> None:
    real = support.pulumi(tmp_path / "package", MINIMUM)
    (machine.bin / "pulumi").symlink_to(real)
    assert ensure(machine).origin == "PATH"


@pytest.mark.parametrize(
    ("version", "parts", "reason"),
    [
        ("3.1.0", True, f"is 3.1.0; needed is {MINIMUM}"),
        ("4.0.0", True, "or a newer 3.x"),
        (MINIMUM, False, "has no pulumi-language-python beside it"),
        ("nothing", True, "does not answer `pulumi version`"),
    ],
)
def test_an_unusable_engine_on_path_is_passed_over_with_a_reason(
    machine: Machine, version: str, parts: bool, reason: str
) -> None:
    support.pulumi(machine.bin, version, parts=parts)
    with pytest.raises(BootstrapError, match=reason):
        engine.on_path(
            pins.engine_minimum(machine.checkout.root), machine.environ, cache_folder(machine.environ), machine.checkout
        )
    built = put_built_engine_into_cache(machine)
    assert ensure(machine) == engine.Engine(built, "build")


def test_our_own_engine_on_path_is_never_taken_for_the_users(machine: Machine) -> None:
    built = put_built_engine_into_cache(machine)
    support.pulumi(machine.checkout.archive / "bin", MINIMUM)
    support.pulumi(machine.home / "other" / ".archive" / "bin", MINIMUM)
    machine.environ["PATH"] = (
        f"{machine.checkout.archive}/bin:{built}:{machine.home}/other/.archive/bin:{machine.environ['PATH']}"
    )
    assert ensure(machine) == engine.Engine(built, "build")


def test_the_installer_is_asked_for_the_pinned_version_once(machine: Machine, tmp_path: Path) -> None:
    script = installer(tmp_path / "site", PINNED_ENGINE)
    machine.environ["ARCHIVE_PULUMI_INSTALLER"] = f"file://{script}"
    found = ensure(machine)
    assert found.origin == "installer"
    assert (script.parent / "asked").read_text().strip() == PINNED_ENGINE
    script.unlink()
    assert ensure(machine) == found


def test_an_installer_that_brings_another_version_leaves_nothing_behind(machine: Machine, tmp_path: Path) -> None:
    machine.environ["ARCHIVE_PULUMI_INSTALLER"] = f"file://{installer(tmp_path / 'site', '3.1.0')}"
    with pytest.raises(BootstrapError, match=rf"brought version 'v3.1.0' instead of {PINNED_ENGINE}"):
        ensure(machine)
    left = [path.name for path in (cache_folder(machine.environ) / "engine").iterdir() if path.is_dir()]
    assert left == []


def test_when_every_way_fails_one_message_names_each_and_what_to_install(machine: Machine) -> None:
    support.pulumi(machine.bin, "3.1.0")
    machine.environ["ARCHIVE_PULUMI_INSTALLER"] = "https://installer.invalid"
    with pytest.raises(BootstrapError) as caught:
        ensure(machine)
    message = str(caught.value)
    go = versions.show(engine_build.needed_go())
    for part in (
        "3 ways were tried",
        f"1. pulumi on PATH: {machine.bin}/pulumi is 3.1.0",
        "2. official installer: https://installer.invalid cannot be reached",
        f"3. build from Go modules: Go on PATH ({machine.bin}/go) is 1.2.3, {go} or newer is needed",
        "no registry in tests",
        f"Install Pulumi {MINIMUM} or newer",
        f"or Go {go} or newer",
    ):
        assert part in message


def test_the_pinned_engine_satisfies_its_own_rule() -> None:
    assert pins.engine_version() >= pins.engine_minimum(support.PROJECT)
