"""What somebody wants to write: read from a form (or an import), normalised, and checked against the board's rules.

The messages are Korean source strings without values, so that they can be looked up in the translations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from archive_boards import images, reading, tags
from archive_boards.board import Board, Field
from archive_boards.guides import series
from archive_boards.names import AnyRow
from archive_chassis import clock, forms, i18n
from archive_chassis.errors import Invalid
from archive_chassis.i18n import ZONE
from archive_chassis.typed import INVISIBLE

MAX_TITLE = 100
MAX_BODY = 50_000
MAX_COMMENT = 5_000
MAX_SERIES = 80
#: How far ahead a post can be given its hour.
FURTHEST = timedelta(days=365)

#: Characters that no keyboard types and no page shows. Lone surrogates cannot even be stored as UTF-8, and feeds are
#: XML, which has no way to write U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
UNWRITABLE = "쓸 수 없는 문자가 들어 있어요"
_INVISIBLE = re.compile(rf"[\s{INVISIBLE}]*")


@dataclass(frozen=True)
class Draft:
    """A post before it is one. `fields` are the board's own, name → value.

    image: the path of the picture that stands for the post, "" for the first one in its text. publish_at: its hour
    (naive UTC), None for now. hour: the hour as it was typed, to show it again. series: the title of the writer's
    series that the post belongs to, "" for none.
    """

    title: str
    body: str
    category: str
    fields: Mapping[str, str]
    tags: tuple[str, ...] = ()
    image: str = ""
    hour: str = ""
    series: str = ""

    @property
    def publish_at(self) -> datetime | None:
        """The hour in `hour`, which is Seoul's; None for none, or for what is no time."""
        try:
            return clock.in_utc(datetime.fromisoformat(self.hour).replace(tzinfo=ZONE))
        except (ValueError, OverflowError):
            return None

    def as_content(self) -> dict[str, Any]:
        """As JSON, for a draft that is saved."""
        kept = {"title": self.title, "body": self.body, "category": self.category, "fields": dict(self.fields)}
        return kept | {"tags": list(self.tags), "image": self.image, "hour": self.hour, "series": self.series}


def from_form(board: Board) -> Draft:
    """The draft in the request's form."""
    return Draft(
        title=forms.text("title"),
        body=forms.multiline("body"),
        category=forms.text("category"),
        fields={own.name: forms.text(own.name) for own in board.fields},
        tags=tags.parse(forms.text("tags")),
        image=forms.text("image") if board.lead_image else "",
        hour=forms.text("publish_at") if board.scheduled else "",
        series=forms.text("series") if board.guides else "",
    )


def from_content(board: Board, content: Mapping[str, Any]) -> Draft:
    """A saved draft; fields that the board did not have then are empty."""
    own: Mapping[str, str] = content.get("fields", {})
    return Draft(
        title=content["title"],
        body=content["body"],
        category=content["category"],
        fields={field.name: own.get(field.name, "") for field in board.fields},
        tags=tuple(content.get("tags", ())),
        image=content.get("image", ""),
        hour=content.get("hour", ""),
        series=content.get("series", ""),
    )


def from_post(board: Board, post: AnyRow) -> Draft:
    """A post (a row of `reading.find_post`) as its form shows it; one statement for one of a series."""
    waits = reading.is_removed(post) and board.scheduled
    return Draft(
        title=post.title,
        body=post.body,
        category=post.category,
        fields={own.name: getattr(post, own.name) for own in board.fields},
        tags=tags.split(post.tags),
        image=post.image if board.lead_image else "",
        hour=i18n.local(post.published_at).strftime("%Y-%m-%dT%H:%M") if waits else "",
        series=series.title_of(board, post.series_id) if board.guides else "",
    )


def empty(board: Board, category: str = "") -> Draft:
    """A draft with nothing written yet, in `category` if the board has it."""
    chosen = category if category in board.category_titles else ""
    return Draft(title="", body="", category=chosen, fields={own.name: "" for own in board.fields})


