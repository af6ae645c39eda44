"""For moderators and admins: members, suspensions, roles, the audit log."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth.services import audit, members, sessions
from archive_auth.settings import settings
from archive_chassis import clock, forms
from archive_chassis.i18n import _
from archive_chassis.pagination import Page
from archive_chassis.templating import notice, render

pages = Blueprint("administration", __name__, url_prefix="/admin")


@pages.get("")
@pages.get("/members")
def list_members() -> ResponseReturnValue:
    search = " ".join(request.args.get("q", "").split())
    return _list(search, members.listed(search, request.args.get("cursor")))


@pages.post("/members")
def find_members() -> ResponseReturnValue:
    """Look for what was typed. An e-mail address gets into no address of a page: logs and histories keep those."""
    members.staff()
    search = forms.text("q")
    if "@" not in search:
        return redirect(f"{settings().path}/admin/members?{urlencode({'q': search})}", 303)
    found = members.with_address(search)
    return _list(search, Page(found.rows, previous=None, next=None))


def _list(search: str, page: Page[Any]) -> ResponseReturnValue:
    return render(
        "staff/members.html",
        search=search,
        page=page,
        now=clock.naive_now(),
        actor=members.staff(),
        avatar_path=sessions.avatar_path,
    )


@pages.get("/members/<int:member_id>")
def member(member_id: int) -> ResponseReturnValue:
    return render("staff/member.html", errors={}, **_announce(member_id))


def _announce(member_id: int) -> dict[str, object]:
    found = members.look(member_id)
    values: dict[str, object] = {
        "found": found,
        "avatar_path": sessions.avatar_path(found.avatar),
        "actor": members.staff(),
        "suspended": found.is_suspended(clock.naive_now()),
        "terms": tuple(members.TERMS),
        "max_reason": members.MAX_REASON,
        "term": "7",
        "reason": "",
        "entries": audit.entries(None, member_id).rows,
    }
    return values


def _back(member_id: int, text: str) -> ResponseReturnValue:
    notice("success", text)
    return redirect(f"{settings().path}/admin/members/{member_id}", 303)


@pages.post("/members/<int:member_id>/suspend")
def suspend(member_id: int) -> ResponseReturnValue:
    term, reason = forms.text("term"), forms.multiline("reason")
    forms.show_again("staff/member.html", **_announce(member_id) | {"term": term, "reason": reason})
    members.suspend(member_id, term, reason)
    return _back(member_id, _("이용을 정지했어요"))


@pages.post("/members/<int:member_id>/lift")
def lift(member_id: int) -> ResponseReturnValue:
    members.lift(member_id)
    return _back(member_id, _("정지를 풀었어요"))


@pages.post("/members/<int:member_id>/role")
def change_role(member_id: int) -> ResponseReturnValue:
    forms.show_again("staff/member.html", **_announce(member_id))
    members.change_role(member_id, forms.text("role"))
    return _back(member_id, _("역할을 바꿨어요"))


@pages.get("/audit")
def audit_log() -> ResponseReturnValue:
    members.staff()
    return render("staff/audit.html", page=audit.entries(request.args.get("cursor")))
