"""What has to be said of a new board in files that exist: each line goes below its like for the newest board."""

from __future__ import annotations

import re
from pathlib import Path

from archive_platform.catalogue import CATALOGUE
from archive_platform.cli.new_service.names import Names
from archive_platform.errors import PlatformError

PROJECT = "pyproject.toml"
LIST = "platform/archive_platform/catalogue.py"
FOLLOWED = "apps/home/archive_home/tables.py"


def edits(checkout: Path, names: Names) -> dict[str, str]:
    """Path (from the checkout) → new content; nothing is written. PlatformError for a file that looks otherwise."""
    newest = [entry for entry in CATALOGUE if entry.board][-1]
    return {
        PROJECT: _project((checkout / PROJECT).read_text(encoding="utf-8"), newest.name, names),
        LIST: _catalogue((checkout / LIST).read_text(encoding="utf-8"), newest.name, names),
        FOLLOWED: _followed((checkout / FOLLOWED).read_text(encoding="utf-8"), newest.name, names),
    }


def _project(text: str, newest: str, names: Names) -> str:
    package = f"archive_{newest.replace('-', '_')}"
    text = _below(text, PROJECT, rf'    "archive-{newest}",\n', f'    "{names.distribution}",\n', times=1)
    source = rf"archive-{newest} = {{ workspace = true }}\n"
    text = _below(text, PROJECT, source, f"{names.distribution} = {{ workspace = true }}\n", times=1)
    text = _below(text, PROJECT, rf'    "{package}",\n', f'    "{names.package}",\n', times=3)
    return _below(text, PROJECT, rf'(?<=\| ){package}(?=")', f" | {names.package}", times=1)


def _catalogue(text: str, newest: str, names: Names) -> str:
    line = f'    _board("{names.name}", "{names.title}", "{names.path}", {names.port_offset}),\n'
    return _below(text, LIST, rf'    _board\("{newest}", .*\),\n', line, times=1)


def _followed(text: str, newest: str, names: Names) -> str:
    """The boards that home follows: its front page, search and notifications."""
    return _below(text, FOLLOWED, rf'(?m)^BOARDS = \(.*"{newest}"(?=\)$)', f', "{names.name}"', times=1)


def _below(text: str, file: str, pattern: str, added: str, *, times: int) -> str:
    """`added` after each of the `times` places that match."""
    changed, count = re.subn(pattern, lambda found: found[0] + added, text)
    if count != times:
        raise PlatformError(
            f"{file}: expected {times} places like {pattern!r}, found {count}. Nothing was written: add the service by "
            "hand, as apps/qa is there"
        )
    return changed
