"""What every request passes: identity, CSRF, errors, headers, languages, internal paths."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.apps.chassis import sample

from archive_chassis import clock, csrf, security_log
from archive_chassis.identity import ACCESS_COOKIE, SESSION_COOKIE
from archive_chassis.testing import Client, internal_headers, make_app, make_settings, new_client, new_key_set
from archive_chassis.tokens import Member, Signer

MEMBER = Member(id=7, nickname="새벽토끼", avatar="", role="member", verified=True, sid="s")


class TestIdentity:
    def test_a_valid_token_is_believed(self, visitor: Client) -> None:
        visitor.login()
        assert visitor.post("/news/things", data={"name": "꽃"}).status_code == 302

    def test_a_page_for_members_sends_a_visitor_to_the_log_in_page_and_back(self, visitor: Client) -> None:
        answer = visitor.get("/news/staff?x=1")
        assert answer.status_code == 303
        assert answer.location == "/auth/login?next=/news/staff%3Fx%3D1"

    def test_a_role_is_demanded_and_an_admin_has_it(self, visitor: Client) -> None:
        visitor.login(role="member")
        assert visitor.get("/news/staff").status_code == 403
        for role in ("moderator", "admin"):
            visitor.login(role=role)
            assert visitor.get("/news/staff").status_code == 200

    def test_a_token_signed_by_another_key_is_not_believed(self, visitor: Client) -> None:
        forged = Signer(json.dumps(new_key_set(kid="test"))).issue(MEMBER)
        visitor.set_cookie(ACCESS_COOKIE, forged)
        assert visitor.post("/news/things", data={"name": "꽃"}).location.startswith("/auth/login")

    def test_an_expired_token_is_not_believed_even_when_it_was_before(self, visitor: Client) -> None:
        visitor.login()
        assert visitor.post("/news/things", data={"name": "꽃"}).status_code == 302
        with clock.moved(timedelta(minutes=16)):
            assert visitor.post("/news/things", data={"name": "꽃"}).location.startswith("/auth/login")

    def test_unsigned_tokens_are_refused(self, visitor: Client) -> None:
        visitor.set_cookie(ACCESS_COOKIE, "eyJhbGciOiJub25lIiwia2lkIjoidGVzdCJ9.eyJzdWIiOiIxIn0.")
        assert visitor.get("/news/staff").status_code == 303

    def test_a_browser_with_a_session_is_sent_to_refresh_and_a_form_keeps_its_method(self, visitor: Client) -> None:
        visitor.set_cookie(SESSION_COOKIE, "1")
        page = visitor.get("/news/?page=2")
        assert (page.status_code, page.location) == (303, "/auth/refresh?next=/news/%3Fpage%3D2")
        form = visitor.post("/news/things", data={"name": "꽃"})
        assert (form.status_code, form.location) == (307, "/auth/refresh?next=/news/things")

    def test_a_program_with_a_session_is_told_401(self, visitor: Client) -> None:
        visitor.set_cookie(SESSION_COOKIE, "1")
        answer = visitor.post("/news/things", data={"name": "꽃"}, headers={"Accept": "application/json"})
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"


class TestCsrf:
    def test_a_form_without_a_token_is_refused(self, visitor: Client) -> None:
        visitor.login()
        assert visitor.post("/news/things", data={"name": "꽃"}, headers={csrf.HEADER: ""}).status_code == 403

    def test_a_token_of_another_browser_is_refused(self, visitor: Client) -> None:
        visitor.login()
        theirs = visitor.csrf_token()
        visitor.set_cookie(csrf.COOKIE, "another-browser")
        assert visitor.post("/news/things", data={"name": "꽃"}, headers={csrf.HEADER: theirs}).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost.evil.example"},
            {"Origin": "http://localhost:81"},
        ],
    )
    def test_a_request_from_another_site_is_refused(self, visitor: Client, headers: dict[str, str]) -> None:
        visitor.login()
        assert visitor.post("/news/things", data={"name": "꽃"}, headers=headers).status_code == 403

    def test_without_origin_the_fetch_metadata_or_the_referer_decide(self, lite: Flask) -> None:
        client = new_client(lite)
        client.login()
        token = client.csrf_token()
        for headers, allowed in (
            ({}, False),
            ({"Sec-Fetch-Site": "same-origin"}, True),
            ({"Sec-Fetch-Site": "cross-site"}, False),
            ({"Referer": "http://localhost/news/"}, True),
            ({"Referer": "https://evil.example/"}, False),
        ):
            form = {"name": "꽃", "csrf_token": token}
            cookies = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in client._cookies.values())}
            bare = FlaskClient(lite, use_cookies=False)
            answer = bare.post("/news/things", data=form, headers=headers | cookies)
            assert answer.status_code == (302 if allowed else 403), headers


class TestErrors:
    def test_a_program_gets_problem_json(self, visitor: Client) -> None:
        visitor.login()
        answer = visitor.post("/news/things", data={"name": ""}, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        problem = answer.get_json(force=True)
        assert problem["errors"] == {"name": "이름을 적어 주세요"}
        assert problem["request_id"] == answer.headers["X-Request-ID"]

    def test_a_person_gets_a_page_with_the_request_id(self, visitor: Client) -> None:
        answer = visitor.get("/news/nowhere")
        assert answer.status_code == 404
        assert "페이지를 찾을 수 없어요" in answer.text
        assert answer.headers["X-Request-ID"] in answer.text

    def test_an_unexpected_error_tells_the_log_and_not_the_visitor(
        self, visitor: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = visitor.get("/news/crash")
        assert answer.status_code == 500
        assert "a secret detail" not in answer.text
        assert "a secret detail" in caplog.text

    def test_a_wrong_method_names_the_right_ones(self, visitor: Client) -> None:
        answer = visitor.get("/news/things")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]

    def test_a_dead_database_is_a_503(self, lite: Flask, tmp_path: object) -> None:
        client = new_client(lite)
        for file in list(__import__("pathlib").Path(str(tmp_path)).glob("news.sqlite3*")):
            file.unlink()
            file.mkdir()
        assert client.get("/news/").status_code == 503
        assert client.get("/news/health/ready").status_code == 503
        assert client.get("/news/health/live").status_code == 200


class TestPages:
    def test_headers_allow_nothing_but_our_own(self, visitor: Client) -> None:
        for page in ("/news/", "/news/nowhere", "/news/health/live"):
            headers = visitor.get(page).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"

    def test_no_template_of_the_layout_has_inline_code(self, visitor: Client) -> None:
        page = visitor.get("/news/nowhere").text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert all("src=" in tag for tag in page.split("<script")[1:])

    def test_cookies_are_safe_over_https(self, tmp_path: object) -> None:
        settings = make_settings("news", __import__("pathlib").Path(str(tmp_path)), public_url="https://example.org")
        client = new_client(make_app(sample.service, settings))
        answer = client.get("/news/?lang=en")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "max-age" in answer.headers["Strict-Transport-Security"]

    def test_the_language_is_korean_until_another_is_chosen(self, visitor: Client) -> None:
        assert '<html lang="ko"' in visitor.get("/news/nowhere").text
        assert '<html lang="en"' in visitor.get("/news/nowhere?lang=en").text
        assert '<html lang="en"' in visitor.get("/news/nowhere").text
        assert '<html lang="en"' in visitor.get("/news/nowhere?lang=xx").text

    def test_a_bare_prefix_is_the_first_page(self, visitor: Client) -> None:
        assert visitor.get("/news").text == "목록"

    def test_a_path_that_only_begins_like_the_prefix_is_another(self, visitor: Client) -> None:
        assert visitor.get("/newspaper").status_code == 404

    def test_shared_files_are_cached_by_their_hash(self, visitor: Client) -> None:
        from archive_chassis.assets import asset

        answer = visitor.get("/news" + asset("tokens.css"))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "immutable" not in visitor.get("/news/static/tokens.css").headers["Cache-Control"]
        assert visitor.get("/news/static/../settings.py").status_code == 404


class TestInternalPaths:
    @pytest.mark.parametrize("path", ["/news/internal/events", "/news/metrics", "/news/internal/nothing"])
    def test_need_the_internal_token(self, visitor: Client, path: str) -> None:
        assert visitor.get(path).status_code == 403
        assert visitor.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 403
        visitor.login(role="admin")
        assert visitor.get(path).status_code == 403

    def test_metrics_count_requests_by_route(self, visitor: Client) -> None:
        visitor.get("/news/")
        text = visitor.get("/news/metrics", headers=internal_headers()).text
        assert 'archive_http_requests_total{method="GET",route="/",service="news",status="200"}' in text


def test_the_log_has_a_line_per_request_without_its_query(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="archive.access"):
        visitor.get("/news/nowhere?token=very-secret")
    record = next(r for r in caplog.records if r.name == "archive.access")
    assert record.fields["path"] == "/news/nowhere"  # type: ignore[attr-defined]
    assert record.fields["status"] == 404  # type: ignore[attr-defined]
    assert "very-secret" not in caplog.text
    assert "member" not in record.fields  # type: ignore[attr-defined]


def test_the_log_says_which_member_asked(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    visitor.login(MEMBER.id)
    with caplog.at_level(logging.INFO, logger="archive.access"):
        visitor.get("/news/nowhere")
    assert [r.fields["member"] for r in caplog.records if r.name == "archive.access"] == [7]  # type: ignore[attr-defined]
    assert MEMBER.nickname not in caplog.text


def test_refusals_are_lines_for_whoever_guards_the_site(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Who, what and where; not the query, and nothing for a page that is merely not there."""
    visitor.login(MEMBER.id)
    with caplog.at_level(logging.INFO, logger=security_log.log.name):
        visitor.get("/news/staff?token=very-secret")
        visitor.post("/news/things", data={"name": "꽃"}, headers={"Origin": "https://evil.example"})
        visitor.post("/news/things", data={"name": "꽃" * 10_000_000})
        visitor.get("/news/nowhere")
    lines = [r.fields for r in caplog.records if r.name == security_log.log.name]  # type: ignore[attr-defined]
    assert [(line["member"], line["status"], line["reason"], line["method"], line["path"]) for line in lines] == [
        (7, 403, "Forbidden", "GET", "/news/staff"),
        (7, 403, "Forbidden", "POST", "/news/things"),
        (7, 413, "RequestEntityTooLarge", "POST", "/news/things"),
    ]
    assert "very-secret" not in caplog.text
