"""`archive drift onprem`: what on the hosts is no longer as the last `pulumi up` left it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from archive_platform.cli.onprem.answers import Answer, Steps, ask
from archive_platform.cli.onprem.project import Project
from archive_platform.cli.table import counted, table
from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connections

SAME, UNKNOWN, DRIFTED = 0, 1, 2

# By host and step the items that the last apply left, each with its value
State = Mapping[str, Mapping[str, Mapping[str, str]]]
Found = Mapping[str, list[Answer] | HostError]


@dataclass(frozen=True)
class Difference:
    """An item that differs. `stack` or `host` is None when it exists on the other side only."""

    name: str
    step: str
    item: str
    stack: str | None
    host: str | None


async def drift(project: Project, steps: Steps, *, as_json: bool) -> int:
    """Print what differs. 0 no drift; 2 drift; 1 no drift was seen, but not everything could be looked at."""
    state: State = project.output("state")
    async with Connections(project.settings) as connections:
        found = await ask(project.settings.present, steps, connections)
    lost = {host.name for host in project.settings.hosts if host.lost}
    differences = list(compare({name: steps for name, steps in state.items() if name not in lost}, found))
    unread = dict(errors(found))
    if as_json:
        told = {"drift": [asdict(difference) for difference in differences], "unread": unread}
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _print(differences, unread, len(found))
    return DRIFTED if differences else UNKNOWN if unread else SAME


def compare(state: State, found: Found) -> Iterator[Difference]:
    """Every item that differs, hosts and items in their order. What could not be read is not compared."""
    for name in [*found, *(name for name in state if name not in found)]:
        answers = found.get(name, [])
        if isinstance(answers, HostError):
            continue
        then = state.get(name, {})
        now = {answer.step: answer.items for answer in answers if not answer.error}
        silent = {answer.step for answer in answers if answer.error}
        for step in [*now, *(step for step in then if step not in now and step not in silent)]:
            yield from _items(name, step, then.get(step, {}), now.get(step, {}))


def _items(name: str, step: str, then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    for item in sorted(then.keys() | now.keys()):
        if then.get(item) != now.get(item):
            yield Difference(name, step, item, then.get(item), now.get(item))


def errors(found: Found) -> Iterator[tuple[str, str]]:
    """What could not be read, by the host's name."""
    for name, answers in found.items():
        if isinstance(answers, HostError):
            yield name, str(answers)
        elif wrong := dict.fromkeys(answer.error for answer in answers if answer.error):
            yield name, "; ".join(wrong)


def _print(differences: list[Difference], unread: Mapping[str, str], hosts: int) -> None:
    if differences:
        cells = ([each.name, each.step, each.item, _shown(each.stack), _shown(each.host)] for each in differences)
        print(table(["HOST", "STEP", "ITEM", "IN THE STACK", "ON THE HOST"], cells) + "\n")
    if unread:
        print(table(["HOST", "COULD NOT BE READ"], unread.items()) + "\n")
    if differences:
        hosts_that_differ = counted(len({each.name for each in differences}), "host")
        print(f"{counted(len(differences), 'item')} of {hosts_that_differ} drifted. See `archive plan onprem`.")
    elif unread:
        print(f"No drift on the {counted(hosts - len(unread), 'host')} that could be read; {len(unread)} could not.")
    else:
        print(f"No drift on {counted(hosts, 'host')}.")


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value or "(empty)"
