"""The small page on which a member reports a post or a comment."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_boards import writers
from archive_boards.board import this_board
from archive_boards.moderation import reports, subjects
from archive_boards.moderation.subjects import Subject
from archive_boards.pages.shared import show, to_post
from archive_boards.tables import COMMENT, POST
from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.identity import login_required
from archive_chassis.templating import notice

blueprint = Blueprint("reports", __name__)


@blueprint.get("/<int:post_id>/report")
@login_required
def about_post(post_id: int) -> ResponseReturnValue:
    return _ask(POST, post_id)


@blueprint.post("/<int:post_id>/report")
@login_required
def report_post(post_id: int) -> ResponseReturnValue:
    return _file(POST, post_id)


@blueprint.get("/comments/<int:comment_id>/report")
@login_required
def about_comment(comment_id: int) -> ResponseReturnValue:
    return _ask(COMMENT, comment_id)


@blueprint.post("/comments/<int:comment_id>/report")
@login_required
def report_comment(comment_id: int) -> ResponseReturnValue:
    return _file(COMMENT, comment_id)


def _ask(kind: str, subject_id: int) -> ResponseReturnValue:
    board = this_board()
    subject = subjects.find(board, kind, subject_id)
    reports.require_reportable(writers.acting(board), subject)
    return show("boards/moderation/report.html", **_form(subject), errors={})


def _file(kind: str, subject_id: int) -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    subject = subjects.find(board, kind, subject_id)
    form = _form(subject, forms.text("reason"), forms.multiline("note"))
    forms.show_again("boards/moderation/report.html", board=board, **form)
    if reports.file(board, writer, kind, subject_id, form["reason"], form["note"]):
        notice("success", _("신고를 받았어요. 운영진이 살펴볼게요"))
    else:
        notice("info", _("이미 신고했어요. 운영진이 살펴보고 있어요"))
    return to_post(subject.post_id, f"#comment-{subject_id}" if kind == COMMENT else "")


def _form(subject: Subject, reason: str = "", note: str = "") -> dict[str, Any]:
    """What `report.html` shows."""
    return {
        "subject": subject,
        "reasons": [(key, _(title)) for key, title in reports.REASONS.items()],
        "reason": reason,
        "note": note,
        "longest": reports.MAX_NOTE,
    }
