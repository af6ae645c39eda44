"""Import: every line is checked before the first one is written, and all are written in one transaction or none."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from archive_boards import announce, images, posts, tags
from archive_boards.board import Board
from archive_boards.rows import inserted_id
from archive_boards.tables import ANSWER, COMMENT, LISTED, PINNED
from archive_boards.transfer.lines import AnswerLine, CommentLine, PostLine, Problem, ReplyLine, Rules, parse
from archive_boards.transfer.progress import Progress
from archive_chassis import events, markdown

T = TypeVar("T")

#: From Markdown to safe HTML.
Render = Callable[[str], str]

BATCH = 200
PROBLEMS_SHOWN = 50


class BadLines(Exception):
    """The file has lines that cannot be imported; nothing was. The message names each line, field and reason."""


@dataclass
class Counts:
    """What an import did."""

    posts: int = 0
    comments: int = 0
    skipped: int = 0


def check(source: BinaryIO, rules: Rules, size: int) -> int:
    """Look at every line; returns how many posts there are. BadLines says what is wrong with up to PROBLEMS_SHOWN."""
    bad: list[str] = []
    good = bad_lines = 0
    progress = Progress("checking", size)
    for number, raw in _lines(source):
        found = parse(raw, rules)
        progress.advance(len(raw))
        if isinstance(found, PostLine):
            good += 1
            continue
        bad_lines += 1
        if bad_lines > PROBLEMS_SHOWN:
            bad.append(f"there are more; only the first {PROBLEMS_SHOWN} bad lines are shown")
            break
        bad += [_describe(number, problem) for problem in found]
    progress.finish()
    if bad:
        raise BadLines("\n".join(bad))
    return good


def write(current: Session, board: Board, source: BinaryIO, rules: Rules, size: int, path: str) -> Counts:
    """Write every line and record an event for each post; the caller commits. `path` is the board's, as in "/news".

    Lines whose key the board has already are skipped. BadLines if the file has changed since it was checked.
    """
    counts, imported = Counts(), array("q")

    def render(text: str) -> str:
        html = images.render_outside(current, board, text, path)
        images.use(current, board, html, board_path=path)
        return html

    progress = Progress("importing", size)
    for batch in _batches(_lines(source)):
        lines = [_sound(number, parse(raw, rules)) for number, raw in batch]
        fresh = _without_known(current, board, lines)
        counts.skipped += len(lines) - len(fresh)
        imported.extend(_write_batch(current, board, fresh, counts, render))
        for _number, raw in batch:
            progress.advance(len(raw))
    progress.finish()
    _announce(current, board, imported, path)
    return counts


def is_empty(current: Session, board: Board) -> bool:
    """Whether the board has never had a post."""
    return current.execute(select(board.tables.post.c.id).limit(1)).first() is None


def file_size(path: Path) -> int:
    """The size in bytes, for the progress."""
    return path.stat().st_size


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that say something, with their numbers from 1, from the beginning of the file."""
    source.seek(0)
    for number, raw in enumerate(source, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if line.strip():
            yield number, line


def _describe(number: int, problem: Problem) -> str:
    return f"line {number}: {problem.field}: {problem.reason}"


def _sound(number: int, found: PostLine | list[Problem]) -> PostLine:
    if isinstance(found, PostLine):
        return found
    raise BadLines("\n".join(["the file changed while it was read:", *(_describe(number, one) for one in found)]))


def _without_known(current: Session, board: Board, lines: Sequence[PostLine]) -> list[PostLine]:
    """The lines whose key is neither on the board nor on an earlier line."""
    t = board.tables.post
    keys = [line.key for line in lines if line.key is not None]
    known: set[str | None] = set()
    if keys:
        known.update(current.execute(select(t.c.import_key).where(t.c.import_key.in_(keys))).scalars())
    fresh: list[PostLine] = []
    for line in lines:
        if line.key is None or line.key not in known:
            fresh.append(line)
            known.add(line.key)
    return fresh


def _write_batch(
    current: Session, board: Board, lines: Sequence[PostLine], counts: Counts, render: Render
) -> list[int]:
    if not lines:
        return []
    t = board.tables
    bodies = [render(line.body) for line in lines]
    ids = _insert(current, t.post, [_post(board, line, html) for line, html in zip(lines, bodies, strict=True)])
    texts = [
        {"post_id": post_id, "body": line.body, "html": html}
        for post_id, line, html in zip(ids, lines, bodies, strict=True)
    ]
    current.execute(insert(t.text), texts)
    for post_id, line in zip(ids, lines, strict=True):
        placement = PINNED if line.pinned else LISTED
        tags.attach(current, board, post_id, placement, line.published_at, line.draft(board).tags)
    counts.posts += len(lines)
    counts.comments += _write_comments(current, board, list(zip(ids, lines, strict=True)), render)
    return ids


def _write_comments(current: Session, board: Board, written: Sequence[tuple[int, PostLine]], render: Render) -> int:
    """The comments and answers of posts just written, then the replies to them; returns how many there were."""
    t = board.tables
    tops: list[tuple[int, str, CommentLine | AnswerLine]] = []
    for post_id, line in written:
        tops += [(post_id, COMMENT, comment) for comment in line.comments]
        tops += [(post_id, ANSWER, answer) for answer in line.answers]
    if not tops:
        return 0
    ids = _insert(current, t.comment, [_comment(post_id, None, kind, line, render) for post_id, kind, line in tops])
    replies = [
        _comment(post_id, parent_id, COMMENT, reply, render)
        for parent_id, (post_id, _kind, line) in zip(ids, tops, strict=True)
        for reply in line.replies
    ]
    if replies:
        current.execute(insert(t.comment), replies)
    for answer_id, (post_id, _kind, line) in zip(ids, tops, strict=True):
        if isinstance(line, AnswerLine) and line.accepted:
            current.execute(update(t.post).where(t.post.c.id == post_id).values(accepted_id=answer_id))
    return len(ids) + len(replies)


def _post(board: Board, line: PostLine, html: str) -> dict[str, Any]:
    discussion = (*line.comments, *(reply for top in (*line.comments, *line.answers) for reply in top.replies))
    columns = posts.new_post_columns(board) | posts.written_columns(line.draft(board), html)
    columns |= {"answers": sum(not answer.removed for answer in line.answers)} if board.answers else {}
    return columns | {
        **line.author.columns,
        "placement": PINNED if line.pinned else LISTED,
        "comments": sum(not comment.removed for comment in discussion),
        "views": line.views,
        "score": line.score,
        "locked": line.locked,
        "active_at": max(
            [line.published_at, *(comment.at for comment in (*discussion, *line.answers) if not comment.removed)]
        ),
        "published_at": line.published_at,
        "edited_at": line.edited_at,
        "import_key": line.key,
    }


def _comment(post_id: int, parent_id: int | None, kind: str, line: ReplyLine, render: Render) -> dict[str, Any]:
    return {
        **line.author.columns,
        "post_id": post_id,
        "parent_id": parent_id,
        "kind": kind,
        "body": line.body,
        "html": render(line.body),
        "created_at": line.at,
        "edited_at": line.edited_at,
        "removed_at": line.at if line.removed else None,
        "score": line.score,
    }


def _insert(current: Session, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows; their new ids in the same order. In one statement where the database tells them (MySQL does not)."""
    connection = current.connection()
    if connection.dialect.insert_executemany_returning_sort_by_parameter_order:
        adding = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(connection.execute(adding, rows).scalars())
    return [inserted_id(connection.execute(insert(table).values(row))) for row in rows]


def _announce(current: Session, board: Board, imported: Sequence[int], path: str) -> None:
    """Record `post.published` for each post. Last of all, since it locks the counter that every writer needs."""
    t = board.tables.post
    progress = Progress("announcing", len(imported))
    for ids in _batches(imported):
        texts = select(board.tables.text.c.post_id, board.tables.text.c.html).where(
            board.tables.text.c.post_id.in_(ids)
        )
        said = {
            post_id: {"text": markdown.plain(html, announce.TEXT_LENGTH)} for post_id, html in current.execute(texts)
        }
        for row in current.execute(select(t).where(t.c.id.in_(ids)).order_by(t.c.id)).mappings():
            events.record(current, "post.published", announce.card(board, row, path) | said[row["id"]])
            progress.advance()
        events.write_recorded(current)
    progress.finish()


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of BATCH (the last one shorter)."""
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
