"""Pending documents reach the index whole or not at all, whoever else is at it and wherever it stops."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from pyroaring import BitMap
from sqlalchemy import delete, func, select, update
from tests.apps.search.conftest import Ask, Tell, fill, merge, post, results
from tests.apps.search.corpus import FIRST

from archive_chassis.database import reader, session
from archive_chassis.search import Document, merging, terms
from archive_home.search import rebuild
from archive_home.search.tables import search_tables


def documents(count: int) -> list[Document]:
    return [
        Document("guides", n, f"보스 공략 {n}", "/", n % 3, "가", FIRST, text="회피를 두 번")
        for n in range(1, count + 1)
    ]


def postings(app: Flask) -> dict[tuple[bytes, int], set[int]]:
    """Everything that the index says."""
    with app.app_context():
        rows = reader().execute(select(search_tables.posting)).all()
    return {(row.term, row.block): set(BitMap.deserialize(row.ids)) for row in rows}


def pending(app: Flask) -> int:
    with app.app_context():
        return reader().execute(select(func.count()).select_from(search_tables.pending)).scalar_one()


def store_pending(app: Flask, count: int) -> None:
    from archive_chassis.search import store

    with app.app_context():
        for position, document in enumerate(documents(count), start=1):
            store(session(), search_tables, document, position)
        session().commit()


def test_many_workers_at_once_lose_and_double_nothing(app: Flask) -> None:
    store_pending(app, 350)
    start, errors = threading.Barrier(4), list[BaseException]()
    merged: list[int] = []

    def work() -> None:
        try:
            start.wait()
            for _ in range(200):
                with app.app_context():
                    merged.append(merging.merge(search_tables))
                if not pending(app):
                    return
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert not errors
    assert sum(merged) == 350
    assert postings(app)[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0] == set(range(1, 351))
    assert len(results(app, "보스").hits) == 20
    assert results(app, "보스").count == 350


def test_who_was_overtaken_leaves_everything_as_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the old bitmaps and writing the new ones, another process merges."""
    store_pending(app, 3)
    original = merging._additions  # pyright: ignore[reportPrivateUsage] - the place between reading and writing

    def overtaken(*arguments: Any) -> Any:
        changed = original(*arguments)
        monkeypatch.setattr(merging, "_additions", original)
        with app.app_context():
            assert merging.merge(search_tables) == 3
        return changed

    monkeypatch.setattr(merging, "_additions", overtaken)
    with app.app_context():
        assert merging.merge(search_tables) == 0
    assert pending(app) == 0
    assert postings(app)[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0] == {1, 2, 3}


def test_without_the_version_an_update_would_be_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the check planted out: what it guards against does happen."""
    store_pending(app, 2)
    original = merging._additions  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(merging, "_claim", lambda *_: True)
    monkeypatch.setattr(merging, "BATCH", 1)

    def overtaken(*arguments: Any) -> Any:
        changed = original(*arguments)
        monkeypatch.setattr(merging, "_additions", original)
        with app.app_context():  # another process takes the second document while this one has the first
            session().execute(delete(search_tables.pending).where(search_tables.pending.c.number == 1))
            session().commit()
            merging.merge(search_tables)
        return changed

    monkeypatch.setattr(merging, "_additions", overtaken)
    with app.app_context():
        merging.merge(search_tables)
    assert postings(app)[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0] == {1}, "2 was written and then overwritten"


@pytest.mark.parametrize("step", ["_write", "commit"])
def test_a_crash_in_the_middle_is_made_up_for(app: Flask, monkeypatch: pytest.MonkeyPatch, step: str, ask: Ask) -> None:
    store_pending(app, 5)
    with monkeypatch.context() as broken, app.app_context():

        def fail(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        if step == "_write":
            original = merging._write  # pyright: ignore[reportPrivateUsage]

            def write_and_fail(*arguments: Any) -> None:
                original(*arguments)
                fail()

            broken.setattr(merging, "_write", write_and_fail)
        else:
            broken.setattr(session(), "commit", fail)
        with pytest.raises(KeyboardInterrupt):
            merging.merge(search_tables)
    assert pending(app) == 5
    assert postings(app) == {}
    assert len(ask("보스")) == 5, "a search looks through what is pending"
    merge(app)
    assert pending(app) == 0
    assert len(ask("보스")) == 5


def test_a_document_that_changes_while_it_is_merged_is_merged_again(
    app: Flask, tell: Tell, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell("guides", "post.published", post(1, title="보스 공략"))
    original = merging._additions  # pyright: ignore[reportPrivateUsage]

    def changed_meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(merging, "_additions", original)
        tell("guides", "post.changed", post(1, title="낚시 도감"))
        return original(*arguments)

    monkeypatch.setattr(merging, "_additions", changed_meanwhile)
    merge(app)
    assert pending(app) == 0
    assert ask("낚시") == [1]
    assert ask("공략") == []


def test_a_rebuild_gives_the_same_index_without_what_is_stale(app: Flask, tell: Tell) -> None:
    fill(app, documents(30))
    before = postings(app)
    tell("guides", "post.changed", post(1, title="낚시 도감", text="미끼"), event_id=99)
    tell("guides", "post.removed", {"id": 2}, event_id=100)
    merge(app)
    assert 1 in postings(app)[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0], "bitmaps are only added to"
    with app.app_context():
        assert rebuild.rebuild() == {"blocks": 1, "documents": 30}
    after = postings(app)
    assert after[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0] == before[b"B\xeb\xb3\xb4\xec\x8a\xa4", 0] - {1, 2}
    assert after[terms.GONE, 0] == {2}
    assert results(app, "낚시").count == 1
    assert results(app, "보스").count == 28


def test_a_rebuild_puts_right_what_was_lost(app: Flask, ask: Ask) -> None:
    fill(app, documents(3))
    with app.app_context():
        session().execute(delete(search_tables.posting))
        session().commit()
    assert ask("보스") == []
    with app.app_context():
        rebuild.rebuild()
    assert len(ask("보스")) == 3


def test_a_rebuild_gives_up_when_the_index_keeps_changing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(app, documents(3))
    original = merging._terms_of  # pyright: ignore[reportPrivateUsage]

    def busy(*arguments: Any) -> Any:
        with app.app_context():
            s = search_tables.state
            session().execute(update(s).values(version=s.c.version + 1))
            session().commit()
        return original(*arguments)

    before = postings(app)
    monkeypatch.setattr(merging, "_terms_of", busy)
    with app.app_context(), pytest.raises(RuntimeError, match="stop the background process"):
        rebuild.rebuild()
    assert postings(app) == before
