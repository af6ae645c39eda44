"""An API through its requests: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from tests.apps.chassis import sample_api
from tests.apps.chassis.programs import Program, new_token, problem
from tests.apps.conftest import MakeUrl

from archive_chassis import ratelimit
from archive_chassis.api import operations, reading
from archive_chassis.api.operations import Api
from archive_chassis.database import database, reader
from archive_chassis.testing import make_app, make_settings

NEW = {"name": "나침반"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def app(database_url: MakeUrl, tmp_path: Path) -> Generator[Flask, None, None]:
    made = make_app(sample_api.service, make_settings("news", tmp_path, database_url("news")))
    yield made
    with made.app_context():
        database().close()


@pytest.fixture
def lite(tmp_path: Path) -> Flask:
    return make_app(sample_api.service, make_settings("news", tmp_path))


@pytest.fixture
def program(lite: Flask) -> Program:
    return Program(lite)


def post_raw(program: Program, raw: bytes, **headers: str) -> Any:
    return program.send("POST", "/things", data=raw, headers=JSON | headers)


class TestOperations:
    def test_a_thing_from_beginning_to_end(self, app: Flask) -> None:
        program = Program(app)
        made = program.post("/things", {"name": "  나침반  하나 ", "kind": "used"})
        thing = made.get_json()
        assert (made.status_code, thing["name"], thing["kind"]) == (201, "나침반 하나", "used")
        read = program.get(f"/things/{thing['id']}")
        assert (read.get_json(), read.headers["ETag"]) == (thing, '"1"')
        changed = program.patch(f"/things/{thing['id']}", {"name": "등대"}, headers={"If-Match": '"1"'})
        assert (changed.get_json()["name"], changed.headers["ETag"]) == ("등대", '"2"')
        gone = program.delete(f"/things/{thing['id']}")
        assert (gone.status_code, gone.data, gone.content_type) == (204, b"", None)
        assert program.get(f"/things/{thing['id']}").status_code == 404

    def test_a_list_is_walked_page_by_page(self, app: Flask) -> None:
        program = Program(app)
        for number in range(5):
            program.post("/things", {"name": f"물건 {number}"})
        seen: list[str] = []
        cursor = ""
        while True:
            page = program.get("/things?limit=2" + (f"&cursor={cursor}" if cursor else "")).get_json()
            seen += [item["name"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [f"물건 {number}" for number in (4, 3, 2, 1, 0)]

    def test_hangul_in_pieces_becomes_whole(self, program: Program) -> None:
        assert program.post("/things", {"name": "\u1112\u1161\u11ab\u1100\u1173\u11af"}).get_json()["name"] == "한글"

    def test_only_the_owner_changes_a_thing(self, lite: Flask) -> None:
        thing = Program(lite).post("/things", NEW).get_json()
        stranger = Program(lite, new_token(2, "달빛기사"))
        for answer in (
            stranger.patch(f"/things/{thing['id']}", {"name": "내 것"}, headers={"If-Match": '"1"'}),
            stranger.delete(f"/things/{thing['id']}"),
        ):
            assert (answer.status_code, problem(answer)["title"]) == (403, "권한이 없어요")

    def test_an_operation_that_a_service_leaves_out_is_not_there(self, program: Program) -> None:
        assert program.post("/left-out", {}).status_code == 404
        with pytest.raises(ValueError, match="no operation called"):
            sample_api.api.install(program.app, title="x", without={"no_such"})

    def test_what_changes_something_needs_the_scope_to_write(self) -> None:
        with pytest.raises(ValueError, match="scope"):
            Api().post("/things", "올리기", scope=None)

    def test_an_address_that_is_none_and_a_method_that_is_none_are_problems_too(self, program: Program) -> None:
        for method, path, status in (("GET", "/nothing", 404), ("PUT", "/things", 405), ("GET", "/things/0x1", 404)):
            answer = program.send(method, path, headers={"Accept": "text/html"})
            assert (answer.status_code, problem(answer)["status"]) == (status, status)

    @pytest.mark.parametrize("number", [2**63, 10**30, 10**300])
    def test_an_id_that_no_database_holds_is_not_found(self, app: Flask, number: int) -> None:
        for method in ("GET", "PATCH", "DELETE"):
            assert Program(app).send(method, f"/things/{number}", json={"name": "x"}).status_code == 404

    def test_a_refusal_of_the_service_names_the_field(self, program: Program) -> None:
        answer = program.post("/things", {"name": "taken"})
        assert answer.status_code == 422
        assert problem(answer)["errors"] == {"name": "이미 있는 이름이에요"}


class TestBodies:
    def test_mass_assignment_is_refused(self, program: Program) -> None:
        for name in ("id", "owner_id", "revision", "submission", "made_at", "role", "__class__"):
            answer = program.post("/things", NEW | {name: 1})
            assert answer.status_code == 422
            assert problem(answer)["errors"] == {name: "여기에 없는 이름이에요"}
        assert program.get("/things").get_json()["items"] == []

    @pytest.mark.parametrize(
        ("body", "errors"),
        [
            ({}, {"name": "꼭 필요한 값이에요"}),
            ({"name": 1}, {"name": "문자열이어야 해요"}),
            ({"name": None}, {"name": "문자열이어야 해요"}),
            ({"name": "ㄱ" * 41}, {"name": "40자 이하여야 해요"}),
            ({"name": " \t\n\u3000"}, {"name": "올바른 값이 아니에요"}),
            ({"name": "가", "kind": "old"}, {"kind": "'new', 'used' 가운데 하나여야 해요"}),
            ({"name": "가", "note": ["x"]}, {"note": "문자열이어야 해요"}),
            ([], {"": "JSON 객체여야 해요"}),
            ("name", {"": "JSON 객체여야 해요"}),
        ],
    )
    def test_each_mistake_is_told_by_field(self, program: Program, body: Any, errors: dict[str, str]) -> None:
        answer = program.post("/things", body)
        assert answer.status_code == 422
        assert problem(answer)["errors"] == errors

    def test_they_are_told_in_the_language_that_is_asked_for(self, program: Program) -> None:
        for headers, path in (({"Accept-Language": "en-GB,en;q=0.9"}, "/things"), ({}, "/things?lang=en")):
            answer = program.send("POST", path, json={"name": "x" * 41}, headers=headers)
            assert problem(answer)["errors"] == {"name": "Must have 40 characters or fewer"}
            assert "Set-Cookie" not in answer.headers
        answer = program.post("/things", {}, headers={"Accept-Language": "fr"})
        assert problem(answer)["title"] == "입력한 내용을 확인해 주세요"

    def test_no_more_mistakes_are_told_than_help(self, program: Program) -> None:
        answer = program.post("/things", {f"{number}" * 60: 1 for number in range(100, 1_000)})
        errors = problem(answer)["errors"]
        assert len(errors) <= 20
        assert max(len(name) for name in errors) <= 100

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"{",
            b'{"name": "x",}',
            b'{"name": "x"} {"name": "y"}',
            b'{"name": "x", "name": "y"}',
            b'{"name": "x", "note": "a", "\\u006eame": "y"}',
            b'{"name": NaN}',
            b'{"name": -Infinity}',
            b'{"name": 1e999}',
            b'{"name": ' + b"9" * 5_000 + b"}",
            b'{"name": "\xff"}',
            b'{"name": "\xed\xa0\x80"}',
            b'{"name": "\\ud800"}',
            b'{"\\udfff": "x"}',
            b'{"name": "a\\u0000b"}',
            b'{"name": "a\x00b"}',
            b'\xef\xbb\xbf{"name": "x"}',
            '{"name": "x"}'.encode("utf-16"),
            b"[" * 100_000,
            b"[" * 17 + b"]" * 17,
            b'{"a":' * 50_000,
        ],
        ids=lambda raw: repr(raw[:30]),
    )
    def test_what_parsers_disagree_about_is_refused(self, program: Program, raw: bytes) -> None:
        answer = post_raw(program, raw)
        assert (answer.status_code, problem(answer)["title"]) == (400, "요청을 이해하지 못했어요")

    def test_the_nesting_that_is_allowed_reaches_the_model(self, program: Program) -> None:
        answer = post_raw(program, b'{"name": ' + b"[" * 15 + b"]" * 15 + b"}")
        assert (answer.status_code, problem(answer)["errors"]) == (422, {"name": "문자열이어야 해요"})

    def test_brackets_in_text_are_no_nesting(self, program: Program) -> None:
        note = '\\"[{' * 400
        assert program.post("/things", NEW | {"note": note}).get_json()["note"] == note

    def test_a_pair_of_surrogates_is_a_character(self, program: Program) -> None:
        assert post_raw(program, b'{"name": "\\ud83d\\ude00"}').get_json()["name"] == "😀"

    def test_the_check_takes_time_in_proportion_to_the_body(self) -> None:
        """Quotes and backslashes in every order: what makes careless patterns take time that grows with the square."""
        for piece in (b'\\"', b'"\\', b'"', b"\\", b"[]", b'{"":', b'"[\\"'):
            times: list[float] = []
            for size in (16_000, 256_000):
                raw = b'{"a": "' + piece * (size // len(piece))
                began = time.process_time()
                reading._depth(raw)  # pyright: ignore[reportPrivateUsage] - its time is the subject
                times.append(time.process_time() - began)
            assert times[1] < 64 * max(times[0], 0.002), (piece, times)  # the square would be 256 times

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "application/json; charset=euc-kr"},
            {"Content-Type": "application/jsonx"},
            {"Content-Type": ""},
            {"Content-Encoding": "gzip"},
        ],
    )
    def test_anything_but_plain_json_is_refused(self, program: Program, headers: dict[str, str]) -> None:
        answer = program.send("POST", "/things", data=json.dumps(NEW), headers=JSON | headers)
        assert (answer.status_code, problem(answer)["title"]) == (415, "지원하지 않는 형식이에요")

    def test_json_in_utf_8_may_say_so(self, program: Program) -> None:
        headers = {"Content-Type": "Application/JSON; Charset=UTF-8"}
        assert program.send("POST", "/things", data=json.dumps(NEW), headers=headers).status_code == 201

    def test_a_body_too_long_is_refused_whether_it_says_so_or_not(self, program: Program) -> None:
        raw = json.dumps(NEW | {"note": "x" * 256 * 1024}).encode()
        assert post_raw(program, raw).status_code == 413
        chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        answer = program.send(
            "POST", "/things", data=raw, headers=JSON | {"Content-Length": ""}, environ_overrides=chunked
        )
        assert (answer.status_code, problem(answer)["title"]) == (413, "보낸 내용이 너무 커요")
        padded = json.dumps(NEW).encode().ljust(256 * 1024) + b"}"  # cut off at the limit it would be good
        answer = program.send("POST", "/things", data=padded, headers=JSON, environ_overrides=chunked)
        assert answer.status_code == 413
        assert program.get("/things").get_json()["items"] == []

    def test_a_body_as_long_as_may_be_is_taken(self, program: Program) -> None:
        assert post_raw(program, json.dumps(NEW).encode().ljust(256 * 1024)).status_code == 201


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "errors"),
        [
            ("limit=0", {"limit": "1 이상이어야 해요"}),
            ("limit=51", {"limit": "50 이하여야 해요"}),
            ("limit=1_0", {"limit": "정수여야 해요"}),
            ("limit=%2B5", {"limit": "정수여야 해요"}),
            ("limit=", {"limit": "정수여야 해요"}),
            ("limit=１", {"limit": "정수여야 해요"}),
            ("limit=" + "9" * 400, {"limit": "정수여야 해요"}),
            ("limit=5&limit=6", {"limit": "한 번만 보낼 수 있어요"}),
            ("kind=old", {"kind": "'new', 'used' 가운데 하나여야 해요"}),
            ("kind=%00", {"kind": "쓸 수 없는 문자가 있어요"}),
            ("owner=1", {"owner": "여기에 없는 이름이에요"}),
            ("id=1&id=x", {"id.1": "정수여야 해요"}),
            ("cursor=nonsense", {"cursor": "페이지 주소가 올바르지 않아요. 목록에서 다시 시작해 주세요"}),
        ],
    )
    def test_a_wrong_one_is_told_by_name(self, program: Program, query: str, errors: dict[str, str]) -> None:
        answer = program.get(f"/things?{query}")
        assert answer.status_code == 422
        assert problem(answer)["errors"] == errors

    def test_one_that_may_be_there_often_is_a_list(self, program: Program) -> None:
        ids = [program.post("/things", NEW).get_json()["id"] for _ in range(3)]
        found = program.get(f"/things?id={ids[0]}&id={ids[2]}&lang=en").get_json()["items"]
        assert [item["id"] for item in found] == [ids[2], ids[0]]

    def test_an_operation_without_any_takes_none(self, program: Program) -> None:
        assert program.get("/me?x=1").status_code == 422
        assert program.get("/me?lang=en").status_code == 200


class TestPreconditions:
    @pytest.mark.parametrize(
        ("shown", "status"),
        [
            (None, 428),
            ("*", 428),
            ('"2"', 412),
            ('W/"1"', 412),
            ("1", 412),
            ('"1", "2"', 412),
            ('"x"', 412),
            ('"1"', 200),
        ],
    )
    def test_a_change_says_what_it_changes(self, program: Program, shown: str | None, status: int) -> None:
        thing = program.post("/things", NEW).get_json()
        headers = {"If-Match": shown} if shown else {}
        assert program.patch(f"/things/{thing['id']}", {"name": "등대"}, headers=headers).status_code == status

    def test_the_second_of_two_who_read_the_same_is_refused(self, app: Flask) -> None:
        program = Program(app)
        thing = program.post("/things", NEW).get_json()
        statuses = [
            program.patch(f"/things/{thing['id']}", {"name": name}, headers={"If-Match": '"1"'}).status_code
            for name in ("등대", "항구")
        ]
        assert statuses == [200, 412]
        assert program.get(f"/things/{thing['id']}").get_json()["name"] == "등대"

    def test_the_same_key_does_the_same_thing_once(self, app: Flask) -> None:
        program, other = Program(app), Program(app, new_token(2, "달빛기사"))
        key = {"Idempotency-Key": "0192f0c1-7d1f"}
        answers = [program.post("/things", NEW, headers=key) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.get_json()["id"] for answer in answers}) == 1
        assert other.post("/things", NEW, headers=key).get_json()["id"] != answers[0].get_json()["id"]

    @pytest.mark.parametrize("key", ["short", "x" * 65, "with space in it", "한글로-쓴-열쇠-말", ""])
    def test_a_key_that_is_none_is_refused(self, program: Program, key: str) -> None:
        answer = program.post("/things", NEW, headers={"Idempotency-Key": key.encode().decode("latin-1")})
        assert answer.status_code == 400


class TestLimits:
    def test_a_token_that_asks_too_often_is_told_when_to_come_back(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(operations, "ALLOWED", 3)
        program, other = Program(app), Program(app, new_token())
        answers = [program.get("/things") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
        assert problem(answers[3])["title"] == "요청이 너무 많아요"
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=3;w=60'}
        assert other.get("/things").status_code == 200

    def test_who_shows_no_token_is_known_by_address(self, lite: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "ALLOWED", 1)
        nobody = Program(lite, "")
        here, there = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
        statuses = [nobody.get("/things", environ_overrides=place).status_code for place in (here, here, there)]
        assert statuses == [200, 429, 200]

    def test_no_token_is_kept_in_the_counters(self, lite: Flask) -> None:
        Program(lite, new_token(jti="a" * 32)).get("/things")
        with lite.app_context():
            keys = reader().execute(select(ratelimit.rate_limit.c.key)).scalars().all()
        assert len(keys) == 1
        assert "a" * 32 not in keys[0]
