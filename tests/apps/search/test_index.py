"""What the boards tell can be found at once, and what they take back cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.apps.search.conftest import Ask, Tell, fill, merge, post, results, shown
from tests.apps.search.corpus import FIRST

from archive_chassis.database import reader, session
from archive_chassis.search import Document, Tier, candidates, index
from archive_chassis.search.folding import normalise
from archive_chassis.search.query import LONGEST, MOST_WORDS
from archive_chassis.service import Event
from archive_home import consume
from archive_home.search.tables import search_tables


def count(app: Flask, table: Any) -> int:
    with app.app_context():
        return reader().execute(select(func.count()).select_from(table)).scalar_one()


def column(app: Flask, name: str) -> Any:
    with app.app_context():
        return reader().execute(select(search_tables.document.c[name])).scalars().all()


def test_a_post_is_found_before_and_after_it_is_merged(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", text="회피를 두 번"))
    tell("guides", "post.published", post(2, title="낚시 도감"))
    for _ in range(2):
        assert ask("공략") == ask("공략을") == ask("ㄱㄹ") == ask("회피는") == ask("보스공략") == [1]
        merge(app)
        assert count(app, search_tables.pending) == 0
    assert count(app, search_tables.posting) > 20


def test_a_change_is_found_at_once_and_the_old_words_no_more(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", text="회피를 두 번"))
    merge(app)
    tell("guides", "post.changed", post(1, title="낚시 도감", text="미끼는 반딧불"))
    for _ in range(2):
        assert ask("공략") == ask("회피") == []
        assert ask("낚시") == ask("미끼를") == [1]
        merge(app)


def test_a_change_without_a_text_keeps_the_text(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, text="회피를 두 번"))
    merge(app)
    changed = post(1, title="새 제목", comments=9)
    del changed["text"]
    tell("guides", "post.changed", changed)
    assert ask("회피") == ask("새 제목") == [1]
    merge(app)
    assert ask("회피") == ask("새 제목") == [1]
    assert results(app, "회피").hits[0].comments == 9


def test_a_comment_or_a_vote_gives_the_index_nothing_to_do(app: Flask, tell: Tell) -> None:
    tell("guides", "post.published", post(1))
    merge(app)
    changed = post(1, comments=3, score=5)
    del changed["text"]
    tell("guides", "post.changed", changed)
    assert count(app, search_tables.pending) == 0
    assert column(app, "score") == [5]


def test_a_removed_post_is_gone_at_once_and_comes_back_when_it_is_restored(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", text="비밀스러운 본문"))
    merge(app)
    tell("guides", "post.removed", {"id": 1, "board": "guides"})
    for _ in range(2):
        assert ask("공략") == ask("비밀스러운") == ask("ㄱㄹ") == ask("", board="guides") == []
        merge(app)
    assert column(app, "title") == [""], "the words of what was removed are not kept"
    tell("guides", "post.published", post(1, title="보스 공략", text="비밀스러운 본문"))
    for _ in range(2):
        assert ask("공략") == ask("비밀스러운") == ask("", board="guides") == [1]
        merge(app)


def test_many_removed_posts_do_not_hide_the_others(
    app: Flask, tell: Tell, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST_HEADS", 20)
    tell("guides", "post.published", post(1, title="홍보 아닌 공략"))
    for number in range(2, 40):
        tell("guides", "post.published", post(number, title=f"홍보 {number}"))
    for number in range(2, 40):
        tell("guides", "post.removed", {"id": number})
    merge(app)
    assert ask("홍보") == [1]


def test_an_older_event_never_undoes_a_newer_one(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.changed", post(1, title="새 제목"), event_id=9)
    tell("guides", "post.published", post(1, title="옛 제목"), event_id=4)
    tell("guides", "post.removed", {"id": 1}, event_id=5)
    tell("guides", "post.removed", {"id": 2}, event_id=9)
    tell("guides", "post.published", post(2, title="지운 제목"), event_id=4)
    assert ask("제목") == [1]
    assert ask("옛") == ask("지운") == []


def test_an_event_applied_twice_changes_nothing(app: Flask, tell: Tell, ask: Ask) -> None:
    for _ in range(2):
        tell("guides", "post.published", post(1, title="보스 공략"), event_id=3)
        merge(app)
    assert ask("공략") == [1]
    assert count(app, search_tables.document) == count(app, search_tables.text) == 1


def test_the_same_id_on_two_boards_is_two_posts(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="보스 하나"))
    tell("qa", "post.published", post(1, title="보스 둘", author={"id": 8, "nickname": "물음표"}, tags=["초보"]))
    merge(app)
    assert len(ask("보스")) == 2
    assert results(app, "보스", board="qa").hits[0].board == "qa"
    assert results(app, "보스", author_id=8).hits[0].board == "qa"
    assert results(app, "보스 #초보").hits[0].board == "qa"
    assert results(app, "", tags=("초보",)).count == 1
    assert ask("보스", board="news") == ask("보스", author_id=9) == ask("#없는태그") == []


def test_a_new_name_is_shown_and_who_has_left_is_named_no_more(app: Flask, tell: Tell) -> None:
    def auth(kind: str, **data: Any) -> None:
        with app.app_context():
            consume.member_event(session(), Event(1, kind, "2026-03-01T10:00:00Z", {"id": 7, **data}))
            session().commit()

    tell("guides", "post.published", post(1, title="보스 공략"))
    auth("member.renamed", nickname="저녁토끼")
    assert results(app, "공략").hits[0].author == "저녁토끼"
    tell("guides", "post.changed", post(1, title="보스 공략 2"))
    assert results(app, "공략").hits[0].author == "저녁토끼", "the board still tells the old name"
    auth("member.deleted")
    tell("guides", "post.changed", post(1, title="보스 공략 3"))
    assert results(app, "공략").hits[0].author == ""


def test_titles_come_first_then_texts_and_the_better_ones_before(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="회피 연습", text="보스 앞에서"))
    tell("guides", "post.published", post(2, title="보스"))
    tell("guides", "post.published", post(3, title="중간보스방 가는 길"))
    tell("guides", "post.published", post(4, title="보스들의 이름과 나오는 곳을 모두 적은 긴 제목"))
    tell("guides", "post.published", post(5, title="이름 모음", tags=["보스"]))
    merge(app)
    assert ask("보스") == [2, 4, 5, 3, 1]


def test_few_results_bring_nearly_right_titles_and_say_so(app: Flask, tell: Tell, ask: Ask) -> None:
    tell("guides", "post.published", post(1, title="젤다의 전설 보스"))
    tell("guides", "post.published", post(2, title="젤리 상점"))
    merge(app)
    found = results(app, "젤더 보스")
    assert [hit.post_id for hit in found.hits] == [1]
    assert found.misspelled == ("젤더",)
    assert shown(found.hits[0].title) == "[젤다]의 전설 [보스]"
    assert results(app, "젤다 보스").misspelled == ()


def test_without_a_document_with_all_words_some_are_enough(app: Flask, tell: Tell) -> None:
    tell("guides", "post.published", post(1, title="보스 공략", text="회피를 두 번"))
    tell("guides", "post.published", post(2, title="낚시"))
    merge(app)
    found = results(app, "보스 회피 알려주실래요")
    assert [hit.post_id for hit in found.hits] == [1]
    assert found.partial
    assert found.hits[0].tier is Tier.PARTIAL
    assert not results(app, "알려주실래요 부탁드립니다").hits


def test_pages_follow_one_another_without_gaps(app: Flask, tell: Tell) -> None:
    for number in range(1, 48):
        tell("guides", "post.published", post(number, title=f"보스 {number}"))
    merge(app)
    pages = [results(app, "보스", page) for page in (1, 2, 3, 4)]
    ids = [hit.post_id for page in pages for hit in page.hits]
    assert sorted(ids) == list(range(1, 48))
    assert [page.has_next for page in pages] == [True, True, False, False]
    assert pages[2].count == 47


def test_documents_of_several_blocks_are_found_the_newest_first(app: Flask, tell: Tell, ask: Ask) -> None:
    with app.app_context():
        for number in (3, 70_000, 140_000):
            at = FIRST + timedelta(minutes=number)
            values = Document("guides", number, "먼 글", "/", 1, "가", at).columns()
            values |= {"number": number, "position": 1}
            session().execute(search_tables.document.insert().values(values))
            session().execute(search_tables.text.insert().values(number=number, text="본문"))
            session().execute(search_tables.pending.insert().values(number=number))
        session().commit()
    merge(app)
    assert ask("먼 글") == [140_000, 70_000, 3]
    assert ask("본문") == [140_000, 70_000, 3]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120), st.text(max_size=60), st.data())
def test_a_document_that_has_a_word_is_found_by_it(app: Flask, text: str, title: str, data: st.DataObject) -> None:
    """On both databases, whatever the characters are, before and after the merge."""
    for merged in (False, True):
        with app.app_context():
            number = reader().execute(select(func.count()).select_from(search_tables.document)).scalar_one() + 1
            document = Document("guides", number, title, "/", 1, "가", FIRST, text=text)
            index.store(session(), search_tables, document, number)
            session().commit()
        if merged:
            merge(app)
        there = [
            word
            for word in f"{normalise(text)} {normalise(title)[:200]}".split()
            if word.isalnum() and len(word) <= LONGEST
        ]
        if there:
            word = data.draw(st.sampled_from(there))
            # Only the newest candidates are looked at; earlier examples are older.
            assert number in [hit.post_id for page in (1, 2, 3) for hit in results(app, word, page).hits], word


def test_it_takes_no_more_statements_the_more_there_is(app: Flask, tell: Tell) -> None:
    from archive_chassis.testing import sent_statements

    fill(
        app, [Document("guides", n, f"보스 공략 {n}", "/", 1, "가", FIRST, text="회피를 두 번") for n in range(1, 400)]
    )
    for text in ("보스", "회피", "보스 회피", "엉뚱한말", "보수 곤략", " ".join(f"낱말{n}" for n in range(MOST_WORDS))):
        with sent_statements(app) as sent:
            results(app, text)
        assert len(sent) <= 4, (text, sent)
