"""Register, the link in the mail, and the mail again."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth.routes.requests import address, user_agent
from archive_auth.routes.session import logged_in
from archive_auth.services import registering
from archive_auth.settings import settings
from archive_chassis import forms, i18n
from archive_chassis.i18n import _
from archive_chassis.templating import notice, render

pages = Blueprint("joining", __name__)


@pages.after_request
def keep_links_secret(response: Response) -> Response:
    """The address of a page may hold a token: it is never sent along. ("no-referrer" would take Origin from forms.)"""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@pages.get("/register")
def register_form() -> ResponseReturnValue:
    return render("joining/register.html", nickname="", email="", agreed=False, errors={})


@pages.post("/register")
def register() -> ResponseReturnValue:
    form = registering.Form(
        nickname=forms.text("nickname"),
        email=forms.text("email"),
        password=forms.secret("password"),
        agreed=forms.checked("agreed"),
    )
    forms.show_again("joining/register.html", nickname=form.nickname, email=form.email, agreed=form.agreed)
    registering.register(form, language=i18n.language(), address=address())
    return redirect(f"{settings().path}/register/sent", 303)


@pages.get("/register/sent")
def sent() -> ResponseReturnValue:
    return render("joining/sent.html")


@pages.get("/register/resend")
def resend_form() -> ResponseReturnValue:
    return render("joining/resend.html", errors={})


@pages.post("/register/resend")
def resend() -> ResponseReturnValue:
    registering.resend(forms.text("email"), address=address())
    return redirect(f"{settings().path}/register/sent", 303)


@pages.get("/register/finish")
def finish_form() -> ResponseReturnValue:
    """Opening a link changes nothing: mail scanners open links too."""
    token = request.args.get("token", "")
    waiting = registering.waiting(token, address=address())
    return render("joining/finish.html", token=token, nickname=waiting.nickname, errors={})


@pages.post("/register/finish")
def finish() -> ResponseReturnValue:
    token = forms.text("token")
    forms.show_again("joining/finish.html", token=token, nickname=forms.text("nickname"))
    granted = registering.finish(token, forms.secret("password"), address=address(), user_agent=user_agent())
    notice("success", _("가입을 마쳤어요. 반가워요!"))
    return logged_in(granted, "/")


@pages.post("/register/cancel")
def cancel() -> ResponseReturnValue:
    registering.cancel(forms.text("token"), address=address())
    notice("info", _("가입 신청을 취소했어요"))
    return redirect(f"{settings().path}/register", 303)
