"""The boards' and auth's events reach the front page, whatever their order."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from tests.apps.home.conftest import Tell, post

from archive_chassis import clock, ended_sessions, i18n
from archive_chassis.database import reader
from archive_chassis.testing import Client
from archive_home import front
from archive_home.tables import front_post


def titles(client: Client) -> str:
    return client.get("/").get_data(as_text=True)


def test_a_published_post_appears_and_a_change_of_it_shows(client: Client, tell: Tell) -> None:
    assert "아직 올라온 글이 없어요" in titles(client)
    tell("news", "post.published", post(1, title="첫 소식"))
    assert "첫 소식" in titles(client)
    tell("news", "post.changed", post(1, title="고친 소식", comments=4))
    page = titles(client)
    assert "고친 소식" in page
    assert "첫 소식" not in page
    assert "댓글 4" in page


def test_a_removed_post_disappears_and_comes_back_when_it_is_restored(client: Client, tell: Tell) -> None:
    tell("qa", "post.published", post(1, title="잠깐 있던 질문"))
    tell("qa", "post.removed", {"id": 1, "board": "qa"})
    assert "잠깐 있던 질문" not in titles(client)
    tell("qa", "post.published", post(1, title="되살린 질문"))
    assert "되살린 질문" in titles(client)


def test_the_same_id_on_two_boards_is_two_posts(client: Client, tell: Tell) -> None:
    tell("news", "post.published", post(1, title="소식 하나"))
    tell("guides", "post.published", post(1, title="공략 하나"))
    tell("news", "post.removed", {"id": 1})
    page = titles(client)
    assert "공략 하나" in page
    assert "소식 하나" not in page


def test_an_older_event_never_undoes_a_newer_one(client: Client, tell: Tell) -> None:
    tell("news", "post.changed", post(1, title="새 제목"), event_id=9)
    tell("news", "post.published", post(1, title="옛 제목"), event_id=4)
    page = titles(client)
    assert "새 제목" in page
    assert "옛 제목" not in page


def test_a_removal_that_comes_first_keeps_the_post_away(app: Flask, client: Client, tell: Tell) -> None:
    tell("news", "post.removed", {"id": 1, "board": "news"}, event_id=9)
    tell("news", "post.published", post(1, title="지운 글"), event_id=4)
    assert "지운 글" not in titles(client)
    with app.app_context():
        assert reader().execute(select(front_post.c.event_id)).scalars().all() == [9]


def test_a_repeated_event_changes_nothing(app: Flask, tell: Tell) -> None:
    for _ in range(2):
        tell("news", "post.published", post(1), event_id=3)
    with app.app_context():
        assert reader().execute(select(func.count()).select_from(front_post)).scalar_one() == 1


@pytest.mark.parametrize(
    ("source", "kind", "data"),
    [
        ("news", "post.praised", {"id": 1}),
        ("news", "comment.changed", {}),
        ("auth", "member.suspended", {"id": 7, "until": None}),
        ("auth", "member.role_changed", {"id": 7, "role": "moderator"}),
    ],
)
def test_unknown_types_are_ignored(
    client: Client, tell: Tell, caplog: pytest.LogCaptureFixture, source: str, kind: str, data: dict[str, object]
) -> None:
    tell("news", "post.published", post(1, title="그대로인 글"))
    tell(source, kind, data)
    page = titles(client)
    assert "그대로인 글" in page
    assert "새벽토끼" in page
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_an_event_that_cannot_be_read_is_skipped_and_told_of(
    client: Client, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    tell("news", "post.published", {"id": 1, "title": "작성자 없는 글"})
    tell("news", "post.published", post(2, title="뒤에 온 글"))
    page = titles(client)
    assert "뒤에 온 글" in page
    assert "작성자 없는 글" not in page
    assert "cannot read url, author, published_at" in caplog.text


def test_what_is_longer_than_its_column_is_cut(app: Flask, tell: Tell) -> None:
    tell("news", "post.published", post(1, title="가" * 500, category="나" * 500, summary="다" * 5000, image=None))
    with app.app_context():
        row = reader().execute(select(front_post)).one()
        assert (len(row.title), len(row.category), len(row.summary), row.image) == (200, 64, 300, "")


class TestMembers:
    def test_a_new_name_reaches_old_posts(self, client: Client, tell: Tell) -> None:
        tell("news", "post.published", post(1))
        tell("auth", "member.renamed", {"id": 7, "nickname": "저녁토끼", "avatar": "/auth/avatars/7.webp"})
        page = titles(client)
        assert "저녁토끼" in page
        assert "새벽토끼" not in page

    def test_a_board_that_still_tells_the_old_name_is_not_believed(self, client: Client, tell: Tell) -> None:
        tell("auth", "member.renamed", {"id": 7, "nickname": "저녁토끼", "avatar": ""})
        tell("guides", "post.changed", post(1))
        tell("guides", "post.published", post(2, author={"id": 8, "nickname": "남의이름", "avatar": ""}))
        page = titles(client)
        assert "저녁토끼" in page
        assert "새벽토끼" not in page
        assert "남의이름" in page

    def test_who_has_left_is_named_no_more(self, client: Client, tell: Tell) -> None:
        tell("news", "post.published", post(1))
        tell("auth", "member.deleted", {"id": 7})
        tell("news", "post.changed", post(1, comments=1))
        tell("auth", "member.renamed", {"id": 7, "nickname": "늦은소식", "avatar": ""})
        page = titles(client)
        assert "새벽토끼" not in page
        assert "늦은소식" not in page
        assert "탈퇴한 회원" in page
        client.get("/?lang=en")
        assert "Former member" in titles(client)


def test_a_post_dated_ahead_does_not_stay_on_top(app: Flask, tell: Tell) -> None:
    ahead = (clock.now() + timedelta(days=400)).isoformat()
    tell("news", "post.published", post(1, title="미래의 글", published_at=ahead))
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    with clock.moved(timedelta(minutes=2)):
        tell("news", "post.published", post(2, title="지금의 글", published_at=later))
    with app.test_request_context():
        assert [each.title for each in front.read_front(["news"]).newest["news"]] == ["지금의 글", "미래의 글"]


def test_home_believes_no_log_in_that_has_ended(
    app: Flask, client: Client, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_sessions, "REREAD_S", 0.0)
    client.login(1)
    assert client.get("/notifications").status_code == 200
    until = i18n.iso(clock.naive_now() + timedelta(minutes=15))
    tell("auth", "session.ended", {"sid": "sid-1", "id": 1, "until": until})
    assert client.get("/notifications").location == "/auth/login?next=/notifications"
