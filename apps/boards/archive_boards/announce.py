"""The board's events: what other services (the front page, search, notifications) learn of a post and its comments.

post.published   a post is shown for the first time: its card, its plain text, the nicknames it mentions
post.changed     its card; `text` as well when that changed
post.removed     it is shown nowhere any more
comment.added    a comment or an answer is shown: whose post, whose comment it answers, the nicknames it mentions
comment.removed  a comment or an answer is shown no more
answer.accepted  the asker chose an answer
moderated        something of a member was hidden, deleted, moved, locked or released by a moderator
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive_boards import tags
from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.writers import Writer
from archive_chassis import events, markdown

PostEvent = Literal["post.published", "post.changed"]

#: Characters of a post's text that other services learn, for search.
TEXT_LENGTH = 20_000
#: People that one text can call; more is a nuisance.
MOST_MENTIONS = 10
EXCERPT_LENGTH = 120

# A nickname is 2 to 16 letters, digits and underscores (auth's rule); an address (a@b) mentions nobody.
_MENTION = re.compile(r"(?<![\w@/.])@(\w{2,32})")


def post(current: Session, board: Board, kind: PostEvent, post_id: int, *, with_text: bool = False) -> None:
    """Record `kind` with the post as it stands in this transaction; `with_text` also what it says."""
    t = board.tables
    query: Select[Any] = select(t.post).where(t.post.c.id == post_id)
    if with_text:
        query = query.join(t.text, t.text.c.post_id == t.post.c.id).add_columns(t.text.c.body, t.text.c.html)
    row = current.execute(query).mappings().one()
    data = card(board, row, board_path())
    if with_text:
        data |= {"text": markdown.plain(row["html"], TEXT_LENGTH), "mentions": mentions(row["body"])}
    events.record(current, kind, data)


def removed(current: Session, board: Board, post_id: int) -> None:
    """Record that the post is gone from every list."""
    events.record(current, "post.removed", {"id": post_id, "board": board.name})


def comment(current: Session, board: Board, row: AnyRow, parent_author: int | None, about: AnyRow) -> None:
    """Record that a comment (`row`: id, post_id, kind, author…, body, html) on the post `about` is shown."""
    events.record(
        current,
        "comment.added",
        {
            "id": row.id,
            "board": board.name,
            "kind": row.kind,
            "url": f"{board_path()}/comments/{row.id}",
            "author": {"id": row.author_id, "nickname": row.author_name, "avatar": row.author_avatar},
            "post": {"id": row.post_id, "title": about.title, "author_id": about.author_id},
            "parent_author_id": parent_author,
            "excerpt": markdown.plain(row.html, EXCERPT_LENGTH),
            "mentions": mentions(row.body),
        },
    )


def comment_removed(current: Session, board: Board, comment_id: int) -> None:
    """Record that a comment is shown no more."""
    events.record(current, "comment.removed", {"id": comment_id, "board": board.name})


def accepted(current: Session, board: Board, about: AnyRow, answer: AnyRow, asker: Writer) -> None:
    """Record that `asker` accepted the `answer` (id, author_id) to the question `about` (id, title)."""
    events.record(
        current,
        "answer.accepted",
        {
            "board": board.name,
            "id": answer.id,
            "answerer_id": answer.author_id,
            "by": {"id": asker.id, "nickname": asker.nickname},
            "post": {"id": about.id, "title": about.title},
            "url": f"{board_path()}/comments/{answer.id}",
        },
    )


def moderated(
    current: Session, board: Board, action: str, member_id: int, *, subject: str, post_id: int, title: str, reason: str
) -> None:
    """Record for the member `member_id` what was done with theirs. `reason` is the moderator's word, "" for none."""
    events.record(
        current,
        "moderated",
        {
            "board": board.name,
            "action": action,
            "member_id": member_id,
            "subject": subject,
            "post": {"id": post_id, "title": title},
            "reason": reason,
            "url": f"{board_path()}/{post_id}",
        },
    )


def card(board: Board, row: Mapping[Any, Any], path: str) -> dict[str, Any]:
    """The data of a post's event. `row` holds the columns of `post`; `path` is the board's own, as in "/news"."""
    return {
        "id": row["id"],
        "board": board.name,
        "title": row["title"],
        "summary": row.get("summary") or row["excerpt"],
        "url": f"{path}/{row['id']}",
        "author": {"id": row["author_id"], "nickname": row["author_name"], "avatar": row["author_avatar"]},
        "category": board.category_title(row["category"]),
        "game": row.get("game", ""),
        "tags": list(tags.split(row["tags"])),
        "image": row["image"],
        "published_at": row["published_at"].isoformat() + "Z",
        "comments": row["comments"] + row.get("answers", 0),
        "score": row["score"],
        "views": row["views"],
    }


def mentions(body: str) -> list[str]:
    """The nicknames that a text calls with @, each once."""
    return list(dict.fromkeys(_MENTION.findall(body)))[:MOST_MENTIONS]


def board_path() -> str:
    """The path this board lives under, without a slash at the end."""
    return current_app.extensions["archive_settings"].path
