"""What the pages' routes share: rendering a board's template, leading to a post, reading ids, naming forms."""

from __future__ import annotations

import secrets
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from archive_boards import announce
from archive_boards.board import this_board
from archive_chassis import forms
from archive_chassis.errors import Invalid
from archive_chassis.holes import Hole
from archive_chassis.templating import render
from archive_chassis.typed import whole_number


def show(template: str, **values: Any) -> str:
    """Render one of the board's templates."""
    return render(template, board=this_board(), **values)


def to_post(post_id: int, anchor: str = "") -> ResponseReturnValue:
    """Send the browser to a post's page."""
    return redirect(f"{announce.board_path()}/{post_id}{anchor}", 303)


def to_board(rest: str = "/") -> ResponseReturnValue:
    """Send the browser to another page of the board."""
    return redirect(announce.board_path() + rest, 303)


#: A name for a form, so that the same form sent twice is known as such.
new_submission = Hole("submission", lambda _argument: secrets.token_urlsafe(16))


def submission() -> str:
    """The name in the form that was sent, or a new one: a program's form need not have any."""
    return forms.text("submission")[:64] or new_submission()


def optional_id(name: str) -> int | None:
    """An id in a form's field; None for none. Invalid for what is no id."""
    text = forms.text(name)
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise Invalid({"": "페이지를 새로 고친 뒤 다시 시도해 주세요"})
    return number


def after() -> int:
    """The thread that a page of comments begins after."""
    number = whole_number(request.args.get("after", "0"))
    if number is None:
        raise Invalid({"after": "페이지 주소가 올바르지 않아요. 목록에서 다시 시작해 주세요"})
    return number
