"""Visits of pages, what each costs, and what is wrong with the costs.

Every GET rule of a service has its visits in a table: rule → visits. What each costs is compared between two sites that
are alike but for their number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from tests.apps.chassis.programs import new_token
from tests.counting import counting

from archive_chassis.cache import PageCache
from archive_chassis.testing import Client, internal_headers, new_client

FEW_ROWS, MANY_ROWS = 10, 1_000
MOST_STATEMENTS = 6

MEMBER, MODERATOR = 1, 8


@dataclass(frozen=True)
class Visit:
    """A GET of `address`, below the service's path, by `who`: one of `Place.browsers`.

    A format string: names in braces stand for what the filling of the place made.
    """

    address: str
    who: str = "visitor"
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.address} ({self.who})"


Table = Mapping[str, Sequence[Visit]]
#: A browser with the headers it sends along.
Browser = tuple[Client, Mapping[str, str]]


@dataclass
class Place:
    """A service's app with rows in its tables; `made` are the words for the addresses' braces."""

    app: Flask
    prefix: str
    browsers: dict[str, Callable[[], Browser]]
    made: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Cost:
    """The statements of one visit, and how often it tried to connect to anything but the database."""

    statements: int
    connections: int


@dataclass(frozen=True)
class Known:
    """A visit that takes more statements than are allowed, and why."""

    statements: int
    reason: str


def browsers(app: Flask) -> dict[str, Callable[[], Browser]]:
    """Who visits any service: nobody in particular, members, a member's program, and another service."""

    def logged_in(number: int, role: str) -> Callable[[], Browser]:
        def browser() -> Browser:
            client = new_client(app)
            client.login(number, f"회원{number}", role)
            return client, {}

        return browser

    token = new_token(MEMBER, f"회원{MEMBER}")
    return {
        "visitor": lambda: (new_client(app), {}),
        "member": logged_in(MEMBER, "member"),
        "other": logged_in(2, "member"),
        "moderator": logged_in(MODERATOR, "moderator"),
        "program": lambda: (new_client(app), {"Authorization": f"Bearer {token}", "Accept": "application/json"}),
        "service": lambda: (new_client(app), internal_headers()),
    }


def get_rules(app: Flask) -> set[str]:
    """Every rule of an app that answers GET."""
    return {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def missing(app: Flask, table: Table) -> list[str]:
    """The GET rules that have no visit, and the visits' rules that the app does not have."""
    rules = get_rules(app)
    without = [f"{rule}: has no visit in the table" for rule in sorted(rules) if not table.get(rule)]
    return without + [f"{rule}: is in the table and not in the app" for rule in sorted(set(table) - rules)]


def cost(place: Place, visit: Visit) -> Cost:
    """What a visit costs with nothing kept from an earlier one; AssertionError for another answer than expected."""
    client, headers = place.browsers[visit.who]()
    address = place.prefix + visit.address.format(**place.made)
    _forget_pages(place.app)
    with counting(place.app) as seen:
        answer = client.get(address, headers=headers)
    assert answer.status_code == visit.status, f"{visit.name} was answered {answer.status_code}: {answer.text[:500]}"
    return Cost(len(seen.statements), len(seen.connections))


def costs(few: Place, many: Place, table: Table) -> dict[str, tuple[Cost, Cost]]:
    """What each visit of a table costs with few rows and with many."""
    return {visit.name: (cost(few, visit), cost(many, visit)) for visit in _every(table)}


def wrong(found: Mapping[str, tuple[Cost, Cost]], known: Mapping[str, Known], most: int = MOST_STATEMENTS) -> list[str]:
    """What is wrong with the costs, a sentence each. An exception in `known` must be as it says there, no better."""
    sentences = [f"{name}: is known as an exception and was not visited" for name in known if name not in found]
    for name, (few, many) in found.items():
        if few.connections or many.connections:
            sentences.append(f"{name}: connects elsewhere, a page must not")
        if many.statements > few.statements:
            sentences.append(f"{name}: {few.statements} statements with few rows, {many.statements} with many")
        largest = max(few.statements, many.statements)
        if name in known:
            if known[name].statements != largest:
                sentences.append(
                    f"{name}: {largest} statements, and {known[name].statements} in the table of known exceptions: "
                    "write down what it is now, or take it out"
                )
        elif largest > most:
            sentences.append(f"{name}: {largest} statements, at most {most} are allowed")
    return sentences


def _forget_pages(app: Flask) -> None:
    """Nothing that was rendered or read for an earlier visitor is there any more."""
    extensions: dict[str, Any] = app.extensions
    extensions["archive_pages"] = PageCache()
    extensions.pop("archive_popular", None)


def _every(table: Table) -> Iterable[Visit]:
    return (visit for visits in table.values() for visit in visits)
