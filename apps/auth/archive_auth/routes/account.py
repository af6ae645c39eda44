"""My page: profile, security, devices, account."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue

from archive_auth import cookies
from archive_auth.services import accounts, avatars, devices, sessions
from archive_auth.settings import settings
from archive_chassis import forms, i18n
from archive_chassis.i18n import _
from archive_chassis.templating import notice, render

pages = Blueprint("account", __name__, url_prefix="/me")


def _announce(template: str) -> dict[str, Any]:
    """What every page here shows; the form is shown again if the service refuses."""
    account, sid = accounts.own_account()
    values: dict[str, Any] = {
        "account": account,
        "avatar_path": sessions.avatar_path(account.avatar),
        "sid": sid,
        "nickname": account.nickname,
        "email": "",
    }
    forms.show_again(template, **values)
    return values


def _done(text: str, rest: str, granted: sessions.Grant | None = None) -> ResponseReturnValue:
    notice("success", text)
    response = make_response(redirect(settings().path + rest, 303))
    if granted is not None:
        cookies.give(response, granted)
    return response


@pages.get("")
def profile() -> ResponseReturnValue:
    return render("account/profile.html", errors={}, **_announce("account/profile.html"))


@pages.post("/nickname")
def rename() -> ResponseReturnValue:
    nickname = forms.text("nickname")
    forms.show_again("account/profile.html", **_announce("account/profile.html") | {"nickname": nickname})
    return _done(_("닉네임을 바꿨어요"), "/me", accounts.rename(nickname))


@pages.post("/avatar")
def change_avatar() -> ResponseReturnValue:
    _announce("account/profile.html")
    upload = request.files.get("avatar")
    data = upload.stream.read(avatars.MAX_BYTES + 1) if upload else b""
    return _done(_("프로필 사진을 바꿨어요"), "/me", accounts.change_avatar(data))


@pages.post("/avatar/remove")
def remove_avatar() -> ResponseReturnValue:
    return _done(_("프로필 사진을 지웠어요"), "/me", accounts.change_avatar(None))


@pages.get("/security")
def security() -> ResponseReturnValue:
    return render("account/security.html", errors={}, **_announce("account/security.html"))


@pages.post("/password")
def change_password() -> ResponseReturnValue:
    _announce("account/security.html")
    accounts.change_password(forms.secret("current_password"), forms.secret("new_password"))
    return _done(_("비밀번호를 바꿨어요. 다른 기기에서는 로그아웃됐어요"), "/me/security")


@pages.post("/email")
def change_email() -> ResponseReturnValue:
    email = forms.text("email")
    forms.show_again("account/security.html", **_announce("account/security.html") | {"email": email})
    accounts.ask_email_change(email, forms.secret("email_password"))
    return _done(_("새 주소로 확인 메일을 보냈어요. 메일의 링크를 열면 이메일이 바뀌어요"), "/me/security")


@pages.get("/devices")
def list_devices() -> ResponseReturnValue:
    values = _announce("account/devices.html")
    listed = sessions.devices(values["account"].id)
    return render("account/devices.html", devices=listed, label=devices.label, **values)


@pages.post("/devices/<sid>/end")
def end_device(sid: str) -> ResponseReturnValue:
    account, _own = accounts.own_account()
    sessions.end_one(account.id, sid)
    return _done(_("그 기기에서 로그아웃했어요"), "/me/devices")


@pages.post("/devices/end")
def end_everywhere() -> ResponseReturnValue:
    accounts.log_out_everywhere()
    notice("success", _("모든 기기에서 로그아웃했어요"))
    response = make_response(redirect(f"{settings().path}/login", 303))
    cookies.leave(response)
    return response


@pages.get("/account")
def account_settings() -> ResponseReturnValue:
    return render("account/account.html", errors={}, **_announce("account/account.html"))


@pages.post("/language")
def change_language() -> ResponseReturnValue:
    _announce("account/account.html")
    language = forms.text("language")
    accounts.change_language(language)
    return _done(i18n.translator(current_app, language)("언어를 바꿨어요"), f"/me/account?lang={language}")


@pages.get("/export")
def export() -> ResponseReturnValue:
    body = json.dumps(accounts.export(), ensure_ascii=False, indent=2)
    response = Response(body + "\n", content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="game-archive-account.json"'
    return response


@pages.post("/delete")
def delete() -> ResponseReturnValue:
    _announce("account/account.html")
    accounts.delete_account(forms.secret("delete_password"))
    notice("info", _("탈퇴가 끝났어요. 그동안 함께해 주셔서 고맙습니다"))
    response = make_response(redirect("/", 303))
    cookies.leave(response)
    return response
