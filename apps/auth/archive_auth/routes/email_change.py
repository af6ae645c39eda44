"""The link that a new e-mail address is confirmed with."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth.routes.joining import keep_links_secret
from archive_auth.routes.requests import address
from archive_auth.services import accounts
from archive_auth.settings import settings
from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.templating import notice, render

pages = Blueprint("email_change", __name__)
pages.after_request(keep_links_secret)


@pages.get("/email/confirm")
def confirm_form() -> ResponseReturnValue:
    token = request.args.get("token", "")
    opened = accounts.look_at_email_change(token, address=address())
    return render("joining/confirm_email.html", token=token, nickname=opened.member.nickname, email=opened.email)


@pages.post("/email/confirm")
def confirm() -> ResponseReturnValue:
    accounts.confirm_email_change(forms.text("token"), address=address())
    notice("success", _("이메일을 바꿨어요"))
    return redirect(f"{settings().path}/me/security", 303)
