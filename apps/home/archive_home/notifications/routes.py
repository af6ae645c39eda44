"""The pages of a member's notifications, and the number that the bell of every page asks for."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.identity import login_required, require_member
from archive_chassis.pagination import Cursor
from archive_chassis.templating import notice, path, render
from archive_chassis.typed import whole_number
from archive_home import boards
from archive_home.notifications import reading, settings
from archive_home.notifications.tables import KINDS
from archive_home.notifications.words import KIND_WORDS

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")


@blueprint.get("")
@login_required
def show_newest() -> ResponseReturnValue:
    member = require_member()
    cursor = Cursor.decode(request.args.get("cursor"), 1)
    return render(
        "notifications.html",
        page=reading.newest(member.id, cursor),
        first=cursor is None,
        unread=reading.unread(member.id),
        titles=boards.titles(),
    )


@blueprint.get("/unread")
@login_required
def count_unread() -> ResponseReturnValue:
    return jsonify(unread=reading.unread(require_member().id))


@blueprint.get("/<int(max=9223372036854775807):notification_id>")
@login_required
def open_one(notification_id: int) -> ResponseReturnValue:
    """What it is about; it counts as read from now on."""
    return redirect(reading.open_one(require_member().id, notification_id), 303)


@blueprint.post("/read")
@login_required
def mark_all() -> ResponseReturnValue:
    reading.mark_all(require_member().id, _up_to())
    notice("success", _("모두 읽은 것으로 했어요"))
    return redirect(path("home", "/notifications"), 303)


def _up_to() -> int:
    """The newest notification that the form's page showed; 0 for what is no number."""
    return whole_number(forms.text("up_to")) or 0


@blueprint.get("/settings")
@login_required
def show_settings() -> ResponseReturnValue:
    return render("notification_settings.html", kinds=KIND_WORDS, wanted=settings.wanted(require_member().id))


@blueprint.post("/settings")
@login_required
def choose() -> ResponseReturnValue:
    settings.choose(require_member().id, [kind for kind in KINDS if forms.checked(kind)])
    notice("success", _("알림 설정을 저장했어요"))
    return redirect(path("home", "/notifications/settings"), 303)
