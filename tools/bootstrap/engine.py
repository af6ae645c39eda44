"""The Pulumi engine: from PATH, else the user's cache, else the official installer, else built from its Go modules."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import engine_build, engine_installer, locks, pins, processes, versions
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import Checkout, cache_folder
from tools.bootstrap.progress import Progress

LANGUAGE_HOST = "pulumi-language-python"
LAUNCHER = "pulumi-resource-pulumi-python"


@dataclass(frozen=True)
class Engine:
    """A usable engine.

    Attributes:
        folder: holds `pulumi`; the Python language host and the dynamic-provider launcher are there or on PATH.
        origin: where it came from: "PATH", "installer" or "build".
    """

    folder: Path
    origin: str

    @property
    def program(self) -> Path:
        return self.folder / "pulumi"


@dataclass(frozen=True)
class _Way:
    """One way to an engine: its name for the reader, and what makes it (an error is the reason why it failed)."""

    name: str
    take: Callable[[], Engine]


def ensure(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> Engine:
    """The engine to use on this machine. What had to be made is kept in the cache for every checkout.

    Raises:
        BootstrapError: every way failed; the message names each, why, and what to install.
    """
    cache = cache_folder(environ) / "engine"
    minimum = pins.engine_minimum(checkout.root)
    reasons: list[tuple[str, str]] = []
    ways = [_Way("pulumi on PATH", lambda: on_path(minimum, environ, cache, checkout))]
    for way in [*ways, *_ways_into_the_cache(cache, environ, progress)]:
        try:
            return way.take()
        except BootstrapError as error:
            reasons.append((way.name, str(error)))
    raise BootstrapError(_all_failed(reasons, minimum))


def on_path(minimum: versions.Version, environ: Mapping[str, str], cache: Path, checkout: Checkout) -> Engine:
    """The user's own engine: the minimum or newer, same major version, with what Python programs need.

    Raises:
        BootstrapError: there is none, or it is not usable; the message is the reason.
    """
    path = user_path(environ, cache, checkout)
    found = shutil.which("pulumi", path=path)
    if found is None:
        raise BootstrapError("there is none")
    told = processes.answer(
        [found, "version"], environ={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}, folder=checkout.root
    )
    version = versions.parse(told or "")
    if version is None:
        raise BootstrapError(f"{found} does not answer `pulumi version`")
    if version < minimum or version[0] != minimum[0]:
        raise BootstrapError(
            f"{found} is {versions.show(version)}; needed is {versions.show(minimum)} (Pulumi's Python SDK in uv.lock) "
            f"or a newer {minimum[0]}.x"
        )
    # Package managers put links on PATH; the parts lie beside the real file.
    folders = [Path(found).parent, Path(found).resolve().parent]
    for part in (LANGUAGE_HOST, LAUNCHER):
        if shutil.which(part, path=path) is None and not any((folder / part).exists() for folder in folders):
            raise BootstrapError(f"{found} has no {part} beside it")
    return Engine(Path(found).parent, "PATH")


def user_path(environ: Mapping[str, str], cache: Path, checkout: Checkout) -> str:
    """PATH without what `make env` put there, so that our own engine is never taken for the user's."""
    own = (str(cache), str(checkout.archive))
    parts = environ.get("PATH", "").split(":")
    return ":".join(part for part in parts if part and not part.startswith(own) and not part.endswith("/.archive/bin"))


def _ways_into_the_cache(cache: Path, environ: Mapping[str, str], progress: Progress) -> list[_Way]:
    installed = engine_installer.cached_folder(cache)
    built = engine_build.cached_folder(cache)

    def from_installer() -> Engine:
        if built.exists():
            return Engine(built, "build")
        if not installed.exists():
            with locks.hold(locks.beside(installed), "installing the Pulumi engine", progress):
                if not installed.exists():
                    engine_installer.install(installed, environ, progress)
        return Engine(installed, "installer")

    def from_modules() -> Engine:
        with locks.hold(locks.beside(built), "building the Pulumi engine", progress):
            if not built.exists():
                engine_build.build(built, environ, progress)
        return Engine(built, "build")

    return [_Way("official installer", from_installer), _Way("build from Go modules", from_modules)]


def _all_failed(reasons: list[tuple[str, str]], minimum: versions.Version) -> str:
    needed = versions.show(minimum)
    go = versions.show(engine_build.needed_go())
    told = "\n".join(f"  {number}. {name}: {reason}" for number, (name, reason) in enumerate(reasons, 1))
    return (
        f"No Pulumi engine could be had. {len(reasons)} ways were tried:\n{told}\n"
        f"Install Pulumi {needed} or newer (https://www.pulumi.com/docs/install/), or Go {go} or newer "
        "(https://go.dev/dl/) and let it be built, then try again."
    )
