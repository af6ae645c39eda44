"""A forgotten password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth import cookies
from archive_auth.routes.joining import keep_links_secret
from archive_auth.routes.requests import address
from archive_auth.services import resets
from archive_auth.settings import settings
from archive_chassis import forms
from archive_chassis.i18n import _
from archive_chassis.templating import notice, render

pages = Blueprint("resetting", __name__)
pages.after_request(keep_links_secret)


@pages.get("/reset")
def ask_form() -> ResponseReturnValue:
    return render("joining/reset.html", errors={})


@pages.post("/reset")
def ask() -> ResponseReturnValue:
    resets.ask(forms.text("email"), address=address())
    return redirect(f"{settings().path}/reset/sent", 303)


@pages.get("/reset/sent")
def sent() -> ResponseReturnValue:
    return render("joining/reset_sent.html")


@pages.get("/reset/new")
def new_password_form() -> ResponseReturnValue:
    token = request.args.get("token", "")
    nickname = resets.look(token, address=address())
    return render("joining/new_password.html", token=token, nickname=nickname, errors={})


@pages.post("/reset/new")
def new_password() -> ResponseReturnValue:
    token = forms.text("token")
    forms.show_again("joining/new_password.html", token=token, nickname=forms.text("nickname"))
    resets.set_password(token, forms.secret("new_password"), address=address())
    notice("success", _("새 비밀번호를 정했어요. 새 비밀번호로 로그인해 주세요"))
    response = make_response(redirect(f"{settings().path}/login", 303))
    cookies.clear(response)
    return response
