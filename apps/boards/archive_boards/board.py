"""What makes one board different from another. Everything else is the kit's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

from flask import current_app

from archive_boards.tables import BoardTables

#: Names that a board's own field may not take: the kit's columns, form fields and keys of the transfer format.
RESERVED_FIELDS = frozenset(
    {"id", "title", "body", "category", "author", "key", "views", "comments", "answers", "accepted", "pinned"}
    | {
        "published_at",
        "edited_at",
        "excerpt",
        "html",
        "preview",
        "submission",
        "revision",
        "csrf_token",
        "save",
        "draft",
    }
    | {"tags", "image", "score", "active_at", "locked", "withheld", "series", "series_id", "series_place", "works"}
    | {"works_version", "publish_at"}
)


@dataclass(frozen=True)
class Category:
    """One of a board's fixed categories. `key` is stored and part of addresses; `title` is Korean, as in the source."""

    key: str
    title: str


@dataclass(frozen=True)
class Field:
    """A field that only this board's posts have, a text column of its own.

    kind: `line` of text, `link` (http or https), or one of `choices` (key → Korean title).
    shown: where a list row shows it: as a `badge` before the title, `beside` the category, or nowhere.
    """

    name: str
    label: str
    kind: Literal["line", "link", "choice"] = "line"
    max_length: int = 100
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    hint: str = ""
    shown: Literal["", "badge", "beside"] = ""

    def text(self, value: str) -> str:
        """What a reader sees for a stored value: a choice's title, else the value. Korean, as in the source."""
        return self.choices.get(value, value)


@dataclass(frozen=True)
class Labels:
    """The board's own words, Korean as in the source."""

    write: str = "글쓰기"
    edit: str = "글 수정"
    empty: str = "아직 글이 없어요"
    empty_text: str = "첫 글을 남겨 보세요."
    body: str = "내용"


@dataclass(frozen=True)
class Board:
    """A board: its name (also the service's), words, categories, who may write, and the fields it adds.

    writers: `members` (with a verified e-mail address) or `editors` (moderators and admins).
    answers: posts are questions that get answers, of which the asker accepts one.
    guides: posts may form series, and members confirm that one still works for a version of its game.
    scheduled: a post may be given an hour at which it is published.
    lead_image: a post may have a picture that stands for it, beside those in its text.
    """

    name: str
    title: str
    lead: str
    categories: tuple[Category, ...]
    labels: Labels = Labels()
    writers: Literal["members", "editors"] = "members"
    fields: tuple[Field, ...] = ()
    answers: bool = False
    guides: bool = False
    scheduled: bool = False
    lead_image: bool = False

    def __post_init__(self) -> None:
        if not self.categories:
            raise ValueError(f"board {self.name!r}: give it at least one category")
        keys = [category.key for category in self.categories]
        names = [own.name for own in self.fields]
        wrong = [key for key in (*keys, *names) if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", key)]
        wrong += [name for name in names if name in RESERVED_FIELDS]
        if wrong or len(set(keys)) != len(keys) or len(set(names)) != len(names):
            raise ValueError(
                f"board {self.name!r}: category keys and field names must be distinct, lower-case words of 32 letters "
                f"or fewer, and no field may be called like one of the kit's (look at: {', '.join(wrong) or 'doubles'})"
            )

    @cached_property
    def tables(self) -> BoardTables:
        """The board's tables. Each board has its own, in a schema of its own."""
        return BoardTables({own.name: own.max_length for own in self.fields}, answers=self.answers, guides=self.guides)

    @cached_property
    def category_titles(self) -> dict[str, str]:
        """Category key → Korean title."""
        return {category.key: category.title for category in self.categories}

    def category_title(self, key: str) -> str:
        """The Korean title of a category; the key itself for one that has since been dropped from the definition."""
        return self.category_titles.get(key, key)


def this_board() -> Board:
    """The board of the service that is answering."""
    return cast("Board", current_app.extensions["archive_board"])
