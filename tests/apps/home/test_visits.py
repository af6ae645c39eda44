"""What is new since a member was here: on the front page, for that member alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from tests.apps.boards.test_races import at_once
from tests.apps.home.members import AUTHOR, OTHER, House, written

from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.i18n import iso
from archive_chassis.testing import Client, new_client, sent_statements
from archive_home import visits
from archive_home.tables import member_visit


@pytest.fixture
def house(app: Flask) -> House:
    made = House(app)
    made.settle()
    return made


def publish(house: House, number: int, by: int = OTHER, board: str = "guides", **changes: Any) -> None:
    house.tell(board, "post.published", written(number, by, url=f"/{board}/{number}", **changes))


def greeting(page: str) -> str:
    """The line about what is new, without its markup; "" for none."""
    found = re.search(r'<p class="news-since">(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def marked(page: str) -> set[str]:
    """The addresses of the posts that carry the dot."""
    return set(re.findall(r'href="(/\w+/\d+)"><span class="new-dot"><span class="visually-hidden">새 글 </span>', page))


def look(browser: Client, after: timedelta) -> str:
    """The front page as the member sees it that much later."""
    with clock.moved(after):
        browser.login(int(AUTHOR), "새벽토끼")  # an access token lives for minutes
        return browser.get("/").text


def test_a_first_visit_has_no_before(house: House) -> None:
    publish(house, 1)
    page = house.browser(AUTHOR).get("/").text
    assert (greeting(page), marked(page)) == ("", set())


def test_what_others_published_since_is_counted_and_marked(house: House) -> None:
    browser = house.browser(AUTHOR)
    publish(house, 1)
    look(browser, timedelta(0))
    with clock.moved(timedelta(hours=20)):
        for number in (2, 3):
            publish(house, number)
        publish(house, 4, board="qa")
        publish(house, 5, by=AUTHOR)
        publish(house, 6)
        house.tell("guides", "post.removed", {"id": 6})
    page = look(browser, timedelta(hours=24))
    assert "뒤 새 글 3개 공략 2 Q&amp;A 1" in greeting(page)
    assert marked(page) == {"/guides/2", "/guides/3", "/qa/4"}


def test_a_post_of_before_1970_has_its_place(house: House) -> None:
    publish(house, 1, published_at="1969-07-20T20:17:40Z")
    look(house.browser(AUTHOR), timedelta(0))
    page = look(house.browser(AUTHOR), timedelta(hours=2))
    assert 'href="/guides/1"' in page
    assert marked(page) == set()


def test_nothing_new_is_said_too(house: House) -> None:
    browser = house.browser(AUTHOR)
    publish(house, 1)
    look(browser, timedelta(0))
    page = look(browser, timedelta(hours=5))
    assert greeting(page).endswith("뒤로 새 글이 없어요")
    assert marked(page) == set()


def test_reloading_does_not_eat_the_news_and_coming_back_does(house: House) -> None:
    browser = house.browser(AUTHOR)
    look(browser, timedelta(0))
    with clock.moved(timedelta(hours=2)):
        publish(house, 2)
    for minutes in (0, 4, 8, 29, 58, 87):  # a visit of an hour and a half, never half an hour away
        assert marked(look(browser, timedelta(hours=3, minutes=minutes))) == {"/guides/2"}, minutes
    assert marked(look(browser, timedelta(hours=3, minutes=87 + 31))) == set()


@pytest.mark.parametrize(
    ("seen", "now", "expected"),
    [
        ("2026-03-01T12:03", "2026-03-01T14:00", "오늘 21:03"),
        ("2026-03-01T12:03", "2026-03-01T15:30", "어제 21:03"),  # past midnight in Seoul
        ("2026-03-01T12:03", "2026-03-04T12:00", "2026. 3. 1. 21:03"),
    ],
)
def test_the_time_is_said_as_people_say_it(house: House, seen: str, now: str, expected: str) -> None:
    browser, start = house.browser(AUTHOR), clock.naive_now()
    publish(house, 1, published_at="2026-02-01T00:00:00Z")
    look(browser, datetime.fromisoformat(seen) - start)
    then = datetime.fromisoformat(now) - start
    assert greeting(look(browser, then)) == f"지난 방문({expected}) 뒤로 새 글이 없어요"
    browser.get("/?lang=en")
    assert "Nothing new since your last visit" in greeting(look(browser, then))


def test_many_are_many(house: House) -> None:
    browser = house.browser(AUTHOR)
    look(browser, timedelta(0))
    with clock.moved(timedelta(hours=1)):
        for number in range(visits.MOST_COUNTED + 1):
            publish(house, number + 1)
    assert "새 글 99+개 공략 99+" in greeting(look(browser, timedelta(hours=2)))


def test_two_tabs_at_once_are_one_visit_with_the_same_news(house: House) -> None:
    publish(house, 1)
    tabs = [house.browser(AUTHOR) for _ in range(4)]
    assert {greeting(page) for page in at_once(*(lambda tab=tab: tab.get("/").text for tab in tabs))} == {""}
    assert house.count(member_visit) == 1
    later = timedelta(hours=3)
    with clock.moved(timedelta(hours=2)):
        publish(house, 2)
    with clock.moved(later):
        for tab in tabs:
            tab.login(int(AUTHOR), "새벽토끼")
        pages = at_once(*(lambda tab=tab: tab.get("/").text for tab in tabs))
    assert [marked(page) for page in pages] == [{"/guides/2"}] * 4
    with house.app.app_context():
        row = reader().execute(select(member_visit)).one()
    assert row.since_at is not None
    assert row.seen_at - row.since_at > timedelta(hours=2)


def test_it_costs_a_fixed_number_of_statements(house: House) -> None:
    browser = house.browser(AUTHOR)
    publish(house, 1)
    with sent_statements(house.app) as sent:
        look(browser, timedelta(0))
        assert len(sent) == 4, "the version, the posts, no visit known, the first one noted"
        sent.clear()
        look(browser, timedelta(minutes=1))
        assert len(sent) == 2, "the version, and a visit that goes on: the page is kept"
        sent.clear()
        look(browser, timedelta(hours=2))
        assert len(sent) == 4, "the version, the visit, its move, what is new"
        sent.clear()
        look(browser, timedelta(hours=2, minutes=1))
        assert len(sent) == 3, "the version, the visit, what is new"


def test_visitors_share_a_kept_page_that_no_member_s_visit_touches(house: House) -> None:
    publish(house, 1)
    look(house.browser(AUTHOR), timedelta(0))
    with clock.moved(timedelta(hours=1)):
        publish(house, 2)
    visitor = new_client(house.app)
    first = visitor.get("/")
    assert marked(look(house.browser(AUTHOR), timedelta(hours=2))) == {"/guides/2"}
    again = visitor.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    page = new_client(house.app).get("/").text
    assert (greeting(page), marked(page)) == ("", set())
    assert "새벽토끼님" not in page


def test_each_member_has_news_of_their_own(house: House) -> None:
    first, second = house.browser(AUTHOR), house.browser(OTHER)
    look(first, timedelta(0))
    with clock.moved(timedelta(hours=1)):
        publish(house, 2, by=3)
        second.login(OTHER, "달빛기사")
        second.get("/")
    assert marked(look(first, timedelta(hours=2))) == {"/guides/2"}
    with clock.moved(timedelta(hours=2)):
        second.login(OTHER, "달빛기사")
        assert marked(second.get("/").text) == set()


def test_a_hostile_title_stays_text_behind_the_dot(house: House) -> None:
    browser = house.browser(AUTHOR)
    look(browser, timedelta(0))
    with clock.moved(timedelta(hours=1)):
        publish(house, 2, title="<img src=x onerror=alert(1)>", published_at=iso(clock.naive_now()))
    page = look(browser, timedelta(hours=2))
    assert marked(page) == {"/guides/2"}
    assert "<img src=x" not in page


def test_who_leaves_is_forgotten(house: House) -> None:
    look(house.browser(AUTHOR), timedelta(0))
    assert house.count(member_visit) == 1
    house.tell("auth", "member.deleted", {"id": AUTHOR})
    assert house.count(member_visit) == 0
