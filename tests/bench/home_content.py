"""Home's copies of a board's posts: the front page's read model, and the search index, built by home's own code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from tests.bench import databases
from tests.bench.content import Written

from archive_boards.announce import TEXT_LENGTH
from archive_chassis import clock, markdown
from archive_chassis.database import database, session
from archive_chassis.search import Document, merging
from archive_chassis.search.folding import normalise
from archive_chassis.settings import Settings
from archive_chassis.tables import event_offset
from archive_chassis.testing import make_app
from archive_home.ranking import hot
from archive_home.search.tables import search_tables
from archive_home.tables import BOARDS, front_post, home_metadata, member_visit
from archive_news import BOARD

#: What the index keeps of a post that was removed.
_FORGOTTEN: dict[str, Any] = {"removed": True, "title": "", "game": "", "tags": ""}


class HomeFiller:
    """Fills home's database. The posts are told as if the three boards had taken turns in publishing them."""

    def __init__(self, settings: Settings) -> None:
        self._app = make_app("home", settings)

    def add(self, posts: Sequence[Written]) -> None:
        """Take the next posts in."""
        with self._app.app_context():
            current = session()
            current.execute(insert(front_post), [_front_row(post) for post in posts])
            _add_documents([(one.number, _document(one), not one.is_shown) for one in posts])
            current.commit()

    def finish(self, returning: Sequence[int], say: Callable[[str], None]) -> None:
        """Build the index, and note what the background process would have: places in feeds, `returning` members."""
        with self._app.app_context():
            build_index(say)
            current, now = session(), clock.naive_now()
            current.execute(insert(event_offset), [{"source": board, "position": 1} for board in BOARDS])
            visits = {"since_at": now - timedelta(days=1), "seen_at": now}
            current.execute(insert(member_visit), [{"member_id": one, **visits} for one in returning])
            current.commit()
            databases.prepared(database(), [table.name for table in home_metadata.sorted_tables])
            database().close()


def _add_documents(documents: Sequence[tuple[int, Document, bool]]) -> None:
    """Put documents (number, document, whether it was removed) into the index's tables, in the open transaction."""
    heads = [
        document.columns() | {"number": number, "position": number} | (_FORGOTTEN if removed else {})
        for number, document, removed in documents
    ]
    texts = [
        {"number": number, "text": "" if removed else normalise(document.text or "")}
        for number, document, removed in documents
    ]
    session().execute(insert(search_tables.document), heads)
    session().execute(insert(search_tables.text), texts)


def build_index(say: Callable[[str], None]) -> None:
    """Write the postings of all documents."""
    for block in merging.blocks(search_tables):
        merging.rebuild(search_tables, block)
        say(f"block {block} of the search index")


def _board(number: int) -> str:
    return BOARDS[number % len(BOARDS)]


def _front_row(post: Written) -> dict[str, Any]:
    row, board = post.row, _board(post.number)
    counts = {"comments": row["comments"], "score": row["score"], "views": row["views"]}
    return {
        "board": board,
        "post_id": post.number,
        "event_id": post.number,
        "removed": not post.is_shown,
        "title": row["title"],
        "summary": row["excerpt"],
        "url": f"/{board}/{post.number}",
        "author_id": row["author_id"],
        "author": row["author_name"],
        "avatar": "",
        "category": BOARD.category_title(row["category"]),
        "image": "",
        "published_at": row["published_at"],
        "hot": hot(row["published_at"], **counts),
        **counts,
    }


def _document(post: Written) -> Document:
    row, board = post.row, _board(post.number)
    return Document(
        board=board,
        post_id=post.number,
        title=row["title"],
        url=f"/{board}/{post.number}",
        author_id=row["author_id"],
        author=row["author_name"],
        published_at=row["published_at"],
        text=markdown.plain(post.html, TEXT_LENGTH),
        category=BOARD.category_title(row["category"]),
        tags=tuple(row["tags"].split()),
        comments=row["comments"],
        score=row["score"],
    )
