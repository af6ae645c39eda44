"""News that is written ahead: shown nowhere before its hour, published once when it comes."""

from __future__ import annotations

from datetime import timedelta

from tests.apps.boards.site import Site
from tests.apps.boards.test_races import at_once

from archive_boards import placing
from archive_chassis import clock
from archive_chassis.i18n import local


def hour(ahead: timedelta) -> str:
    """An hour as a browser sends it: Seoul's, to the minute."""
    return local(clock.now() + ahead).strftime("%Y-%m-%dT%H:%M")


def publish_due(site: Site) -> int:
    with site.app.app_context():
        return placing.publish_due(site.board)


def test_a_post_waits_for_its_hour(news: Site) -> None:
    editor = news.moderator()
    post_id = news.write(editor, title="내일의 소식", tags="업데이트", publish_at=hour(timedelta(hours=3)))
    assert "아직 올라가지 않은 글이에요" in editor.get(f"/news/{post_id}").text
    assert news.visitor.get(f"/news/{post_id}").status_code == 410
    assert news.events("post.published") == []
    assert publish_due(news) == 0
    with clock.moved(timedelta(hours=3, minutes=1)):
        assert publish_due(news) == 1
        assert publish_due(news) == 0
    page = news.visitor.get("/news/").text
    assert "내일의 소식" in page
    assert "내일의 소식" in news.visitor.get("/news/?tag=업데이트").text
    (told,) = news.events("post.published")
    assert told["data"]["id"] == post_id
    assert told["data"]["text"] == "본문입니다"


def test_two_processes_publish_it_once(news: Site) -> None:
    for number in range(5):
        news.write(news.moderator(), title=f"글 {number}", publish_at=hour(timedelta(hours=1)))
    with clock.moved(timedelta(hours=2)):
        assert sum(at_once(*(lambda: publish_due(news) for _ in range(3)))) == 5
    assert len(news.events("post.published")) == 5


def test_the_hour_is_changed_or_dropped(news: Site) -> None:
    editor = news.moderator()
    post_id = news.write(editor, publish_at=hour(timedelta(hours=1)))
    assert hour(timedelta(hours=1)) in editor.get(f"/news/{post_id}/edit").text
    editor.post(f"/news/{post_id}/edit", data=news.form(publish_at=hour(timedelta(hours=9)), revision="1"))
    with clock.moved(timedelta(hours=2)):
        assert publish_due(news) == 0
    editor.post(f"/news/{post_id}/edit", data=news.form(revision="2"))
    assert news.visitor.get(f"/news/{post_id}").status_code == 200
    assert [one["data"]["id"] for one in news.events("post.published")] == [post_id]
    assert "올릴 시각" not in editor.get(f"/news/{post_id}/edit").text


def test_an_hour_is_a_time_within_a_year(news: Site) -> None:
    editor = news.moderator()
    for typed in ("내일", "2026-13-01T09:00", hour(timedelta(days=500)), "9999-12-31T23:59"):
        answer = editor.post("/news/write", data=news.form(publish_at=typed))
        assert answer.status_code == 422, typed
        assert 'id="field-publish_at-error"' in answer.text
    past = editor.post("/news/write", data=news.form(publish_at=hour(timedelta(days=-1))))
    assert past.status_code == 303
    assert news.visitor.get(past.location).status_code == 200


def test_other_boards_have_no_hours(guides: Site) -> None:
    post_id = guides.write(guides.member(), publish_at=hour(timedelta(hours=5)))
    assert guides.visitor.get(f"/guides/{post_id}").status_code == 200
