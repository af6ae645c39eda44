"""The moderators' pages: what waits, what is done with one post or comment, the log, and one member in all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from archive_boards import announce, writers
from archive_boards.board import this_board
from archive_boards.moderation import actions, bulk, log, queue, subjects
from archive_boards.moderation.actions import Order
from archive_boards.pages.shared import optional_id, show, to_board, to_post
from archive_boards.tables import COMMENT, POST
from archive_chassis import forms
from archive_chassis.errors import Invalid, NotFound
from archive_chassis.i18n import _
from archive_chassis.identity import login_required
from archive_chassis.pagination import Cursor, Page
from archive_chassis.templating import notice
from archive_chassis.typed import whole_number

blueprint = Blueprint("moderation", __name__)

MEMBER_PAGE = "boards/moderation/member.html"

_KINDS = {"posts": POST, "comments": COMMENT}
#: What the next page says after an action.
_DONE = {
    "dismiss": "신고를 닫았어요",
    "hide": "숨겼어요",
    "unhide": "다시 보이게 했어요",
    "delete": "삭제했어요",
    "lock": "글을 잠갔어요",
    "unlock": "잠금을 풀었어요",
    "move": "분류를 옮겼어요",
    "approve": "보류를 풀었어요",
    "reject": "숨겼어요",
}


@blueprint.get("/moderation")
@login_required
def reported() -> ResponseReturnValue:
    board = this_board()
    writers.require_moderator(board)
    cursor = Cursor.decode(request.args.get("cursor"), 1)
    found = queue.reported(board, cursor)
    return _show("queue.html", "reports", cases=found.rows, waiting=queue.waiting(board), **_links("", found, cursor))


@blueprint.get("/moderation/held")
@login_required
def held() -> ResponseReturnValue:
    board = this_board()
    writers.require_moderator(board)
    cursor = Cursor.decode(request.args.get("cursor"), 3)
    found = queue.held(board, cursor)
    return _show("held.html", "held", cards=found.rows, waiting=queue.waiting(board), **_links("/held", found, cursor))


@blueprint.get("/moderation/log")
@login_required
def show_log() -> ResponseReturnValue:
    """What was done; `?member=`, `?moderator=` and `?action=` narrow it."""
    board = this_board()
    writers.require_moderator(board)
    cursor = Cursor.decode(request.args.get("cursor"), 1)
    wanted = log.Wanted(_number("member"), _number("moderator"), request.args.get("action") or None)
    found = log.entries(board, wanted, cursor)
    narrowing = {"member": wanted.member, "moderator": wanted.moderator, "action": wanted.action}
    query = "".join(f"{name}={value}&" for name, value in narrowing.items() if value is not None)
    return _show(
        "log.html",
        "log",
        rows=found.rows,
        cards=subjects.cards(board, [(row.subject, row.subject_id) for row in found.rows], with_text=False),
        given_back=log.given_back(board, [row.id for row in found.rows]),
        wanted=wanted,
        waiting=queue.waiting(board),
        **_links("/log", found, cursor, query),
    )


@blueprint.get("/moderation/<any(posts, comments):kinds>/<int:subject_id>")
@login_required
def desk(kinds: str, subject_id: int) -> ResponseReturnValue:
    """One post or comment with its open reports, what was done with it, and what can be done."""
    board = this_board()
    writers.require_moderator(board)
    key = _KINDS[kinds], subject_id
    card = subjects.cards(board, [key]).get(key)
    if card is None:
        raise NotFound
    return _show("desk.html", "", card=card, case=queue.of_subject(board, card), rows=log.of_subject(board, *key))


@blueprint.post("/moderation/<any(posts, comments):kinds>/<int:subject_id>")
@login_required
def act(kinds: str, subject_id: int) -> ResponseReturnValue:
    board = this_board()
    moderator = writers.require_moderator(board)
    order = Order(
        action=forms.text("action"),
        standing=forms.text("standing"),
        revision=optional_id("revision"),
        reports=optional_id("reports"),
        category=forms.text("category"),
        category_seen=forms.text("category_seen"),
        reason=forms.text("reason"),
        trust=forms.checked("trust"),
    )
    subject = actions.act(board, moderator, _KINDS[kinds], subject_id, order)
    notice("success", _(_DONE[order.action]))
    back = forms.text("back")
    if back == "post":
        return to_post(subject.post_id, f"#comment-{subject_id}" if subject.kind == COMMENT else "")
    return to_board({"held": "/moderation/held", "desk": f"/moderation/{kinds}/{subject_id}"}.get(back, "/moderation"))


@blueprint.post("/<int:post_id>/history/<int:number>/erase")
@login_required
def erase_of_post(post_id: int, number: int) -> ResponseReturnValue:
    return _erase(POST, post_id, number, f"/{post_id}/history")


@blueprint.post("/comments/<int:comment_id>/history/<int:number>/erase")
@login_required
def erase_of_comment(comment_id: int, number: int) -> ResponseReturnValue:
    return _erase(COMMENT, comment_id, number, f"/comments/{comment_id}/history")


@blueprint.get("/moderation/members/<int:member_id>")
@login_required
def member(member_id: int) -> ResponseReturnValue:
    """What one member did since `?span=`, to be taken back in all."""
    writers.require_moderator(this_board())
    span = request.args.get("span", "day")
    return show(MEMBER_PAGE, **_of_member(member_id, span, bulk.since(span)), errors={})


@blueprint.post("/moderation/members/<int:member_id>")
@login_required
def take(member_id: int) -> ResponseReturnValue:
    """Take back some batches; where something is left, the page that follows has a button to go on."""
    board = this_board()
    moderator = writers.require_moderator(board)
    span, reason = forms.text("span") or "day", forms.text("reason")
    begin = _time("begin") or bulk.since(span)
    forms.show_again(MEMBER_PAGE, board=board, **_of_member(member_id, span, begin, reason))
    if not forms.checked("sure"):
        raise Invalid({"sure": "되돌릴 것을 확인했다고 표시해 주세요"})
    left = bulk.take(board, moderator, member_id, begin, reason)
    if left:
        return show(MEMBER_PAGE, **_of_member(member_id, span, begin, reason) | {"left": left}, errors={})
    notice("success", _("한꺼번에 되돌렸어요"))
    return to_board(f"/moderation/members/{member_id}")


@blueprint.post("/moderation/log/<int:row_id>/give-back")
@login_required
def give_back(row_id: int) -> ResponseReturnValue:
    board = this_board()
    member_id = bulk.give_back(board, writers.require_moderator(board), row_id)
    notice("success", _("되돌린 것을 다시 살렸어요"))
    return to_board(f"/moderation/members/{member_id}")


def _of_member(member_id: int, span: str, begin: datetime, reason: str = "") -> dict[str, Any]:
    """What `member.html` shows; three statements."""
    board = this_board()
    rows = log.of_subject(board, log.MEMBER, member_id)
    return _shared("") | {
        "member_id": member_id,
        "found": bulk.look(board, member_id, begin),
        "span": span,
        "begin": begin.isoformat(),
        "reason": reason,
        "left": 0,
        "rows": rows,
        "given_back": log.given_back(board, [row.id for row in rows]),
    }


def _erase(kind: str, subject_id: int, number: int, back: str) -> ResponseReturnValue:
    board = this_board()
    actions.erase(board, writers.require_moderator(board), kind, subject_id, number)
    notice("success", _("그 판의 내용을 지웠어요"))
    return to_board(back)


def _show(template: str, tab: str, **values: Any) -> str:
    return show(f"boards/moderation/{template}", **_shared(tab) | values)


def _shared(tab: str) -> dict[str, Any]:
    """What every page for moderators needs. `tab` is the current one of the tabs, "" for a page below them."""
    return {"tab": tab, "titles": log.TITLES, "waiting": None}


def _links(rest: str, found: Page[Any], cursor: Cursor | None, query: str = "") -> dict[str, str | None]:
    """The links from a page at /moderation and `rest` to its neighbours."""
    start = f"{announce.board_path()}/moderation{rest}?{query}"
    return {
        "first": start if cursor else None,
        "previous": f"{start}cursor={found.previous}" if found.previous else None,
        "next": f"{start}cursor={found.next}" if found.next else None,
    }


def _number(name: str) -> int | None:
    """An id in the address; None for none. NotFound for what is no id."""
    text = request.args.get(name, "")
    number = whole_number(text)
    if text and number is None:
        raise NotFound
    return number


def _time(name: str) -> datetime | None:
    """A time (naive UTC) in a form's field; None for none. Invalid for what is no time."""
    try:
        return datetime.fromisoformat(forms.text(name)).replace(tzinfo=None) if forms.text(name) else None
    except ValueError:
        raise Invalid({"": "페이지를 새로 고친 뒤 다시 시도해 주세요"}) from None
