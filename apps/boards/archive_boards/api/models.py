"""What a board's operations give and take, beside posts themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from archive_boards import drafts, reading
from archive_boards.guides import confirmations
from archive_boards.names import AnyRow, author_name
from archive_chassis.api.models import Body, Id, Line, Moment, Query, Resource, Text

Cursor = Annotated[str, Field(max_length=200)]


class Author(Resource):
    """Who wrote it. A member who has left keeps the id alone."""

    id: int
    nickname: str
    avatar: str

    @classmethod
    def of(cls, row: AnyRow) -> Author:
        """From a row with the author columns."""
        return cls(id=row.author_id, nickname=author_name(row), avatar=row.author_avatar)


class Comment(Resource):
    """A comment or an answer. One that was deleted is there only if it has replies; its html is then empty."""

    id: int
    parent_id: int | None
    kind: Literal["comment", "answer"]
    author: Author
    html: str
    score: int
    created_at: Moment
    edited_at: Moment | None
    deleted: bool
    replies: list[Comment]

    @classmethod
    def of(cls, comment: reading.Comment) -> Comment:
        """From what the page shows."""
        return cls(
            id=comment.id,
            parent_id=comment.parent_id,
            kind="answer" if comment.kind == "answer" else "comment",
            author=Author(id=comment.author_id, nickname=comment.author, avatar=comment.avatar),
            html="" if comment.deleted else comment.html,
            score=comment.score,
            created_at=comment.created_at,
            edited_at=comment.edited_at,
            deleted=comment.deleted,
            replies=[cls.of(reply) for reply in comment.replies],
        )


class Discussion(Resource):
    """One page of what was said about a post. `next` is what to send as `after` for the following page, or null."""

    answers: list[Comment]
    comments: list[Comment]
    next: int | None


class OneComment(Resource):
    """A comment as it was typed, to be edited. It waits (`waiting`) while a moderator looks at its links."""

    id: int
    post_id: int
    parent_id: int | None
    kind: Literal["comment", "answer"]
    body: str
    waiting: bool


class After(Query):
    """Which page of the comments: 0 for the first one."""

    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class NewComment(Body):
    """A comment; `parent_id` is the comment of the top level that it replies to."""

    body: Annotated[Text, Field(max_length=drafts.MAX_COMMENT)]
    parent_id: Id | None = None


class NewAnswer(Body):
    """An answer to a question."""

    body: Annotated[Text, Field(max_length=drafts.MAX_BODY)]


class CommentChange(Body):
    """What a comment or an answer says from now on."""

    body: Annotated[Text, Field(max_length=drafts.MAX_BODY)]


class Vote(Body):
    """1 up, -1 down, 0 takes the vote back."""

    value: Literal[-1, 0, 1]


class Accepted(Body):
    """The answer that solved the question, or null for none."""

    answer_id: Id | None


class Confirmation(Body):
    """Whether a guide works for a version of its game."""

    version: Annotated[Line, Field(max_length=confirmations.LONGEST)]
    works: bool


class Tag(Resource):
    """A tag, and how many posts carry it."""

    name: str
    posts: int


class Tags(Resource):
    """The tags that most posts carry."""

    items: list[Tag]


class Category(Resource):
    """One of the board's categories."""

    key: str
    title: str


class Categories(Resource):
    """The board's categories, in its own order."""

    items: list[Category]


class BookmarkQuery(Query):
    """Which page of the bookmarks."""

    cursor: Cursor | None = None
