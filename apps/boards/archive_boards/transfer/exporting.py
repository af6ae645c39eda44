"""Export: every post that is not removed, oldest id first, each with its comments; one consistent view of the board."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection, func, select

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import ANSWER, PINNED, REMOVED
from archive_boards.transfer.progress import Progress
from archive_chassis.database import Database

BATCH = 200


def write(database: Database, board: Board, out: TextIO) -> int:
    """Write the board's posts to `out` as JSON Lines; returns how many."""
    # A snapshot: what is written while this runs is either in it with all its comments, or not at all.
    engine = (
        database.engine if database.is_sqlite else database.engine.execution_options(isolation_level="REPEATABLE READ")
    )
    t = board.tables.post
    count = 0
    with engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN")  # the driver would not begin one for reading
        total = connection.execute(select(func.count()).where(t.c.placement > REMOVED)).scalar_one()
        progress = Progress("exporting", total)
        for line in _lines(connection, board):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            progress.advance()
            count += 1
        progress.finish()
    return count


def _lines(connection: Connection, board: Board) -> Iterator[dict[str, Any]]:
    t = board.tables
    last = 0
    while True:
        query = select(t.post, t.text.c.body).join(t.text, t.text.c.post_id == t.post.c.id)
        query = query.where(t.post.c.id > last, t.post.c.placement > REMOVED).order_by(t.post.c.id).limit(BATCH)
        rows: list[AnyRow] = list(connection.execute(query))
        if not rows:
            return
        last = rows[-1].id
        talk = _discussions(connection, board, [row.id for row in rows])
        for row in rows:
            yield _post(board, row, talk[row.id])


def _discussions(
    connection: Connection, board: Board, posts: list[int]
) -> dict[int, list[tuple[AnyRow, list[AnyRow]]]]:
    """For each post its comments of the top level, each with its replies; removed ones only if they have replies."""
    t = board.tables.comment
    rows: list[AnyRow] = list(connection.execute(select(t).where(t.c.post_id.in_(posts)).order_by(t.c.id)))
    replies: dict[int, list[AnyRow]] = defaultdict(list)
    for row in rows:
        if row.parent_id is not None and row.removed_at is None:
            replies[row.parent_id].append(row)
    threads: dict[int, list[tuple[AnyRow, list[AnyRow]]]] = defaultdict(list)
    for row in rows:
        if row.parent_id is None and (row.removed_at is None or replies[row.id]):
            threads[row.post_id].append((row, replies[row.id]))
    return threads


def _post(board: Board, row: AnyRow, threads: list[tuple[AnyRow, list[AnyRow]]]) -> dict[str, Any]:
    line: dict[str, Any] = {"key": row.import_key} if row.import_key is not None else {}
    line |= {
        "title": row.title,
        "category": row.category,
        "author": _author(row),
        "published_at": _time(row.published_at),
    }
    line |= {"edited_at": _time(row.edited_at)} if row.edited_at else {}
    line |= {"views": row.views}
    line |= {"score": row.score} if row.score else {}
    line |= {"tags": row.tags.split()} if row.tags else {}
    line |= {"pinned": True} if row.placement == PINNED else {}
    line |= {"locked": True} if row.locked else {}
    line |= {own.name: value for own in board.fields if (value := getattr(row, own.name))}
    line |= {"body": row.body}
    comments = [_comment(top) | _replies(below) for top, below in threads if top.kind != ANSWER]
    line |= {"comments": comments} if comments else {}
    if board.answers:
        answers = [
            _comment(top) | ({"accepted": True} if top.id == row.accepted_id else {}) | _replies(below)
            for top, below in threads
            if top.kind == ANSWER
        ]
        line |= {"answers": answers} if answers else {}
    return line


def _comment(row: AnyRow) -> dict[str, Any]:
    removed = row.removed_at is not None
    line = {"author": _author(row), "body": "" if removed else row.body, "at": _time(row.created_at)}
    line |= {"edited_at": _time(row.edited_at)} if row.edited_at else {}
    line |= {"score": row.score} if row.score else {}
    return line | ({"removed": True} if removed else {})


def _replies(rows: list[AnyRow]) -> dict[str, Any]:
    return {"replies": [_comment(row) for row in rows]} if rows else {}


def _author(row: AnyRow) -> dict[str, Any]:
    author: dict[str, Any] = {"id": row.author_id, "nickname": row.author_name}
    author |= {"avatar": row.author_avatar} if row.author_avatar else {}
    return author | ({"role": row.author_role} if row.author_role != "member" else {})


def _time(at: datetime) -> str:
    return at.isoformat() + "Z"
