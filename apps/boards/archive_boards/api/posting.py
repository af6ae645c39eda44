"""The models of a board's posts. They are made for each board, since each has categories and fields of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import Field, create_model

from archive_boards import announce, drafts, tags
from archive_boards.api.models import Author, Cursor
from archive_boards.board import Board
from archive_boards.board import Field as OwnField
from archive_boards.drafts import Draft
from archive_boards.names import AnyRow
from archive_chassis.api.models import Body, Id, Line, Moment, Query, Resource, Text
from archive_chassis.typed import one_line

Title = Annotated[Line, Field(max_length=drafts.MAX_TITLE)]
PostBody = Annotated[Text, Field(max_length=drafts.MAX_BODY)]
#: For models that are made at run time; there a type is a value like any other.
_TAG: Any = Annotated[str, Field(min_length=1, max_length=tags.LONGEST, pattern=tags.PATTERN)]
_ID: Any = Id
_CURSOR: Any = Cursor
TagList = Annotated[list[_TAG], Field(max_length=tags.MOST)]


class ListedPost(Resource):
    """A post as lists show it. `category` is the key of one of the board's categories; `url` is a path on this site."""

    id: int
    title: str
    category: str
    author: Author
    tags: list[str]
    score: int
    comments: int
    views: int
    published_at: Moment
    url: str


class Post(ListedPost):
    """A post. `body` is Markdown as it was typed, `html` is what is shown. `withheld` says why others cannot see it."""

    body: str
    html: str
    image: str
    edited_at: Moment | None
    revision: int
    locked: bool
    withheld: Literal["", "deleted", "hidden", "held", "scheduled"]


class NewPost(Body):
    """A post to be published. `body` is Markdown."""

    title: Title
    body: PostBody
    tags: TagList = Field(default_factory=list[str])


class PostChange(Body):
    """What of a post changes; what is left out stays."""

    title: Title | None = None
    body: PostBody | None = None
    tags: TagList | None = None


@dataclass(frozen=True)
class PostModels:
    """One board's models. Their extra fields are the board's own, so a type checker knows the bases alone."""

    listed: type[ListedPost]
    post: type[Post]
    new: type[NewPost]
    change: type[PostChange]
    query: type[Query]


def models(board: Board) -> PostModels:
    """The models of a board's posts."""
    category = _one_of(tuple(board.category_titles))
    shown: dict[str, Any] = {own.name: (str, ...) for own in board.fields if own.shown}
    shown |= {"answers": (int, ...), "accepted_id": (int | None, ...)} if board.answers else {}
    rest: dict[str, Any] = {own.name: (str, ...) for own in board.fields if not own.shown}
    taken = {own.name: _taken(own) for own in board.fields}
    new: dict[str, Any] = {"category": (category, ...)}
    new |= {name: (kind, ... if own.required else "") for name, (own, kind) in taken.items()}
    change: dict[str, Any] = {"category": (category | None, None)}
    change |= {name: (kind | None, None) for name, (_own, kind) in taken.items()}
    sorts = ("newest", "active", "votes", "unanswered") if board.answers else ("newest", "active", "votes")
    query: dict[str, Any] = {
        "category": (category | None, None),
        "tag": (_TAG | None, None),
        "author": (_ID | None, None),
        "sort": (_one_of(sorts), "newest"),
        "cursor": (_CURSOR | None, None),
    }
    listed = create_model("ListedPost", __base__=ListedPost, __doc__=ListedPost.__doc__, **shown)
    return PostModels(
        listed=listed,
        post=create_model("Post", __base__=Post, __doc__=Post.__doc__, **shown, **rest),
        new=create_model("NewPost", __base__=NewPost, __doc__=NewPost.__doc__, **new),
        change=create_model("PostChange", __base__=PostChange, __doc__=PostChange.__doc__, **change),
        query=create_model("PostQuery", __base__=Query, **query),
    )


def listed_values(board: Board, row: AnyRow) -> dict[str, Any]:
    """What ListedPost takes, from a row of a list."""
    names = ["id", "title", "category", "score", "comments", "views", "published_at"]
    names += [own.name for own in board.fields if own.shown] + (["answers", "accepted_id"] if board.answers else [])
    values = {name: getattr(row, name) for name in names}
    return values | {
        "author": Author.of(row),
        "tags": list(tags.split(row.tags)),
        "url": f"{announce.board_path()}/{row.id}",
    }


def post_values(board: Board, row: AnyRow, removed: bool) -> dict[str, Any]:
    """What Post takes, from a row of `reading.find_post`."""
    names = ["body", "html", "image", "edited_at", "revision", "locked"]
    values = {name: getattr(row, name) for name in (*names, *(own.name for own in board.fields))}
    withheld = (row.withheld or "deleted") if removed else ""
    return listed_values(board, row) | values | {"withheld": withheld}


def draft_of(board: Board, body: NewPost) -> Draft:
    """The draft that a program sent."""
    sent = cast("Mapping[str, Any]", body.model_dump())
    return Draft(
        title=body.title,
        body=body.body,
        category=sent["category"],
        fields={own.name: one_line(sent[own.name]) for own in board.fields},
        tags=tags.parse(" ".join(body.tags)),
    )


def changed(board: Board, before: Draft, change: PostChange) -> Draft:
    """`before` with what a program changes."""
    sent = {name: value for name, value in change.model_dump().items() if value is not None}
    fields = {own.name: one_line(sent.get(own.name, before.fields[own.name])) for own in board.fields}
    return Draft(
        title=sent.get("title", before.title),
        body=sent.get("body", before.body),
        category=sent.get("category", before.category),
        fields=fields,
        tags=tags.parse(" ".join(sent["tags"])) if "tags" in sent else before.tags,
        image=before.image,
        hour=before.hour,
        series=before.series,
    )


def _one_of(words: tuple[str, ...]) -> Any:
    """A type of the given words alone; a type checker cannot know them."""
    return Literal[words]  # type: ignore[valid-type]


def _taken(own: OwnField) -> tuple[OwnField, Any]:
    """A board's own field as the type of what a program may send for it."""
    if own.kind == "choice":
        return own, _one_of(tuple(own.choices) if own.required else ("", *own.choices))
    if own.required:
        return own, Annotated[Line, Field(max_length=own.max_length)]
    return own, Annotated[str, Field(max_length=own.max_length)]
