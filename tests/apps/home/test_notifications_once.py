"""The same thing is told once, whatever workers do; and what a board really records is what home understands."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.apps.boards.site import MODERATOR, OTHER, WRITER, Site
from tests.apps.boards.test_races import at_once
from tests.apps.conftest import MakeUrl
from tests.apps.home.members import AUTHOR, House, accepted, comment, consume_all, moderated, written

from archive_chassis import clock
from archive_chassis.database import reader, session
from archive_chassis.events import read_after
from archive_chassis.service import Event
from archive_chassis.tables import event_offset
from archive_home.notifications.tables import ONCE, notification

THINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("post.published", written(mentions=["느린달팽이"])),
    ("comment.added", comment(1, parent_author_id=3, mentions=["Pathfinder"])),
    ("comment.added", comment(2)),
    ("post.changed", written(mentions=["느린달팽이", "Pathfinder"])),
    ("answer.accepted", accepted()),
    ("moderated", moderated()),
)
#: What THINGS tell: a mention in the post for two, comment 1 for three, comment 2, an accepted answer, a moderation.
TOLD = 8


@pytest.fixture
def house(app: Flask) -> House:
    made = House(app)
    made.settle()
    return made


def events(*things: tuple[str, dict[str, Any]]) -> list[Event]:
    at = clock.now().isoformat()
    return [Event(number, kind, at, data) for number, (kind, data) in enumerate(things, start=1)]


def told(house: House) -> list[Any]:
    """Every notification there is, by what makes it one."""
    with house.app.app_context():
        return sorted(reader().execute(select(*(notification.c[name] for name in ONCE))).all())


def test_a_feed_applied_twice_tells_once(house: House) -> None:
    feed = events(*THINGS)
    assert consume_all(house.app, "guides", feed) == len(THINGS)
    first = told(house)
    assert len(first) == TOLD
    with house.app.app_context():  # as when a board's feed is read again from its start
        session().execute(delete(event_offset).where(event_offset.c.source == "guides"))
        session().commit()
    assert consume_all(house.app, "guides", feed) == len(THINGS)
    assert told(house) == first


def test_many_workers_at_once_tell_once(house: House) -> None:
    feed = events(*THINGS, *(("comment.added", comment(number)) for number in range(10, 40)))

    def work() -> int:
        return consume_all(house.app, "guides", feed)

    applied = at_once(work, work, work, work)
    assert sum(each or 0 for each in applied) == len(feed), "each event by one of them"
    assert len(told(house)) == TOLD + 30


def test_the_same_event_applied_at_once_without_an_offset_is_told_once(house: House) -> None:
    """Should the offset ever fail, the unique key decides."""

    def tell() -> str:
        try:
            house.tell("guides", "comment.added", comment(1), event_id=1)
        except OperationalError:
            return "the victim of a deadlock, tried again later"
        return "told"

    assert "told" in at_once(tell, tell, tell)
    assert tell() == "told"
    assert len(told(house)) == 1


def test_without_the_key_it_would_be_told_twice_or_not_at_all(house: House) -> None:
    """The negative control of the tests above."""
    sqlite = house.app.extensions["archive_database"].is_sqlite
    with house.app.app_context():
        session().execute(text(f"DROP INDEX uq_notification_once{'' if sqlite else ' ON notification'}"))
        session().commit()
    if sqlite:
        with pytest.raises(OperationalError, match="ON CONFLICT"):
            house.tell("guides", "comment.added", comment(1))
        return
    for _ in range(2):
        house.tell("guides", "comment.added", comment(1), event_id=1)
    assert len(told(house)) == 2


def test_the_key_is_the_database_s(house: House) -> None:
    house.tell("guides", "comment.added", comment(1))
    with house.app.app_context():
        row = dict(reader().execute(select(notification)).mappings().one())
        del row["id"]
        with pytest.raises(IntegrityError):
            session().execute(insert(notification).values(row))


def test_a_failure_in_the_middle_of_a_batch_tells_nothing_and_is_made_good(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive_home.notifications import incoming

    feed = events(*THINGS)
    apply = incoming.apply

    def break_off(current: Any, board: str, event: Event) -> None:
        apply(current, board, event)
        if event.id == 4:
            raise RuntimeError("on purpose")

    monkeypatch.setattr(incoming, "apply", break_off)
    with pytest.raises(RuntimeError, match="on purpose"):
        consume_all(house.app, "guides", feed)
    assert told(house) == []
    monkeypatch.undo()
    consume_all(house.app, "guides", feed)
    assert len(told(house)) == TOLD


class TestARealBoard:
    """The questions' board writes, home reads what it recorded."""

    @pytest.fixture
    def qa(self, database_url: MakeUrl, tmp_path: Path) -> Generator[Site, None, None]:
        site = Site("qa", tmp_path / "board", database_url("qa"))
        yield site
        site.close()

    @staticmethod
    def carry(house: House, qa: Site) -> None:
        """Home reads the board's feed to its end."""
        with qa.app.app_context():
            feed = [Event(**one) for one in read_after(0, 500)]
        consume_all(house.app, "qa", feed)

    def test_questions_answers_replies_mentions_and_acceptance_arrive(self, house: House, qa: Site) -> None:
        asker, helper = qa.member(WRITER, "새벽토끼"), qa.member(OTHER, "달빛기사")
        question = qa.write(asker, title="어디로 가나요", body="@느린달팽이님은 아실까요?")
        answer = qa.comment(helper, question, "왼쪽이에요", kind="answers")
        reply = qa.comment(asker, question, "고마워요 @Pathfinder", parent=answer)
        asker.post(f"/qa/{question}/accept", data={"answer": answer})
        self.carry(house, qa)
        assert house.told(3) == ["새벽토끼님이 글에서 나를 불렀어요"]
        assert house.told(1) == ["달빛기사님이 내 질문에 답변했어요"]
        assert house.told(2) == ["새벽토끼님이 내 답변을 채택했어요", "새벽토끼님이 내 댓글에 답글을 남겼어요"]
        assert house.told(4) == ["새벽토끼님이 댓글에서 나를 불렀어요"]
        helper.post(f"/qa/comments/{answer}/delete")
        self.carry(house, qa)
        assert house.told(1) == []
        assert house.told(2) == ["새벽토끼님이 내 댓글에 답글을 남겼어요"], f"the reply {reply} is still there"
        qa.moderator().post(f"/qa/{question}/delete")
        self.carry(house, qa)
        assert [house.told(number) for number in (1, 2, 3, 4)] == [[], [], [], []]
        qa.member(MODERATOR, "지킴이", "moderator").post(f"/qa/{question}/restore")
        self.carry(house, qa)
        assert house.told(3) == ["새벽토끼님이 글에서 나를 불렀어요"]

    def test_notifications_lead_to_pages_that_are_there(self, house: House, qa: Site) -> None:
        asker = qa.member(WRITER, "새벽토끼")
        question = qa.write(asker)
        qa.comment(qa.member(OTHER, "달빛기사"), question)
        self.carry(house, qa)
        with house.app.app_context():
            member_id, address = reader().execute(select(notification.c.member_id, notification.c.url)).one()
        assert member_id == AUTHOR
        page, _, anchor = asker.get(address).headers["Location"].partition("#")
        assert anchor
        assert f'id="{anchor}"' in asker.get(page).text
