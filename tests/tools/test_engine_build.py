"""The build from Go modules, with a stand-in for Go; `make up` on a fresh machine does it for real."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import PINNED_ENGINE, Machine
from tools.bootstrap import engine_build, pins
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress


def fake_go(machine: Machine, tmp_path: Path, *, build: str = "", version: str = "$version") -> Path:
    """A Go that "builds" a script telling the version it was given, and notes what it was asked."""
    sdk = tmp_path / "sdk"
    for script in engine_build.SCRIPTS:
        support.program((sdk / script).parent, Path(script).name, "exit 0").chmod(0o444)
    calls = tmp_path / "calls"
    support.program(
        machine.bin,
        "go",
        f"""
echo "$PWD $GOFLAGS $GOWORK $CGO_ENABLED: $@" >> {calls}
case "$1 $2" in
"env GOVERSION") echo go1.99.0 ;;
"list -deps") echo =; echo = ;;
"list -m") echo {sdk} ;;
build*)
    {build or ":"}
    while [ $# -gt 0 ]; do
        case "$1" in -o) out=$2 ;; *version.Version=*) version=${{1##*=}} ;; esac; shift
    done
    printf '#!/bin/sh\\necho %s\\n' "{version}" > "$out"; chmod +x "$out" ;;
esac""",
    )
    return calls


def target(machine: Machine) -> Path:
    return engine_build.cached_folder(cache_folder(machine.environ) / "engine")


def test_a_build_holds_everything_that_python_programs_need(
    machine: Machine, tmp_path: Path, progress: Progress
) -> None:
    calls = fake_go(machine, tmp_path)
    engine_build.build(target(machine), machine.environ, progress)
    built = {path.name for path in target(machine).iterdir() if path.stat().st_mode & 0o100}
    assert built == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    }
    assert support.shell(f"{target(machine)}/pulumi", machine.environ, tmp_path).strip() == f"v{PINNED_ENGINE}"
    builds = [line for line in calls.read_text().splitlines() if ": build" in line]
    assert len(builds) == 2
    assert all("-mod=readonly" in line and "off 0: build" in line and "-trimpath" in line for line in builds)


def test_a_go_of_our_own_is_there_for_the_build_only(machine: Machine, tmp_path: Path, progress: Progress) -> None:
    calls = fake_go(machine, tmp_path)
    (machine.bin / "go").rename(tmp_path / "go")
    body = f"""
[ "$1" = --version ] && echo 'uv 99.0.0' && exit
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin" && cp {tmp_path}/go "$2/go/bin/go" && echo "$@" > {tmp_path}/asked"""
    support.program(machine.bin, "uv", body)
    engine_build.build(target(machine), machine.environ, progress)
    assert "--require-hashes" in (tmp_path / "asked").read_text()
    assert ": build -v" in calls.read_text()
    assert {path.name for path in target(machine).parent.iterdir()} == {
        target(machine).name,
        f"{target(machine).name}.log",
    }
    assert [path.name for path in cache_folder(machine.environ).iterdir()] == ["engine"]


def test_what_a_killed_build_left_is_removed(machine: Machine, tmp_path: Path, progress: Progress) -> None:
    fake_go(machine, tmp_path)
    folder = target(machine)
    left = folder.parent / f".building-{folder.name}-x1y2" / "gocache"
    other = folder.parent / ".building-3.999.0-of-another-checkout"
    left.mkdir(parents=True)
    other.mkdir()
    engine_build.build(folder, machine.environ, progress)
    assert not left.parent.exists()
    assert other.exists()


def test_a_failed_build_leaves_no_engine_and_shows_the_last_words(
    machine: Machine, tmp_path: Path, progress: Progress
) -> None:
    fake_go(machine, tmp_path, build="echo 'main.go:1: undefined: engine'; exit 1")
    with pytest.raises(BootstrapError, match=r"`go build` failed(.|\n)*undefined: engine(.|\n)*\.log"):
        engine_build.build(target(machine), machine.environ, progress)
    assert not target(machine).exists()
    assert [path for path in target(machine).parent.iterdir() if path.is_dir()] == []


def test_an_engine_that_tells_another_version_is_refused(machine: Machine, tmp_path: Path, progress: Progress) -> None:
    fake_go(machine, tmp_path, version="v0.0.1")
    with pytest.raises(BootstrapError, match=r"calls itself 'v0\.0\.1' instead of"):
        engine_build.build(target(machine), machine.environ, progress)
    assert not target(machine).exists()


def test_another_checksum_is_another_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = tmp_path / "pulumi"
    shutil.copytree(pins.ENGINE_MODULE, modules)
    monkeypatch.setattr(pins, "ENGINE_MODULE", modules)
    before = engine_build.cached_folder(tmp_path)
    assert before == engine_build.cached_folder(tmp_path)
    sums = modules / "go.sum"
    sums.write_text(sums.read_text().replace("h1:", "h1:x", 1))
    assert engine_build.cached_folder(tmp_path) != before
    assert PINNED_ENGINE in before.name
