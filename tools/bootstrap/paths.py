"""Where things live: the checkout's working folder and the user's cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STACK = "dev"


@dataclass(frozen=True)
class Checkout:
    """One clone of the project. All that it makes while running is under `.archive/` and `.venv/`, both git-ignored."""

    root: Path

    @property
    def archive(self) -> Path:
        return self.root / ".archive"

    @property
    def state(self) -> Path:
        """Root of Pulumi's file backend."""
        return self.archive / "state"

    @property
    def logs(self) -> Path:
        return self.archive / "logs"

    @property
    def run(self) -> Path:
        return self.archive / "run"

    @property
    def passphrase(self) -> Path:
        """Protects the secrets in the state; made once, at random, readable by its owner only."""
        return self.archive / "passphrase"

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @property
    def stack_config(self) -> Path:
        return self.root / f"Pulumi.{STACK}.yaml"

    def prepare(self) -> None:
        """Create the working folders, closed to other users: state and logs may name what is private."""
        for folder in (self.archive, self.state, self.logs, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)


def this_checkout() -> Checkout:
    """The clone that this file belongs to."""
    return Checkout(Path(__file__).resolve().parents[2])


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The user's cache for things shared by all checkouts (`XDG_CACHE_HOME` or `~/.cache`)."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(base).absolute() / "game-archive"
