"""The OpenAPI document and the page to read it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from tests.apps.chassis import sample_api
from tests.apps.chassis.programs import Program

import archive_chassis
from archive_chassis.i18n import read_messages
from archive_chassis.testing import Client, make_app, make_settings, new_client

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(sample_api.service, make_settings("news", tmp_path))


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return Program(app, "").get("/openapi.json").get_json()


@pytest.fixture
def browser(app: Flask) -> Client:
    return new_client(app)


class TestDocument:
    def test_it_is_openapi_3_1(self, document: dict[str, Any]) -> None:
        validate(document, cls=OpenAPIV31SpecValidator)

    def test_the_validator_would_see_a_mistake(self, document: dict[str, Any]) -> None:
        for spoil in (
            lambda d: d["paths"]["/things"]["get"].pop("responses") and d["info"].pop("title"),
            lambda d: d["paths"]["/things/{thing_id}"]["get"]["parameters"].clear(),
            lambda d: d["paths"]["/things"]["post"].update(operationId="list_things"),
        ):
            spoiled = json.loads(json.dumps(document))
            spoil(spoiled)
            with pytest.raises(OpenAPIValidationError):
                validate(spoiled, cls=OpenAPIV31SpecValidator)

    def test_it_has_every_operation_and_none_that_is_left_out(self, document: dict[str, Any]) -> None:
        found = {operation["operationId"] for place in document["paths"].values() for operation in place.values()}
        assert found == {operation.name for operation in sample_api.api.operations} - {"left_out"}
        assert document["servers"] == [{"url": "/news/api/v1"}]

    def test_it_says_what_an_operation_takes_gives_and_refuses(self, document: dict[str, Any]) -> None:
        change = document["paths"]["/things/{thing_id}"]["patch"]
        assert {(p["in"], p["name"], p["required"]) for p in change["parameters"]} == {
            ("path", "thing_id", True),
            ("header", "If-Match", True),
        }
        assert list(change["responses"]) == ["200", *map(str, (400, 401, 403, 404, 412, 413, 415, 422, 428, 429))]
        assert change["security"] == [{"token": ["write"]}]
        assert "ETag" in change["responses"]["200"]["headers"]

    def test_its_models_forbid_what_they_do_not_name_and_tell_no_secrets_of_the_code(
        self, document: dict[str, Any]
    ) -> None:
        schemas = document["components"]["schemas"]
        assert set(schemas) == {"NewThing", "Change", "Thing", "ThingListing", "Me", "Problem"}
        assert schemas["NewThing"]["additionalProperties"] is False
        assert "owner_id" not in schemas["Thing"]["properties"]
        assert "description" not in schemas["Thing"]

    def test_it_speaks_english_too(self, app: Flask) -> None:
        english = Program(app, "").get("/openapi.json", headers={"Accept-Language": "en"}).get_json()
        left = [text for text in _texts(english) if HANGUL.search(text)]
        own = {operation.summary for operation in sample_api.api.operations} | {"물건", "회원", "이름", "종류"}
        assert set(left) <= own | {"견본 API", "물건을 올리고 찾아요."}  # the sample has no translations

    def test_who_has_it_already_is_told_so(self, app: Flask) -> None:
        first = Program(app, "").get("/openapi.json")
        again = Program(app, "", headers={"If-None-Match": first.headers["ETag"]}).get("/openapi.json")
        assert (again.status_code, again.data) == (304, b"")
        other = {"If-None-Match": first.headers["ETag"], "Accept-Language": "en"}
        assert Program(app, "", headers=other).get("/openapi.json").status_code == 200


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


class TestPage:
    def test_it_shows_every_operation_and_every_model(self, browser: Client, document: dict[str, Any]) -> None:
        page = browser.get("/news/api/v1/").text
        for place in document["paths"].values():
            for operation in place.values():
                assert f'id="{operation["operationId"]}"' in page
        for name in document["components"]["schemas"]:
            assert f'id="model-{name}"' in page
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))

    def test_it_is_a_page_like_the_others(self, browser: Client) -> None:
        assert browser.get("/news/api/v1").status_code == 200
        assert 'href="/auth/me/tokens"' in browser.get("/news/api/v1/").text
        browser.login(nickname="달빛기사")
        page = browser.get("/news/api/v1/").text
        assert "달빛기사" in page
        assert "<script>" not in page
        assert " style=" not in page

    def test_it_speaks_english_too(self, browser: Client) -> None:
        page = browser.get("/news/api/v1/?lang=en").text
        assert "Getting started" in page
        assert "Array of" in page

    def test_an_unknown_page_below_the_api_is_a_problem(self, browser: Client) -> None:
        assert browser.get("/news/api/v1/nothing").content_type == "application/problem+json"


def test_every_text_of_the_api_has_an_english_translation() -> None:
    package = Path(archive_chassis.__file__).parent
    sources = [*(package / "api").glob("*.py"), package / "identity.py", package / "error_pages.py"]
    found = {text for file in sources for text in _shown(file.read_text("utf-8"))}
    template = (package / "templates" / "api.html").read_text("utf-8")
    found |= {double or single for double, single in re.findall(r"""\b_\((?:"([^"]+)"|'([^']+)')""", template)}
    assert "본문은 256KB까지 보낼 수 있어요" in found
    assert "거절하는 경우" in found
    assert sorted(found - set(read_messages(["archive_chassis"], "en"))) == []


def _shown(source: str) -> Iterator[str]:
    """The Korean texts of a module, without its docstrings."""
    tree = ast.parse(source)
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in documented else None
        if isinstance(text, str) and HANGUL.search(text):
            yield text
