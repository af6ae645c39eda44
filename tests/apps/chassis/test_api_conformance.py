"""The sample API answers as its document says, whatever it is sent; and mistakes of every kind would be noticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import ConfigDict
from tests.apps.chassis import conformance, sample_api
from tests.apps.chassis.programs import Program, new_token

from archive_chassis import Service, Settings, build_app
from archive_chassis.api import operations
from archive_chassis.api.models import Body, Resource
from archive_chassis.api.operations import Api
from archive_chassis.errors import Conflict
from archive_chassis.testing import make_app, make_settings

pytestmark = pytest.mark.slow

DOCUMENT = "/news/api/v1/openapi.json"


@pytest.fixture(autouse=True)
def without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ALLOWED", 10**9)


def test_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    app = make_app(sample_api.service, make_settings("news", tmp_path))
    for number in range(3):
        assert Program(app).post("/things", {"name": f"물건 {number}"}).status_code == 201
    found = conformance.hold(app, DOCUMENT, new_token())
    assert found.failures == []
    for operation in sample_api.api.operations:
        if operation.name != "left_out":
            answers = found.answers[f"{operation.method} {operation.path}"]
            assert answers[operation.answer_status] > 0, (operation.name, answers)
    assert found.requests >= 300


class Given(Body):
    name: str


class Loose(Body):
    """A mistake: it takes what the document says it does not."""

    model_config = ConfigDict(extra="ignore", strict=False, json_schema_extra={"additionalProperties": False})
    count: int


class Answer(Resource):
    count: int


def _plant(mistake: str, api: Api) -> None:
    match mistake:
        case "none":
            api.post("/a", "a", body=Given, returns=Answer)(lambda body: Answer(count=len(body.name)))
        case "a body that the document forbids is taken":
            api.post("/a", "a", body=Loose, returns=Answer)(lambda body: Answer(count=len(repr(body))))
        case "an answer of another shape":
            api.post("/a", "a", body=Given, returns=Answer)(lambda body: Given(name=body.name))
        case "an unexpected error":
            api.post("/a", "a", body=Given, returns=Answer)(lambda body: Answer(count=1 // (len(body.name) % 2)))
        case "an undocumented status":
            api.post("/a", "a", body=Given, returns=Answer)(_conflicting)
        case _:
            raise AssertionError(mistake)


def _nobody_asked(scope: str) -> None:
    """In place of `require_scope`."""


def _conflicting(body: Given) -> Answer:
    raise Conflict("a status that the declaration does not name")


def _service(plant: Callable[[Api], None]) -> Service:
    def create_app(settings: Settings) -> Flask:
        app, api = build_app(settings, versions=sample_api.VERSIONS, blueprints=[]), Api()
        plant(api)
        api.install(app, title="a")
        return app

    return Service(name="news", title="a", create_app=create_app, versions=sample_api.VERSIONS)


@pytest.mark.parametrize(
    ("mistake", "noticed"),
    [
        ("none", ""),
        ("a body that the document forbids is taken", "negative_data_rejection"),
        ("an answer of another shape", "response_schema_conformance"),
        ("an unexpected error", "not_a_server_error"),
        ("an undocumented status", "status_code_conformance"),
    ],
)
def test_a_mistake_would_be_noticed(tmp_path: Path, mistake: str, noticed: str) -> None:
    app = make_app(_service(lambda api: _plant(mistake, api)), make_settings("news", tmp_path))
    found = conformance.hold(app, DOCUMENT, new_token(), phases=("coverage", "fuzzing"))
    if noticed:
        assert any(f": {noticed}: " in failure for failure in found.failures), found
    else:
        assert found.failures == []


def test_an_api_that_forgets_to_ask_for_a_token_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "require_scope", _nobody_asked)
    app = make_app(_service(lambda api: _plant("none", api)), make_settings("news", tmp_path))
    guards: list[Any] = app.before_request_funcs[None]
    guards[:] = [guard for guard in guards if guard.__name__ not in ("identify", "check")]
    found = conformance.hold(app, DOCUMENT, new_token(), phases=("coverage",))
    assert any(": ignored_auth: " in failure for failure in found.failures), found.failures
