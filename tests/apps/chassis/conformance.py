"""Holds an API against its own document: schemathesis sends what the document allows and what it does not.

The app answers over real HTTP, so that headers and bodies arrive as a server passes them on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from tests.apps.serving import served

from archive_chassis.pagination import Cursor

#: For a body or a parameter that breaks the document, and for one that keeps it and yet does not fit what is there now.
REFUSED = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "428", "429"]
TAKEN = ["2xx", "401", "403", "404", "409", "410", "412", "429"]


@dataclass
class Findings:
    """What a run found. `answers` counts the statuses of each operation ("GET /things")."""

    failures: list[str] = field(default_factory=list[str])
    answers: dict[str, Counter[int]] = field(default_factory=dict[str, "Counter[int]"])

    @property
    def requests(self) -> int:
        return sum(counter.total() for counter in self.answers.values())


def hold(
    app: Flask,
    document: str,
    token: str,
    *,
    examples: int = 20,
    parameters: Mapping[str, Any] | None = None,
    possible: Callable[[Case], bool] = lambda _case: True,
    keeps_deleted: bool = False,
    phases: tuple[str, ...] = ("coverage", "fuzzing", "stateful"),
) -> Findings:
    """Run all checks against the document at this path, as the member whose token it is.

    `parameters` are values for parameters that a document cannot describe well enough; a valid `cursor` and the first
    revision are among them.
    `possible` is for what a document has no words for: a case that is not possible is not sent. `keeps_deleted`: who
    has deleted something still sees it, to bring it back.
    NUL is not sent: it is refused everywhere, which JSON Schema has no word for.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {token}"},
            "parameters": {"header.If-Match": '"1"', "query.cursor": Cursor("after", (1_000,)).encode()}
            | dict(parameters or {}),
            "generation": {"max-examples": examples, "allow-x00": False, "deterministic": True, "database": "none"},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": TAKEN},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                "use_after_free": {"enabled": not keeps_deleted},
                "missing_required_header": {"expected-statuses": ["400", "401", "403", "422", "428"]},
            },
        }
    )
    findings = Findings()
    with _served(app) as origin:
        schema = schemathesis.openapi.from_url(origin + document, config=config)
        schema.hook("filter_case")(lambda _context, case: possible(case))
        for event in from_schema(schema).execute():
            _note(findings, event)
    return findings


@contextmanager
def _served(app: Flask) -> Generator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request would fill the report
    with served(app) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def _note(findings: Findings, event: events.EngineEvent) -> None:
    if isinstance(event, events.NonFatalError):
        findings.failures.append(f"{event.label}: {event.info}")
    if isinstance(event, events.FatalError):
        raise event.exception
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for number, interaction in recorder.interactions.items():
        if interaction.response is not None:
            operation = recorder.cases[number].value.operation.label
            findings.answers.setdefault(operation, Counter())[interaction.response.status_code] += 1
    for checks in recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                told = f"{recorder.label}: {check.name}: {check.failure_info.failure}"
                findings.failures.append(f"{told}\n{check.failure_info.code_sample}")
