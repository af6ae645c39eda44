"""Where things lie below the working folder (`archive:home`), which nobody but its owner may enter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PRIVATE = 0o700


@dataclass(frozen=True)
class Folders:
    """The working folder of one community: `root` is absolute."""

    root: Path

    @classmethod
    def of(cls, home: str, checkout: Path) -> Folders:
        """The folders for `archive:home`; a relative one starts at the checkout."""
        return cls((checkout / Path(home).expanduser()).resolve())

    @property
    def data(self) -> Path:
        """One folder for each service's database file and uploads."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Records of what runs, control sockets, Nginx' configuration."""
        return self.root / "run"

    @property
    def mail(self) -> Path:
        """Mail that would have been sent, as .eml files."""
        return self.root / "mail"

    def make(self) -> None:
        """Make every folder that is missing."""
        for folder in (self.root, self.data, self.logs, self.run, self.mail):
            private(folder)


def private(folder: Path) -> Path:
    """Make a folder and those above it, readable by their owner alone. An existing one is left as it is."""
    for missing in [*reversed(folder.parents), folder]:
        missing.mkdir(PRIVATE, exist_ok=True)
    return folder
