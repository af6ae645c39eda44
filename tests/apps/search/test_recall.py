"""The shipped queries find what they must, the same on every database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.apps.search import corpus
from tests.apps.search.conftest import fill, results
from tests.mariadb import MariaDB

from archive_chassis.database import database
from archive_chassis.testing import make_app, make_settings

DATA = Path(__file__).parent / "data" / "queries.tsv"
AT = 20
LEAST_RECALL = 0.95


@dataclass(frozen=True)
class Judged:
    """A query, its filters, and the labels of the documents that it must find: any of these sets."""

    text: str
    labels: Sequence[frozenset[str]]
    filters: dict[str, Any] = field(default_factory=dict[str, Any])

    def wants(self, one: corpus.Labelled) -> bool:
        document = one.document
        board, author, tags = (self.filters.get(name) for name in ("board", "author_id", "tags"))
        return (
            any(labels <= one.labels for labels in self.labels)
            and board in (None, document.board)
            and author in (None, document.author_id)
            and set(tags or ()) <= set(document.tags)
        )


def queries() -> list[Judged]:
    found: list[Judged] = []
    for line in DATA.read_text("utf-8").splitlines():
        if line and not line.startswith("# "):
            text, labels, *rest = line.split("\t")
            sets = [frozenset(part.split("&")) for part in labels.split("|")]
            found.append(Judged(text, sets, _filters(rest[0] if rest else "")))
    return found


def _filters(words: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, _, value in (word.partition("=") for word in words.split()):
        found |= {"board": value} if name == "board" else {}
        found |= {"author_id": int(value)} if name == "author" else {}
        found |= {"tags": (value,)} if name == "tag" else {}
    return found


DOCUMENTS = corpus.documents()
QUERIES = queries()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, mariadb_server: MariaDB) -> Any:
    """The corpus on SQLite and on MariaDB."""
    folder = tmp_path_factory.mktemp("recall")
    url = mariadb_server.create_schema("test_search_recall")
    apps = [
        make_app("home", make_settings("home", folder)),
        make_app("home", make_settings("home", folder, url)),
    ]
    for app in apps:
        fill(app, [one.document for one in DOCUMENTS])
    yield apps
    for app in apps:
        with app.app_context():
            database().close()
    mariadb_server.drop_schema("test_search_recall")


def found_by(app: Flask, query: Judged, **options: Any) -> list[int]:
    """The numbers of the documents found, in their order."""
    return [hit.post_id for hit in results(app, query.text, **query.filters, **options).hits][:AT]


def recall(app: Flask, query: Judged, **options: Any) -> float:
    """The part of the wanted documents (of twenty of them, where there are more) among the first twenty found."""
    wanted = {one.document.post_id for one in DOCUMENTS if query.wants(one)}
    assert wanted, f"no document is wanted by {query.text!r}"
    return len(wanted & set(found_by(app, query, **options))) / min(len(wanted), AT)


def test_the_set_is_large_and_varied() -> None:
    assert len(DOCUMENTS) >= 400
    assert len(QUERIES) >= 200
    assert len({(query.text, str(query.filters)) for query in QUERIES}) == len(QUERIES)
    assert len({one.document.title for one in DOCUMENTS}) > 400


def test_recall_at_twenty(filled: list[Flask]) -> None:
    measured = {f"{query.text} {query.filters or ''}": recall(filled[0], query) for query in QUERIES}
    mean = sum(measured.values()) / len(measured)
    weak = {text: round(value, 2) for text, value in measured.items() if value < 1}
    print(f"recall@{AT}: {mean:.4f} over {len(measured)} queries; below 1: {weak}")
    assert mean >= LEAST_RECALL, weak
    assert min(measured.values()) > 0, weak


def test_without_taking_particles_off_the_measure_is_missed(filled: list[Flask]) -> None:
    """The measure is not one that anything passes."""
    values = [recall(filled[0], query, particles=False) for query in QUERIES]
    assert sum(values) / len(values) < LEAST_RECALL


def test_both_databases_give_the_same_answers_in_the_same_order(filled: list[Flask]) -> None:
    lite, maria = filled
    for query in QUERIES:
        one, other = (results(app, query.text, **query.filters) for app in (lite, maria))
        assert one == other, query.text