def problems(board: Board, draft: Draft) -> dict[str, str]:
    """What is wrong: form field → message. Empty when the draft can be published."""
    found = {
        "title": _text_problem(draft.title, MAX_TITLE, "제목을 적어 주세요", "제목은 100자까지 쓸 수 있어요"),
        "category": "" if draft.category in board.category_titles else "분류를 골라 주세요",
        "body": _text_problem(draft.body, MAX_BODY, "내용을 적어 주세요", "내용은 50,000자까지 쓸 수 있어요"),
    }
    found |= {own.name: _field_problem(own, draft.fields.get(own.name, "")) for own in board.fields}
    found |= {
        "tags": tags.problem(draft.tags),
        "image": _image_problem(draft.image),
        "publish_at": _hour_problem(draft),
    }
    found |= {"series": _series_problem(draft.series)}
    return {name: message for name, message in found.items() if message}


def comment_problem(body: str, *, answer: bool = False) -> str:
    """What is wrong with a comment's (or an answer's) text; "" when nothing is."""
    if answer:
        return _text_problem(body, MAX_BODY, "답변을 적어 주세요", "답변은 50,000자까지 쓸 수 있어요")
    return _text_problem(body, MAX_COMMENT, "댓글을 적어 주세요", "댓글은 5,000자까지 쓸 수 있어요")


def is_too_long(board: Board, draft: Draft) -> bool:
    """Whether something in it is longer than the board can publish: not even a draft is kept of that."""
    values = [
        (draft.title, MAX_TITLE),
        (draft.body, MAX_BODY),
        (draft.category, 32),
        (draft.hour, 32),
        (draft.image, 300),
    ]
    values.append((draft.series, MAX_SERIES))
    values += [(draft.fields.get(own.name, ""), own.max_length) for own in board.fields]
    values += [(tag, tags.LONGEST) for tag in draft.tags]
    return len(draft.tags) > tags.MOST or any(len(text) > longest for text, longest in values)


def require_sound(board: Board, draft: Draft) -> None:
    """Invalid with every problem of the draft."""
    if found := problems(board, draft):
        raise Invalid(found)


def require_sound_comment(body: str, *, answer: bool) -> None:
    """Invalid if the comment cannot be published."""
    if found := comment_problem(body, answer=answer):
        raise Invalid({"body": found})


def has_unwritable(value: str) -> bool:
    """Whether there are characters in it that are not to be stored."""
    return _FORBIDDEN.search(value) is not None


def _text_problem(value: str, longest: int, missing: str, too_long: str) -> str:
    if _INVISIBLE.fullmatch(value):
        return missing
    if len(value) > longest:
        return too_long
    return UNWRITABLE if has_unwritable(value) else ""


def _field_problem(own: Field, value: str) -> str:
    if _INVISIBLE.fullmatch(value):
        return ("하나를 골라 주세요" if own.kind == "choice" else "꼭 적어야 하는 항목이에요") if own.required else ""
    if own.kind == "choice":
        return "" if value in own.choices else "하나를 골라 주세요"
    if len(value) > own.max_length:
        return "정해진 길이보다 길어요"
    if has_unwritable(value):
        return UNWRITABLE
    return "" if own.kind != "link" or _is_link(value) else "http:// 또는 https://로 시작하는 주소를 적어 주세요"


def _series_problem(title: str) -> str:
    if len(title) > MAX_SERIES:
        return "연재 이름은 80자까지 쓸 수 있어요"
    return UNWRITABLE if has_unwritable(title) else ""


def _image_problem(path: str) -> str:
    return "" if not path or images.is_own(path) else "여기에 올린 사진만 쓸 수 있어요"


def _hour_problem(draft: Draft) -> str:
    if not draft.hour:
        return ""
    at = draft.publish_at
    if at is None:
        return "날짜와 시각을 확인해 주세요"
    return "1년 안의 시각을 골라 주세요" if at > clock.naive_now() + FURTHEST else ""


def _is_link(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
