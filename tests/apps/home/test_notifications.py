"""What members are told of, by the boards' events."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask
from tests.apps.home.members import (
    AUTHOR,
    LATIN,
    NICKNAMES,
    OTHER,
    THIRD,
    House,
    accepted,
    comment,
    links,
    moderated,
    written,
)

from archive_chassis import clock
from archive_chassis.testing import new_client
from archive_home.notifications import settings
from archive_home.notifications.tables import KINDS, notification


@pytest.fixture
def house(app: Flask) -> House:
    made = House(app)
    made.settle()
    return made


class TestReplies:
    def test_the_author_is_told_of_a_comment_and_of_an_answer(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        house.tell("qa", "comment.added", comment(1, board="qa", kind="answer", url="/qa/7#comment-1"))
        assert house.told(AUTHOR) == ["달빛기사님이 내 질문에 답변했어요", "달빛기사님이 내 글에 댓글을 남겼어요"]
        assert "댓글 1의 첫머리" in house.page(AUTHOR)
        assert house.unread(AUTHOR) == 2
        assert house.told(OTHER) == []

    def test_whose_comment_is_replied_to_is_told_so_and_so_is_the_author(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, parent_author_id=THIRD))
        assert house.told(THIRD) == ["달빛기사님이 내 댓글에 답글을 남겼어요"]
        assert house.told(AUTHOR) == ["달빛기사님이 내 글에 댓글을 남겼어요"]

    def test_who_is_both_is_told_once(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, parent_author_id=AUTHOR, mentions=["새벽토끼"]))
        assert house.told(AUTHOR) == ["달빛기사님이 내 댓글에 답글을 남겼어요"]

    def test_nobody_is_told_of_their_own_doing(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, by=AUTHOR, parent_author_id=AUTHOR, mentions=["새벽토끼"]))
        house.tell("guides", "post.published", written(mentions=["새벽토끼"]))
        house.tell("qa", "answer.accepted", accepted(answerer=AUTHOR))
        house.tell("guides", "moderated", moderated(by={"id": AUTHOR}))
        assert house.count(notification) == 0

    def test_the_author_s_comment_on_their_own_post_reaches_whom_they_answer(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, by=AUTHOR, parent_author_id=OTHER))
        assert house.told(OTHER) == ["새벽토끼님이 내 댓글에 답글을 남겼어요"]
        assert house.told(AUTHOR) == []


class TestMentions:
    @pytest.mark.parametrize(
        "word",
        ["달빛기사", "달빛기사님", "달빛기사는", "달빛기사님한테서"],
    )
    def test_a_nickname_is_found_with_what_korean_puts_behind_it(self, house: House, word: str) -> None:
        house.tell("guides", "post.published", written(mentions=[word]))
        assert house.told(OTHER) == ["새벽토끼님이 글에서 나를 불렀어요"]

    @pytest.mark.parametrize("word", ["Pathfinder", "pathfinder", "PATHFINDER님"])
    def test_a_latin_nickname_is_found_in_any_case(self, house: House, word: str) -> None:
        house.tell("guides", "post.published", written(mentions=[word]))
        assert house.told(LATIN) == ["새벽토끼님이 글에서 나를 불렀어요"]

    @pytest.mark.parametrize("word", ["Pathfinders", "달빛기사2", "달빛", "달", "없는이름", "달빛기사_", "\0달빛기사"])
    def test_another_word_calls_nobody(self, house: House, word: str) -> None:
        house.tell("guides", "post.published", written(mentions=[word]))
        assert house.count(notification) == 0

    def test_the_longest_nickname_is_meant(self, house: House) -> None:
        house.tell("auth", "member.registered", {"id": 20, "nickname": "달빛기사님", "avatar": ""})
        house.tell("guides", "post.published", written(mentions=["달빛기사님이"]))
        assert house.told(20) == ["새벽토끼님이 글에서 나를 불렀어요"]
        assert house.told(OTHER) == []

    def test_a_comment_mentions_whom_it_does_not_answer(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, mentions=["느린달팽이도", "새벽토끼", "느린달팽이"]))
        assert house.told(THIRD) == ["달빛기사님이 댓글에서 나를 불렀어요"]
        assert house.told(AUTHOR) == ["달빛기사님이 내 글에 댓글을 남겼어요"]

    def test_an_edit_that_mentions_again_tells_nothing_and_one_that_mentions_more_does(self, house: House) -> None:
        house.tell("guides", "post.published", written(mentions=["달빛기사"]))
        house.tell("guides", "post.changed", written(mentions=["달빛기사", "느린달팽이"]))
        house.tell("guides", "post.changed", written())
        assert (len(house.told(OTHER)), len(house.told(THIRD))) == (1, 1)
        assert house.count(notification) == 2

    def test_a_new_name_is_called_and_the_old_one_is_not(self, house: House) -> None:
        house.tell("auth", "member.renamed", {"id": OTHER, "nickname": "한낮기사", "avatar": ""})
        house.tell("guides", "post.published", written(1, mentions=["달빛기사"]))
        assert house.told(OTHER) == []
        house.tell("guides", "post.published", written(2, mentions=["한낮기사"]))
        assert len(house.told(OTHER)) == 1

    def test_more_than_ten_are_too_many(self, house: House) -> None:
        names = [f"회원{number}" for number in range(100, 130)]
        for number, name in enumerate(names, start=100):
            house.tell("auth", "member.registered", {"id": number, "nickname": name, "avatar": ""})
        house.tell("guides", "post.published", written(mentions=names))
        assert house.count(notification) == 10


class TestAcceptedAnswersAndModeration:
    def test_the_answerer_is_told_once_however_often_the_asker_chooses(self, house: House) -> None:
        house.tell("qa", "answer.accepted", accepted())
        house.tell("qa", "answer.accepted", accepted())
        assert house.told(OTHER) == ["새벽토끼님이 내 답변을 채택했어요"]

    def test_every_act_of_a_moderator_is_told_with_its_reason_and_without_a_name(self, house: House) -> None:
        house.tell("guides", "moderated", moderated("hide", reason="광고예요", by={"id": 8, "nickname": "지킴이"}))
        house.tell("guides", "moderated", moderated("unhide"))
        house.tell("guides", "moderated", moderated("hide", subject="comment"))
        house.tell("guides", "moderated", moderated("teleport"))
        page = house.page(AUTHOR)
        assert house.told(AUTHOR) == [
            "운영진이 내 글이나 댓글에 조치를 했어요",
            "운영진이 내 댓글을 숨겼어요",
            "운영진이 내 글을 다시 보이게 했어요",
            "운영진이 내 글을 숨겼어요",
        ]
        assert "광고예요" in page
        assert "지킴이" not in page

    def test_a_moderation_stays_told_when_the_post_is_gone(self, house: House) -> None:
        house.tell("guides", "post.published", written(title="숨길 글"))
        house.tell("guides", "post.removed", {"id": 7, "board": "guides"})
        house.tell("guides", "moderated", moderated("hide"))
        house.tell("guides", "comment.removed", {"id": 0, "board": "guides"})
        assert house.told(AUTHOR) == ["운영진이 내 글을 숨겼어요"]


class TestWhatGoes:
    def test_a_removed_comment_is_told_of_no_more(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, parent_author_id=THIRD, mentions=["Pathfinder"]))
        house.tell("guides", "comment.added", comment(2))
        house.tell("guides", "comment.removed", {"id": 1, "board": "guides"})
        for member in (THIRD, LATIN):
            assert "댓글 1의 첫머리" not in house.page(member)
            assert house.unread(member) == 0
        assert house.unread(AUTHOR) == 1
        assert "댓글 2의 첫머리" in house.page(AUTHOR)

    def test_the_same_number_on_another_board_is_another_comment(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        house.tell("qa", "comment.removed", {"id": 1, "board": "qa"})
        assert house.unread(AUTHOR) == 1

    def test_a_hidden_post_takes_along_what_was_told_below_it_and_brings_it_back(self, house: House) -> None:
        house.tell("guides", "post.published", written(mentions=["느린달팽이"]))
        house.tell("guides", "comment.added", comment(1))
        house.tell("guides", "comment.added", comment(2))
        house.tell("guides", "comment.removed", {"id": 2})
        house.tell("guides", "post.removed", {"id": 7, "board": "guides"})
        assert (house.told(AUTHOR), house.told(THIRD)) == ([], [])
        assert (house.unread(AUTHOR), house.unread(THIRD)) == (0, 0)
        house.tell("guides", "post.changed", written())
        assert len(house.told(AUTHOR)) == 1, "the comment that was removed by itself stays away"
        assert len(house.told(THIRD)) == 1

    def test_what_has_gone_is_not_led_to(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        (address,) = links(house.page(AUTHOR))
        house.tell("guides", "comment.removed", {"id": 1})
        assert house.browser(AUTHOR).get(address).status_code == 410

    def test_a_comment_that_waited_and_was_let_pass_is_told_once(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        (address,) = links(house.page(AUTHOR))
        house.browser(AUTHOR).get(address)
        house.tell("guides", "comment.removed", {"id": 1})
        house.tell("guides", "comment.added", comment(1, excerpt="고친 말"))
        assert "고친 말" in house.page(AUTHOR)
        assert (len(house.told(AUTHOR)), house.unread(AUTHOR)) == (1, 0), "as read as it was"

    def test_a_title_is_shown_as_it_is_now(self, house: House) -> None:
        house.tell("guides", "post.published", written(title="전화번호 010"))
        house.tell("guides", "comment.added", comment(1, post={"id": 7, "title": "전화번호 010", "author_id": AUTHOR}))
        house.tell("guides", "post.changed", written(title="지운 제목"))
        assert "지운 제목" in house.page(AUTHOR)
        assert "전화번호" not in house.page(AUTHOR)


class TestNames:
    def test_a_new_name_reaches_old_notifications(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        house.tell("auth", "member.renamed", {"id": OTHER, "nickname": "한낮기사", "avatar": "/auth/avatars/2.webp"})
        assert house.told(AUTHOR) == ["한낮기사님이 내 글에 댓글을 남겼어요"]
        assert "/auth/avatars/2.webp" in house.page(AUTHOR)

    def test_who_has_left_is_named_no_more_and_called_no_more(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1))
        house.tell("guides", "comment.added", comment(2, by=AUTHOR, parent_author_id=OTHER))
        settings_of = house.browser(OTHER)
        settings_of.post("/notifications/settings", data={"reply": "1"})
        assert house.count(notification, member_id=OTHER) == 1
        house.tell("auth", "member.deleted", {"id": OTHER})
        assert house.told(AUTHOR) == ["탈퇴한 회원님이 내 글에 댓글을 남겼어요"]
        assert house.count(notification, member_id=OTHER) == 0
        assert house.count(settings.notification_setting) == 0
        house.tell("guides", "comment.added", comment(3, by=AUTHOR, parent_author_id=OTHER, mentions=["달빛기사"]))
        house.tell("auth", "member.renamed", {"id": OTHER, "nickname": "달빛기사", "avatar": ""})
        house.tell("guides", "post.published", written(9, mentions=["달빛기사"]))
        assert house.count(notification, member_id=OTHER) == 0

    def test_an_actor_whom_home_does_not_know_yet_has_no_name(self, house: House) -> None:
        house.tell("guides", "comment.added", comment(1, by=77))
        assert house.told(AUTHOR) == ["회원님이 내 글에 댓글을 남겼어요"]

    def test_a_hostile_name_and_text_are_text(self, house: House) -> None:
        house.tell("auth", "member.renamed", {"id": OTHER, "nickname": "<b>{name}</b>", "avatar": '"><img src=x>'})
        house.tell("guides", "comment.added", comment(1, excerpt="<script>alert(1)</script>"))
        page = house.page(AUTHOR)
        assert "&lt;b&gt;{name}&lt;/b&gt;님이" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


class TestOlderAndStrangerEvents:
    def test_the_previous_release_s_posts_mention_nobody(self, house: House, caplog: pytest.LogCaptureFixture) -> None:
        old = written()
        del old["mentions"]
        house.tell("guides", "post.published", old)
        house.tell("guides", "post.changed", old)
        assert house.count(notification) == 0
        assert "제목" in new_client(house.app).get("/").text
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

    def test_what_may_be_missing_may_be_missing(self, house: House) -> None:
        bare = {"id": 1, "url": "/guides/7", "author": {"id": OTHER}, "post": {"id": 7, "author_id": AUTHOR}}
        house.tell("guides", "comment.added", bare)
        house.tell("guides", "comment.added", comment(2) | {"excerpt": None, "something_new": [1]})
        assert len(house.told(AUTHOR)) == 2

    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            ("comment.added", {"id": 1}),
            ("comment.added", comment(1, url="https://elsewhere.example/")),
            ("comment.added", comment(1, url="//elsewhere.example/")),
            ("comment.added", comment(1, url="/\\elsewhere.example")),
            ("answer.accepted", {"id": 1}),
            ("moderated", {"action": "hide"}),
            ("comment.removed", {}),
        ],
    )
    def test_what_cannot_be_read_is_skipped_and_told_of(
        self, house: House, caplog: pytest.LogCaptureFixture, kind: str, data: dict[str, object]
    ) -> None:
        house.tell("guides", kind, data)
        house.tell("guides", "comment.added", comment(2))
        assert len(house.told(AUTHOR)) == 1
        assert "is skipped: cannot read" in caplog.text

    def test_what_is_longer_than_its_column_is_cut(self, house: House) -> None:
        about = {"id": 7, "title": "가" * 900, "author_id": AUTHOR}
        house.tell("guides", "comment.added", comment(1, excerpt="나" * 9000, post=about))
        house.tell("guides", "moderated", moderated("a" * 90, reason="다" * 9000))
        assert len(house.told(AUTHOR)) == 2

    def test_a_feed_that_is_read_again_from_its_start_tells_nothing_of_long_ago(self, house: House) -> None:
        long_ago = (clock.now() - timedelta(days=91)).isoformat()
        house.tell("guides", "comment.added", comment(1), at=long_ago)
        assert house.told(AUTHOR) == []


class TestSettings:
    def test_everything_is_on_until_switched_off(self, house: House) -> None:
        page = house.browser(AUTHOR).get("/notifications/settings").text
        assert page.count(" checked") == len(KINDS)

    def test_what_is_switched_off_is_not_told_and_the_rest_is(self, house: House) -> None:
        author = house.browser(AUTHOR)
        assert author.post("/notifications/settings", data={"mention": "1", "moderation": "1"}).status_code == 303
        assert author.get("/notifications/settings").text.count(" checked") == 2
        house.tell("guides", "comment.added", comment(1))
        house.tell("qa", "answer.accepted", accepted(by=OTHER, answerer=AUTHOR))
        assert house.told(AUTHOR) == []
        house.tell("guides", "moderated", moderated())
        assert len(house.told(AUTHOR)) == 1
        author.post("/notifications/settings", data={"reply": "1"})
        house.tell("guides", "comment.added", comment(2))
        house.tell("guides", "moderated", moderated())
        assert house.told(AUTHOR)[0] == "달빛기사님이 내 글에 댓글을 남겼어요"

    def test_who_wants_no_replies_is_told_by_a_mention_instead(self, house: House) -> None:
        house.browser(AUTHOR).post("/notifications/settings", data={"mention": "1"})
        house.tell("guides", "comment.added", comment(1, mentions=["새벽토끼"]))
        assert house.told(AUTHOR) == ["달빛기사님이 댓글에서 나를 불렀어요"]

    def test_the_settings_are_each_member_s_own(self, house: House) -> None:
        house.browser(OTHER).post("/notifications/settings", data={"member_id": str(AUTHOR), "unknown": "1"})
        house.tell("guides", "comment.added", comment(1, by=THIRD, parent_author_id=OTHER))
        assert len(house.told(AUTHOR)) == 1
        assert house.told(OTHER) == []


def test_every_nickname_of_the_tests_can_be_one() -> None:
    """The tests would prove nothing about names that auth would refuse."""
    assert all(2 <= len(nickname) <= 16 for nickname in NICKNAMES.values())
