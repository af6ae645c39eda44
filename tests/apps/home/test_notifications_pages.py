"""The pages of notifications: whose they are, marking as read, paging, what they cost, and the bell."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError
from tests.apps.boards.test_races import at_once
from tests.apps.home.members import AUTHOR, OTHER, House, comment, links, moderated, sentences

from archive_chassis import clock, i18n
from archive_chassis.database import session
from archive_chassis.testing import new_client, sent_statements
from archive_home.notifications import reading, retention, words
from archive_home.notifications.tables import notification
from archive_home.tables import member_visit

JSON = {"Accept": "application/json"}


@pytest.fixture
def house(app: Flask) -> House:
    made = House(app)
    made.settle()
    return made


class TestReading:
    def test_opening_one_leads_to_it_and_marks_it_alone(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        house.tell("guides", "comment.added", comment(2))
        newest, _older = links(house.page(AUTHOR))
        answer = house.browser(AUTHOR).get(newest)
        assert (answer.status_code, answer.location) == (303, "/guides/7#comment-2")
        assert house.unread(AUTHOR) == 1
        assert house.page(AUTHOR).count("읽지 않음") == 1

    def test_nobody_opens_another_s(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        (address,) = links(house.page(AUTHOR))
        assert house.browser(OTHER).get(address).status_code == 404
        assert house.unread(AUTHOR) == 1
        assert house.browser(AUTHOR).get(address).status_code == 303, "it is there for its own member"

    @pytest.mark.parametrize("address", ["/notifications/999", "/notifications/" + "9" * 30, "/notifications/-1"])
    def test_what_is_not_there_is_not_found(self, house: House, address: str) -> None:
        assert house.browser(AUTHOR).get(address).status_code == 404

    def test_all_that_was_shown_is_marked_and_not_what_came_since(self, house: House) -> None:
        for number in range(1, 4):
            house.tell("guides", "comment.added", comment(number))
            about = {"id": 8, "title": "", "author_id": OTHER}
            house.tell("guides", "comment.added", comment(number + 10, by=3, post=about))
        page = house.page(AUTHOR)
        up_to = re.search(r'name="up_to" value="(\d+)"', page)
        assert up_to
        house.tell("guides", "comment.added", comment(4))
        answer = house.browser(AUTHOR).post("/notifications/read", data={"up_to": up_to[1]})
        assert (answer.status_code, answer.location) == (303, "/notifications")
        assert house.unread(AUTHOR) == 1
        assert house.unread(OTHER) == 3, "another member's stay unread"

    @pytest.mark.parametrize("up_to", ["", "alles", "-5", "9" * 40, "1 OR 1=1"])
    def test_a_number_that_is_none_marks_nothing(self, house: House, up_to: str) -> None:
        house.tell("guides", "comment.added", comment(1))
        assert house.browser(AUTHOR).post("/notifications/read", data={"up_to": up_to}).status_code == 303
        assert house.unread(AUTHOR) == 1

    def test_marking_needs_the_form_s_token(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        browser = house.browser(AUTHOR)
        for address in ("/notifications/read", "/notifications/settings"):
            refused = browser.post(address, data={"up_to": "99"}, headers={"X-CSRF-Token": "forged"})
            assert refused.status_code == 403
        assert house.unread(AUTHOR) == 1

    def test_visitors_are_sent_to_log_in(self, house: House) -> None:
        visitor = new_client(house.app)
        for address in ("/notifications", "/notifications/1", "/notifications/settings"):
            assert visitor.get(address).location.startswith("/auth/login?next=/notifications")
        assert visitor.get("/notifications/unread", headers=JSON).status_code == 401
        assert visitor.post("/notifications/read", headers=JSON).status_code == 401
        assert visitor.post("/notifications/settings", headers=JSON).status_code == 401


class TestPaging:
    def test_pages_follow_one_another_in_both_directions(self, house: House) -> None:
        fill(house, AUTHOR, 45)
        browser, address, seen = house.browser(AUTHOR), "/notifications", list[str]()
        while address:
            page = browser.get(address).text
            seen += re.findall(r"본문 (\d+)<", page)
            found = re.search(r'href="([^"]+)" rel="next"', page)
            address = found[1] if found else ""
        assert seen == [str(number) for number in range(45, 0, -1)]
        back = re.search(r'href="([^"]+)" rel="prev"', page)
        assert back
        assert re.findall(r"본문 (\d+)<", browser.get(back[1]).text) == [str(n) for n in range(25, 5, -1)]

    @pytest.mark.parametrize("cursor", ["x", "WyJhIiwiMSJd", "WyJhIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTld"])
    def test_a_foreign_cursor_is_refused(self, house: House, cursor: str) -> None:
        assert house.browser(AUTHOR).get(f"/notifications?cursor={cursor}").status_code == 422

    @pytest.mark.parametrize("count", [10, 1000])
    def test_the_pages_cost_the_same_however_many_there_are(self, house: House, count: int) -> None:
        fill(house, AUTHOR, count)
        browser = house.browser(AUTHOR)
        with sent_statements(house.app) as sent:
            assert browser.get("/notifications").status_code == 200
            assert len(sent) == 2, sent
            sent.clear()
            assert browser.get("/notifications/unread", headers=JSON).json == {"unread": min(count, 100)}
            assert len(sent) == 1, sent
            sent.clear()
            assert browser.get("/notifications/settings").status_code == 200
            assert len(sent) == 1, sent
            sent.clear()
            address = links(house.page(AUTHOR))[0]
            sent.clear()
            assert browser.get(address).status_code == 303
            assert len(sent) == 2, sent

    def test_more_than_ninety_nine_are_many(self, house: House) -> None:
        fill(house, AUTHOR, 99)
        assert "읽지 않은 알림 99개" in house.page(AUTHOR)
        fill(house, AUTHOR, 2, first=100)
        assert "읽지 않은 알림 99+개" in house.page(AUTHOR)
        assert house.unread(AUTHOR) == reading.MOST_COUNTED


class TestTheBell:
    def test_members_have_one_that_works_without_a_script_and_visitors_have_none(self, house: House) -> None:
        page = house.browser(AUTHOR).get("/about").text
        assert re.search(r'<a class="[^"]*bell" href="/notifications" aria-label="알림"', page)
        assert 'role="status" data-unread-status></span>' in page
        assert "/static/notifications.js" in page
        visitors = new_client(house.app).get("/about").text
        assert "/notifications" not in visitors
        assert "notifications.js" not in visitors

    def test_the_number_is_nobody_else_s_and_kept_nowhere(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        answer = house.browser(AUTHOR).get("/notifications/unread", headers=JSON)
        assert answer.json == {"unread": 1}
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert house.unread(OTHER) == 0


class TestRetention:
    def test_old_ones_and_those_beyond_five_hundred_are_dropped_and_no_others(self, house: House) -> None:
        fill(house, AUTHOR, retention.MOST_KEPT + 20)
        fill(house, OTHER, 3, age=timedelta(days=91))
        fill(house, OTHER, 4, first=10, age=timedelta(days=89))
        with house.app.app_context():
            retention.drop_old()
        assert house.count(notification, member_id=AUTHOR) == retention.MOST_KEPT
        assert house.count(notification, member_id=AUTHOR, text="본문 20") == 0
        assert house.count(notification, member_id=AUTHOR, text="본문 21") == 1
        assert house.count(notification, member_id=OTHER) == 4

    def test_it_goes_on_beyond_one_batch_and_may_run_twice_at_once(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "BATCH", 7)
        fill(house, AUTHOR, 30, age=timedelta(days=100))
        fill(house, OTHER, retention.MOST_KEPT + 30)

        def drop() -> str:
            try:
                with house.app.app_context():
                    retention.drop_old()
            except OperationalError:
                return "the victim of a deadlock, tried again on the next round"
            return "done"

        assert "done" in at_once(drop, drop)
        assert drop() == "done"
        assert house.count(notification) == retention.MOST_KEPT

    def test_what_came_late_for_one_who_has_left_is_dropped(self, house: House) -> None:
        house.tell("auth", "member.deleted", {"id": OTHER})
        fill(house, OTHER, 2)
        with house.app.app_context():
            session().execute(insert(member_visit).values(member_id=OTHER, since_at=None, seen_at=clock.naive_now()))
            session().commit()
            retention.drop_old()
        assert house.count(notification) == 0
        assert house.count(member_visit) == 0


def test_a_form_sent_twice_at_once_is_saved(house: House) -> None:
    browsers = [house.browser(AUTHOR) for _ in range(4)]
    for browser in browsers:
        browser.csrf_token()
    address, form = "/notifications/settings", {"reply": "1"}
    answers = at_once(*(lambda each=each: each.post(address, data=form) for each in browsers))
    assert {answer.status_code for answer in answers} == {303}
    assert house.browser(AUTHOR).get("/notifications/settings").text.count(" checked") == 1


def test_every_sentence_and_every_string_of_the_pages_is_in_english(house: House) -> None:
    english = i18n.read_messages(["archive_chassis", "archive_home"], "en")
    said = {*words.SENTENCES.values(), words.UNKNOWN, words.MODERATED, words.SOMEBODY, words.LEFT}
    said |= {text for pair in words.KIND_WORDS.values() for text in pair}
    folder = Path(words.__file__).parent
    sources = [path.read_text("utf-8") for path in folder.glob("*.py")]
    said |= {message for source in sources for message in re.findall(r'(?:\b_|Gone)\(["\']([^"\']+)["\']', source)}
    assert said - set(english) == set()
    house.tell("guides", "comment.added", comment(1))
    house.tell("guides", "moderated", moderated())
    browser = house.browser(AUTHOR)
    browser.get("/?lang=en")
    page = browser.get("/notifications").text
    assert sentences(page) == ["A moderator hid your post", "달빛기사 commented on your post"]


def fill(house: House, member: int, count: int, first: int = 1, age: timedelta = timedelta(0)) -> None:
    """`count` notifications of a member, 본문 `first` the oldest."""
    base = {
        "member_id": member,
        "board": "guides",
        "kind": "reply",
        "action": "comment",
        "post_id": 7,
        "actor_id": OTHER,
        "title": "글 제목 7",
        "url": "/guides/7",
        "created_at": clock.naive_now() - age,
        "unread": True,
        "withdrawn": 0,
    }
    rows = [
        base | {"comment_id": number, "subject": f"comment {number}", "text": f"본문 {number}"}
        for number in range(first, first + count)
    ]
    with house.app.app_context():
        session().execute(insert(notification), rows)
        session().commit()
