"""The engine built from its Go modules, pinned and checksummed by tools/pulumi/go.mod and go.sum.

The engine (`pulumi`) and the Python language host come from two modules: newer releases keep the host in a module that
no proxy serves, so the last release that has it as a package is used; the engine speaks to it as before. Two scripts
out of the engine's SDK module go beside them: the program's launcher and the one for dynamic providers.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import go_toolchain, pins, processes, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.go_toolchain import Go
from tools.bootstrap.progress import Progress, Step

SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_VARIABLE = f"{SDK_MODULE}/go/common/version.Version"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


# The linker drops debugging information (-w); not to compile it saves an eighth of the time. The program is the same.
QUICKLY = ("-gcflags=all=-dwarf=false",)
# The compilers collect garbage more rarely, which saves a sixth, but none takes more memory for it than this.
COMPILER_MEMORY = {"GOGC": "300", "GOMEMLIMIT": "1GiB"}


@dataclass(frozen=True)
class _Program:
    name: str
    module: Path
    package: str
    version: versions.Version


def needed_go() -> versions.Version:
    return go_toolchain.needed_version(pins.ENGINE_MODULE / "go.mod")


def cached_folder(cache: Path) -> Path:
    """Keyed by version, machine and the exact module files: a changed checksum is another engine."""
    digest = hashlib.sha256()
    for module in (pins.ENGINE_MODULE, pins.LANGUAGE_HOST_MODULE):
        for name in ("go.mod", "go.sum"):
            digest.update((module / name).read_bytes())
    version = versions.show(pins.engine_version())
    return cache / f"{version}-{digest.hexdigest()[:12]}-{platform.system()}-{platform.machine()}".lower()


def build(folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Build everything into `folder`, which appears complete or not at all. About four minutes on two cores.

    Raises:
        BootstrapError: no Go, a module that cannot be had or does not compile; the message is the reason.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(f"{folder.name}.log")
    log.unlink(missing_ok=True)
    _remove_leftovers(folder)
    with (
        tempfile.TemporaryDirectory(prefix=_scratch_prefix(folder), dir=folder.parent) as name,
        progress.step("Pulumi engine") as step,
    ):
        scratch = Path(name)
        go = go_toolchain.find(pins.ENGINE_MODULE / "go.mod", scratch / "go", environ, progress)
        step.detail = "looking at its modules"
        target = scratch / "engine"
        target.mkdir()
        go_environ = _go_environment(environ, go, scratch)
        _build_programs(go, target, go_environ, step, log)
        _copy_scripts(go, target, go_environ)
        _check(target, environ)
        target.rename(folder)
        step.result = f"{versions.show(pins.engine_version())}, built from its Go modules"


def _scratch_prefix(folder: Path) -> str:
    return f".building-{folder.name}-"


def _remove_leftovers(folder: Path) -> None:
    """What a killed build left: gigabytes. The caller holds the lock, so nobody works in there."""
    for left in folder.parent.glob(f"{_scratch_prefix(folder)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _programs() -> tuple[_Program, _Program]:
    return (
        _Program("pulumi", pins.ENGINE_MODULE, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", pins.engine_version()),
        _Program(
            "pulumi-language-python",
            pins.LANGUAGE_HOST_MODULE,
            f"{SDK_MODULE}/python/cmd/pulumi-language-python",
            pins.language_host_version(),
        ),
    )


def _build_programs(go: Go, target: Path, environ: Mapping[str, str], step: Step, log: Path) -> None:
    """Both at once: the small one fills the core that is idle while the large one downloads and links."""
    engine, language_host = _programs()
    with ThreadPoolExecutor(max_workers=1) as beside:
        other = beside.submit(_build_program, go, language_host, target, environ, None, log)
        _build_program(go, engine, target, environ, step, log)
        other.result()


def _build_program(
    go: Go, program: _Program, target: Path, environ: Mapping[str, str], step: Step | None, log: Path
) -> None:
    total = _download(go, program, environ, step, log)
    compiled = 0

    def count(line: str) -> None:
        nonlocal compiled
        # `go build -v` names each package as it is compiled; packages in the build cache are not named.
        if step is not None and re.fullmatch(r"[\w.\-/~]+", line):
            compiled += 1
            step.detail = f"compiled {compiled} of {total} packages" if compiled < total else "linking"

    flags = f"-s -w -X {VERSION_VARIABLE}=v{versions.show(program.version)}"
    command: list[str | Path] = [go.program, "build", "-v", "-trimpath", *QUICKLY, "-ldflags", flags]
    _go([*command, "-o", target / program.name, program.package], program, environ, log, count)


def _download(go: Go, program: _Program, environ: Mapping[str, str], step: Step | None, log: Path) -> int:
    """Fetch the modules that the program needs, no others, and count its packages."""
    fetched = 0

    def count(line: str) -> None:
        nonlocal fetched
        if step is not None and line.startswith("go: downloading "):
            fetched += 1
            step.detail = f"downloaded {fetched} modules"

    done = _go([go.program, "list", "-deps", "-f", "=", program.package], program, environ, log, count)
    return done.count("=")


def _go(
    command: list[str | Path], program: _Program, environ: Mapping[str, str], log: Path, on_line: Callable[[str], None]
) -> list[str]:
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        on_line(line)

    done = processes.run(command, environ=environ, folder=program.module, log=log, on_line=take)
    if done.code != 0:
        raise BootstrapError(f"`go {command[1]}` failed for {program.package}:\n{done.said(8)}\n    (all of it: {log})")
    return lines


def _copy_scripts(go: Go, target: Path, environ: Mapping[str, str]) -> None:
    source = processes.answer(
        [go.program, "list", "-m", "-f", "{{.Dir}}", SDK_MODULE], environ=environ, folder=pins.ENGINE_MODULE
    )
    for script in SCRIPTS:
        original = Path(source or "") / script
        if not source or not original.exists():
            raise BootstrapError(f"module {SDK_MODULE} has no {script}")
        copy = target / original.name
        shutil.copyfile(original, copy)
        copy.chmod(0o755)


def _check(target: Path, environ: Mapping[str, str]) -> None:
    told = processes.answer(
        [target / "pulumi", "version"], environ={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}, folder=target
    )
    if versions.parse(told or "") != pins.engine_version():
        raise BootstrapError(
            f"the built engine calls itself {told!r} instead of v{versions.show(pins.engine_version())}"
        )


def _go_environment(environ: Mapping[str, str], go: Go, scratch: Path) -> dict[str, str]:
    """Only what the modules pin: no workspace, no vendoring, no other toolchain, nothing that needs a C compiler."""
    settings = {
        "GOFLAGS": "-mod=readonly -buildvcs=false -modcacherw",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    if go.own:
        # Two gigabytes that nobody asked for: gone with the scratch folder when the engine is built.
        settings |= {"GOPATH": str(scratch / "gopath"), "GOCACHE": str(scratch / "gocache"), "GOENV": "off"}
        settings |= {"GOROOT": str(go.program.parents[1]), "GOTELEMETRY": "off"}
    return {**COMPILER_MEMORY, **environ, **settings}
