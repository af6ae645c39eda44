"""What a policy overlooks for a while: each exception has a reason, an owner and a day on which it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any, cast

from archive_platform.policy.model import Resource

LONGEST = timedelta(days=366)
SOON = timedelta(days=30)
SHORTEST_REASON = 15


@dataclass(frozen=True)
class Allowance:
    """One exception.

    Attributes:
        policy: the policy's name.
        resource: the resource's name or URN; `*` in it stands for any characters.
        reason: why the policy cannot be kept there.
        owner: an e-mail address: who answers for it.
        until: the last day on which it counts.
    """

    policy: str
    resource: str
    reason: str
    owner: str
    until: date

    def excuses(self, policy: str, resource: Resource) -> bool:
        return policy == self.policy and any(fnmatchcase(name, self.resource) for name in (resource.name, resource.urn))

    def __str__(self) -> str:
        return f"{self.policy} of {self.resource} (by {self.owner}, until {self.until})"


FIELDS = tuple(each.name for each in fields(Allowance))


@dataclass
class Allowances:
    """All exceptions of a stack.

    Attributes:
        wrong: a line for each that does not count, with what to do.
        soon: a line for each that ends within thirty days.
    """

    valid: list[Allowance] = field(default_factory=list[Allowance])
    wrong: list[str] = field(default_factory=list[str])
    soon: list[str] = field(default_factory=list[str])
    _used: set[Allowance] = field(default_factory=set[Allowance])

    def excused(self, policy: str, resource: Resource) -> Allowance | None:
        """The exception that a violation has; it is noted that this one is needed."""
        found = next((each for each in self.valid if each.excuses(policy, resource)), None)
        if found:
            self._used.add(found)
        return found

    def unused(self) -> Iterator[str]:
        """A line for each that no violation has needed so far."""
        for each in self.valid:
            if each not in self._used:
                yield f"the exception for {each} excuses nothing. Take it out."


def read(given: object, policies: Iterable[str], today: date) -> Allowances:
    """The exceptions of a configuration: a list of objects with the fields of `Allowance`, `until` as 2027-01-31."""
    result = Allowances()
    if not isinstance(given, Sequence) or isinstance(given, str):
        result.wrong.append(f"exceptions must be a list (got {given!r}). Set one, or leave it out.")
        return result
    known = frozenset(policies)
    for number, each in enumerate(cast("Sequence[object]", given), start=1):
        problems = list(_problems(each, known, today))
        if problems:
            result.wrong += [f"exception {number}: {problem}" for problem in problems]
            continue
        found = _made(cast("Mapping[str, str]", each))
        result.valid.append(found)
        if found.until - today <= SOON:
            days = (found.until - today).days
            result.soon.append(f"the exception for {found} ends in {days} days. Mend what it excuses until then.")
    return result


def _made(given: Mapping[str, str]) -> Allowance:
    return Allowance(**{**given, "until": date.fromisoformat(given["until"])})  # pyright: ignore[reportArgumentType]


def _problems(given: object, policies: frozenset[str], today: date) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"must be an object with {', '.join(FIELDS)} (got {given!r}). Set all of them."
        return
    values = cast("Mapping[str, Any]", given)
    for name in sorted(values.keys() - set(FIELDS)):
        yield f"knows no {name}. Take it out; there are {', '.join(FIELDS)}."
    missing = [name for name in FIELDS if not isinstance(values.get(name), str) or not str(values[name]).strip()]
    if missing:
        yield f"must have {', '.join(missing)} as text. Set what is missing."
        return
    if values["policy"] not in policies:
        yield f"policy must be one that there is (got {values['policy']}). docs/policies.md lists them."
    if not str(values["resource"]).strip("*:$"):
        yield f"resource must name something (got {values['resource']}): it would excuse everything. Set a name or URN."
    if len(str(values["reason"]).strip()) < SHORTEST_REASON:
        yield f"reason must say why (got {values['reason']}). Write a sentence that a stranger understands."
    if "@" not in str(values["owner"]):
        yield f"owner must be an e-mail address (got {values['owner']}). Set whoever answers for it."
    yield from _ended(str(values["until"]), today)


def _ended(text: str, today: date) -> Iterator[str]:
    try:
        until = date.fromisoformat(text)
    except ValueError:
        yield f"until must be a day as in {today + SOON} (got {text}). Set the last one on which it counts."
        return
    if until < today:
        yield f"ended on {until}. Mend what it excuses, or let its owner sign it again with another day."
    if until - today > LONGEST:
        yield f"until must be within a year (got {until}): nobody remembers what lasts longer. Set an earlier day."
