"""The checks find nothing in a community in order, and each of them what is wrong with one row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool
from tests.torture import checks
from tests.torture.campaign import Campaign
from tests.torture.checks import Scene, consumed, counted, told, written
from tests.torture.community import SITE, running
from tests.torture.journal import Journal

pytestmark = [pytest.mark.slow]

SEED, TURNS, MOVES = 7, 4, 20

#: A rule, and what breaks it: a service and a statement.
BROKEN: tuple[tuple[str, str, str], ...] = (
    (written.POSTS, "guides", "DELETE FROM post WHERE id = 4"),
    (written.POSTS, "qa", "UPDATE post SET title = (SELECT title FROM post WHERE id = 5) WHERE id = 4"),
    (written.TEXTS, "guides", "UPDATE post_text SET body = 'lost' WHERE post_id = 1"),
    (written.TEXTS, "guides", "DELETE FROM revision WHERE subject_id = (SELECT min(subject_id) FROM revision)"),
    (written.COMMENTS, "guides", "DELETE FROM comment WHERE id = (SELECT max(id) FROM comment)"),
    (written.PLACES, "guides", "UPDATE post SET placement = 0 WHERE id = 1"),
    (written.PLACES, "qa", "UPDATE comment SET removed_at = NULL"),
    (written.VOTES, "guides", "UPDATE vote SET value = -value"),
    (written.BOOKMARKS, "guides", "DELETE FROM bookmark"),
    (written.DRAFTS, "guides", "DELETE FROM draft"),
    (written.ACCEPTED, "qa", "UPDATE post SET accepted_id = NULL"),
    (written.ACCOUNTS, "auth", "UPDATE member SET role = 'guest'"),
    (written.ACCOUNTS, "auth", "UPDATE member SET suspended_at = CASE WHEN suspended_at IS NULL THEN created_at END"),
    (written.NOTHING_ELSE, "guides", "INSERT INTO bookmark VALUES (999, 1, '2026-01-01 00:00:00')"),
    (counted.WHOLE, "guides", "DELETE FROM post_text WHERE post_id = 1"),
    (counted.COMMENTS, "guides", "UPDATE post SET comments = comments + 1 WHERE id = 1"),
    (counted.COMMENTS, "qa", "UPDATE post SET answers = answers - 1 WHERE id = 1"),
    (counted.SCORES, "guides", "UPDATE post SET score = score + 1 WHERE id = 1"),
    (counted.SCORES, "guides", "UPDATE comment SET score = score + 1"),
    (counted.TAGS, "guides", "UPDATE tag SET posts = posts + 1"),
    (counted.COPIES, "guides", "UPDATE post_tag SET placement = 2"),
    (told.NO_GAPS, "guides", "DELETE FROM outbox WHERE id = 3"),
    (told.NO_GAPS, "home", "UPDATE outbox_sequence SET value = value + 1"),
    (told.PUBLISHED, "guides", "UPDATE outbox SET type = 'x' WHERE id = 1"),
    (told.PUBLISHED, "guides", "UPDATE outbox SET type = 'post.published' WHERE type = 'post.changed'"),
    (told.ADDED, "guides", "UPDATE outbox SET type = 'x' WHERE type = 'comment.added'"),
    (told.LAST_WORD, "guides", "UPDATE outbox SET type = 'x' WHERE type IN ('post.changed', 'post.removed')"),
    (consumed.ALL, "home", "UPDATE event_offset SET position = position - 1 WHERE source = 'guides'"),
    (consumed.ONCE, "home", "DELETE FROM torture_applied WHERE id = 3"),
    (consumed.ONCE, "home", "INSERT INTO torture_applied (source, event_id) VALUES ('guides', 1)"),
    (consumed.FRONT, "home", "UPDATE front_post SET score = score + 1 WHERE post_id = 1"),
    (consumed.FRONT, "home", "DELETE FROM front_post WHERE post_id = 2"),
    (consumed.SEARCH, "home", "UPDATE search_document SET removed = 1 WHERE post_id = 1"),
    (consumed.NOTICES, "home", "DELETE FROM notification"),
    (consumed.STATES, "guides", "UPDATE member_state SET suspended = NOT suspended"),
    (consumed.STATES, "qa", "UPDATE post SET author_role = 'guest'"),
    (consumed.ECHOES, "guides", "UPDATE outbox SET type = 'x' WHERE type = 'author.changed'"),
)


@dataclass(frozen=True)
class Kept:
    """The files of a community that has ended, and its players' journals."""

    folder: Path
    journal: Journal

    def copy(self, into: Path) -> Callable[[str], Engine]:
        for path in self.folder.glob("*.sqlite3*"):
            shutil.copy(path, into)
        return lambda service: create_engine(f"sqlite:///{into}/{service}.sqlite3", poolclass=NullPool)

    def scene(self, into: Path) -> Scene:
        return checks.read(self.copy(into), self.journal)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("community")
    with running(folder, "sqlite") as community:
        campaign = Campaign(community, SEED)
        for turn in range(TURNS):
            for player in campaign.players:
                player.play(str(turn), MOVES)
        campaign.settle()
        journal = campaign.journal()
    return Kept(folder, journal)


def test_nothing_is_wrong_with_a_community_in_order(kept: Kept, tmp_path: Path) -> None:
    scene = kept.scene(tmp_path)
    assert [str(one) for one in checks.check(scene)] == []
    journal = scene.journal
    everything = (journal.posts, journal.comments, journal.drafts, journal.votes, journal.bookmarks, journal.roles)
    assert all(everything), "the players did a bit of everything"


@pytest.mark.parametrize(("rule", "service", "statement"), BROKEN)
def test_what_is_wrong_is_found(kept: Kept, tmp_path: Path, rule: str, service: str, statement: str) -> None:
    database = kept.copy(tmp_path)
    with database(service).begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0, "the statement breaks something"
    assert rule in {one.rule for one in checks.check(checks.read(database, kept.journal))}


def test_an_answer_that_nobody_should_get_is_wrong(kept: Kept, tmp_path: Path) -> None:
    scene = kept.scene(tmp_path)
    heard = replace(scene.journal, wrongs=["/guides/write was answered 500"])
    assert [one.rule for one in checks.check(replace(scene, journal=heard))] == [written.ANSWERED]


def test_every_rule_has_something_that_breaks_it() -> None:
    assert {rule for rule, _service, _statement in BROKEN} | {written.ANSWERED} == set(checks.RULES)
    assert set(SITE) >= {service for _rule, service, _statement in BROKEN}
