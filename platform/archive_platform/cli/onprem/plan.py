"""`archive plan onprem`: what `pulumi up` would do on each host, read from the hosts themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from archive_platform.cli.onprem.answers import Answer, Steps, ask
from archive_platform.cli.onprem.project import Project
from archive_platform.cli.table import counted, table
from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connections

# A bare host has some sixty changes; the first of each step tell what it is about
_SHOWN = 5
# What an operator has to know of a step, however long its list is, comes first
_WEIGHTY = (
    "join ",
    "upgrade ",
    "drain ",
    "reset ",
    "remove the ",
    "switch ",
    "start the ",
    "take up ",
    "restart ",
    "renew ",
)

Found = Mapping[str, list[Answer] | HostError]


async def plan(project: Project, steps: Steps, *, as_json: bool, everything: bool) -> int:
    """Print the table. 0, or 1 when a host could not be read."""
    begun = time.monotonic()
    async with Connections(project.settings) as connections:
        found = await ask(project.settings.present, steps, connections)
    if as_json:
        print(json.dumps(document(found), indent=2, ensure_ascii=False))
    else:
        lost = [host.name for host in project.settings.hosts if host.lost]
        print(table(["HOST", "STEP", "WOULD"], rows(found, None if everything else _SHOWN)))
        print(f"\n{summary(found, lost)} Read in {time.monotonic() - begun:.1f} s.")
    return 1 if any(map(_unread, found.values())) else 0


def rows(found: Found, most: int | None) -> Iterator[list[str]]:
    """A row for every change, `most` for each step; the host and the step stand in their first row only."""
    for host, answers in found.items():
        shown = host
        if isinstance(answers, HostError):
            yield [shown, "-", f"cannot be read: {answers}"]
            continue
        for answer in _joined(answers):
            lines = [f"cannot be read: {answer.error}"] if answer.error else _weighty_first(answer.changes)
            hidden = len(lines) - most if most is not None else 0
            if hidden > 1:
                lines = [*lines[:most], f"and {hidden} more (--all shows them)"]
            for step, line in zip([answer.step, *[""] * len(lines)], lines, strict=False):
                yield [shown, step, line]
                shown = ""
        if shown:
            yield [shown, "-", "nothing: it is as it should be"]


def _joined(answers: list[Answer]) -> list[Answer]:
    """What keeps all steps from answering, as another run that holds the host's lock does, is told once."""
    errors = {answer.error for answer in answers}
    return answers if len(answers) < 2 or "" in errors or len(errors) > 1 else [replace(answers[0], step="-")]


def _weighty_first(changes: Iterable[str]) -> list[str]:
    return sorted(changes, key=lambda change: not change.startswith(_WEIGHTY))


def summary(found: Found, lost: list[str]) -> str:
    """The table in a sentence or two."""
    unread = sum(map(_unread, found.values()))
    changed = sum(_changes(answers) for answers in found.values())
    parts = [f"{changed} of {counted(len(found), 'host')} would change."]
    if unread:
        parts.append(f"{unread} could not be read.")
    if lost:
        parts.append(f"Lost, and not asked: {', '.join(lost)}.")
    return " ".join(parts)


def document(found: Found) -> dict[str, object]:
    """The same for programs: `{"hosts": {NAME: {"error": TEXT or null, "steps": [{"step", "changes", "error"}]}}}`."""
    return {"hosts": {host: _host(answers) for host, answers in found.items()}}


def _host(answers: list[Answer] | HostError) -> dict[str, object]:
    if isinstance(answers, HostError):
        return {"error": str(answers), "steps": []}
    told = [{"step": each.step, "changes": list(each.changes), "error": each.error or None} for each in answers]
    return {"error": None, "steps": told}


def _unread(answers: list[Answer] | HostError) -> bool:
    return isinstance(answers, HostError) or any(answer.error for answer in answers)


def _changes(answers: list[Answer] | HostError) -> bool:
    return not isinstance(answers, HostError) and any(answer.changes for answer in answers)
