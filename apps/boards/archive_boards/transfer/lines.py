"""One line of a transfer file: a post as JSON.

    {"title", "body", "category": key or Korean title, "author": {"id", "nickname"}, "published_at",
     "views", "score", "tags": [words], "pinned", "locked", "edited_at", "key", the board's own fields …,
     "comments": [{"author", "body", "at", "edited_at", "removed", "score", "replies": [the same without replies]}],
     "answers": [the same, "accepted": true]}

Times are ISO 8601 ("2026-03-01T09:00:00Z"; without a zone, UTC) or a duration before now ("-P3DT4H"), for samples that
stay fresh. `key` names the line for good: a line whose key the board has is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from archive_boards import drafts, tags
from archive_boards.board import Board
from archive_boards.drafts import Draft
from archive_boards.tables import LEFT
from archive_chassis import clock
from archive_chassis.i18n import read_messages
from archive_chassis.typed import many_lines, one_line

_AGO = re.compile(r"-P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?")


@dataclass(frozen=True)
class Rules:
    """What lines are checked against: the board, and the time that counts as now."""

    board: Board
    now: datetime

    @classmethod
    def of(cls, board: Board) -> Rules:
        return cls(board, clock.naive_now())


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of a line, such as comments[2].body."""

    field: str
    reason: str


def _time(value: object, info: ValidationInfo) -> datetime:
    rules = cast("Rules", info.context)
    if not isinstance(value, str):
        raise ValueError("must be a time in quotes, such as 2026-03-01T09:00:00Z")
    ago = _AGO.fullmatch(value)
    if ago and value not in ("-P", "-PT"):
        days, hours, minutes, seconds = (int(part or 0) for part in ago.groups())
        return rules.now - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            "is no time: write 2026-03-01T09:00:00Z, or -P3DT4H for three days and four hours ago"
        ) from None
    at = clock.in_utc(at)
    if at > rules.now:
        raise ValueError("lies in the future")
    return at


def _line(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


def _lines(value: object) -> object:
    return many_lines(value) if isinstance(value, str) else value


Time = Annotated[datetime, BeforeValidator(_time)]
OneLine = Annotated[str, BeforeValidator(_line)]
ManyLines = Annotated[str, BeforeValidator(_lines)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AuthorLine(_Strict):
    """Who wrote it. A member who has left keeps the id alone."""

    id: int = Field(ge=1, lt=2**63)
    nickname: Annotated[OneLine, Field(max_length=40)]
    avatar: str = Field(default="", max_length=255)
    role: Literal["member", "moderator", "admin", "left"] = "member"

    @property
    def columns(self) -> dict[str, Any]:
        """The author columns of a post or a comment."""
        return {
            "author_id": self.id,
            "author_name": self.nickname,
            "author_avatar": self.avatar,
            "author_role": self.role,
        }


class ReplyLine(_Strict):
    """A comment without replies."""

    author: AuthorLine
    body: ManyLines
    at: Time
    edited_at: Time | None = None
    removed: bool = False
    score: int = Field(default=0, gt=-(2**31), lt=2**31)


class CommentLine(ReplyLine):
    """A comment of the top level."""

    replies: list[ReplyLine] = Field(default_factory=list[ReplyLine])


class AnswerLine(ReplyLine):
    """An answer; what is said about it may be called `comments` as well."""

    accepted: bool = False
    replies: list[ReplyLine] = Field(
        default_factory=list[ReplyLine], validation_alias=AliasChoices("replies", "comments")
    )


class PostLine(_Strict):
    """A post. `model_extra` holds the board's own fields."""

    model_config = ConfigDict(extra="allow")

    title: OneLine
    body: ManyLines
    category: OneLine
    author: AuthorLine
    published_at: Time
    edited_at: Time | None = None
    views: int = Field(default=0, ge=0, lt=2**31)
    score: int = Field(default=0, gt=-(2**31), lt=2**31)
    tags: list[str] = Field(default_factory=list[str])
    pinned: bool = False
    locked: bool = False
    key: str | None = Field(default=None, min_length=1, max_length=120)
    comments: list[CommentLine] = Field(default_factory=list[CommentLine])
    answers: list[AnswerLine] = Field(default_factory=list[AnswerLine])

    def draft(self, board: Board) -> Draft:
        """What the post says, with the category's key and the board's fields; missing fields are empty."""
        titles = {title: key for key, title in board.category_titles.items()}
        own = {field.name: (self.model_extra or {}).get(field.name, "") for field in board.fields}
        fields = {name: one_line(value) if isinstance(value, str) else "" for name, value in own.items()}
        return Draft(
            title=self.title,
            body=self.body,
            category=titles.get(self.category, self.category),
            fields=fields,
            tags=tags.parse(" ".join(self.tags)),
        )


def parse(raw: bytes, rules: Rules) -> PostLine | list[Problem]:
    """A line as a post, or everything that is wrong with it."""
    try:
        line = PostLine.model_validate_json(raw, context=rules)
    except ValidationError as error:
        return [Problem(_place(detail["loc"]), _reason(detail["type"], detail["msg"])) for detail in error.errors()]
    found = list(_content_problems(line, rules.board))
    return found or line


def _content_problems(line: PostLine, board: Board) -> Iterator[Problem]:
    for name, value in (line.model_extra or {}).items():
        if name not in {own.name for own in board.fields}:
            yield Problem(name, f"the board {board.name} has no such field")
        elif not isinstance(value, str):
            yield Problem(name, "must be text in quotes")
    for name, message in drafts.problems(board, line.draft(board)).items():
        choices = f" (one of: {', '.join(board.category_titles)})" if name == "category" else ""
        yield Problem(name, _english(message) + choices)
    if line.key is not None and drafts.has_unwritable(line.key):
        yield Problem("key", _english(drafts.UNWRITABLE))
    yield from _author_problems("author", line.author)
    if line.answers and not board.answers:
        yield Problem("answers", f"the board {board.name} has no answers")
    if sum(answer.accepted for answer in line.answers) > 1:
        yield Problem("answers", "only one answer can be accepted")
    for kind, entries in (("comments", line.comments), ("answers", line.answers)):
        for number, entry in enumerate(entries):
            place = f"{kind}[{number}]"
            yield from _comment_problems(place, entry, answer=kind == "answers")
            for reply_number, reply in enumerate(entry.replies):
                yield from _comment_problems(f"{place}.replies[{reply_number}]", reply, answer=False)
            if isinstance(entry, AnswerLine) and entry.accepted and entry.removed:
                yield Problem(f"{place}.accepted", "a removed answer cannot be accepted")


def _comment_problems(place: str, line: ReplyLine, *, answer: bool) -> Iterator[Problem]:
    message = drafts.comment_problem(line.body, answer=answer)
    if message and not (line.removed and not line.body):
        yield Problem(f"{place}.body", _english(message))
    yield from _author_problems(f"{place}.author", line.author)


def _author_problems(place: str, author: AuthorLine) -> Iterator[Problem]:
    if not author.nickname and author.role != LEFT:
        yield Problem(f"{place}.nickname", "is empty")
    if drafts.has_unwritable(author.nickname + author.avatar):
        yield Problem(f"{place}.nickname", _english(drafts.UNWRITABLE))


@cache
def _messages() -> Mapping[str, str]:
    return read_messages(("archive_boards",), "en")


def _english(message: str) -> str:
    return _messages().get(message, message)


def _place(location: tuple[int | str, ...]) -> str:
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return words.removeprefix(".") or "line"


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not known here"
    return message.removeprefix("Value error, ")
