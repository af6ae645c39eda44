"""The mails: plain text, in the reader's language. Each says why it came and what to do if one did not ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from archive_auth.settings import settings
from archive_chassis import i18n, mail
from archive_chassis.database import session


@dataclass(frozen=True)
class Reader:
    """Whom a mail is for."""

    email: str
    nickname: str
    language: str


def link(rest: str) -> str:
    """An absolute address on this service."""
    return f"{settings().public_url}{settings().path}{rest}"


def finish_registration(reader: Reader, token: str) -> None:
    """The link that completes a registration."""
    _ = _translator(reader)
    _send(
        reader,
        _("가입을 마쳐 주세요"),
        _("‘{nickname}’ 닉네임으로 가입을 신청하셨어요.", nickname=reader.nickname),
        _("아래 주소를 열고 가입할 때 정한 비밀번호를 입력하면 가입이 끝나요. 24시간 안에 한 번만 쓸 수 있어요."),
        link(f"/register/finish?token={token}"),
        _("가입을 신청한 적이 없다면 이 메일을 무시해 주세요. 아무 일도 일어나지 않아요."),
    )


def already_member(reader: Reader) -> None:
    """Somebody tried to register with a member's address; the page did not tell them so."""
    _ = _translator(reader)
    _send(
        reader,
        _("이미 가입한 이메일이에요"),
        _("이 이메일 주소로 새 가입 신청이 들어왔지만, 이미 ‘{nickname}’ 회원의 주소예요.", nickname=reader.nickname),
        _("직접 신청했다면 아래 주소에서 로그인하거나 비밀번호를 다시 정해 주세요."),
        link("/login"),
        link("/reset"),
        _("신청한 적이 없다면 이 메일을 무시해 주세요. 계정은 안전해요."),
    )


def reset_password(reader: Reader, token: str) -> None:
    """The link that sets a new password."""
    _ = _translator(reader)
    _send(
        reader,
        _("비밀번호를 다시 정해 주세요"),
        _("‘{nickname}’ 계정의 비밀번호를 다시 정하려면 아래 주소를 열어 주세요.", nickname=reader.nickname),
        _("1시간 안에 한 번만 쓸 수 있어요."),
        link(f"/reset/new?token={token}"),
        _("요청한 적이 없다면 이 메일을 무시해 주세요. 비밀번호는 그대로예요."),
    )


def password_changed(reader: Reader) -> None:
    """A notice after the fact, so that a member learns of somebody else's change."""
    _ = _translator(reader)
    _send(
        reader,
        _("비밀번호가 바뀌었어요"),
        _("‘{nickname}’ 계정의 비밀번호가 바뀌었고, 다른 기기에서는 로그아웃됐어요.", nickname=reader.nickname),
        _("직접 바꾸지 않았다면 아래 주소에서 바로 비밀번호를 다시 정해 주세요."),
        link("/reset"),
    )


def confirm_email(reader: Reader, token: str) -> None:
    """To the new address."""
    _ = _translator(reader)
    _send(
        reader,
        _("새 이메일을 확인해 주세요"),
        _("‘{nickname}’ 계정의 이메일을 이 주소로 바꾸려면 아래 주소를 열어 주세요.", nickname=reader.nickname),
        _("24시간 안에 한 번만 쓸 수 있어요."),
        link(f"/email/confirm?token={token}"),
        _("요청한 적이 없다면 이 메일을 무시해 주세요. 아무 일도 일어나지 않아요."),
    )


def email_in_use(reader: Reader) -> None:
    """To a member whose address another member wants to change to."""
    _ = _translator(reader)
    _send(
        reader,
        _("이미 가입한 이메일이에요"),
        _(
            "다른 계정의 이메일을 이 주소로 바꾸려는 요청이 있었지만, 이미 ‘{nickname}’ 회원의 주소예요.",
            nickname=reader.nickname,
        ),
        _("요청한 적이 없다면 이 메일을 무시해 주세요. 계정은 안전해요."),
    )


def email_change_asked(reader: Reader) -> None:
    """To the old address, before."""
    _ = _translator(reader)
    _send(
        reader,
        _("이메일을 바꾸려는 요청이 있었어요"),
        _("‘{nickname}’ 계정의 이메일을 다른 주소로 바꾸려는 요청이 있었어요.", nickname=reader.nickname),
        _("직접 요청하지 않았다면 누군가 비밀번호를 아는 거예요. 아래 주소에서 바로 비밀번호를 다시 정해 주세요."),
        link("/reset"),
    )


def email_changed(reader: Reader) -> None:
    """To the old address, after."""
    _ = _translator(reader)
    _send(
        reader,
        _("이메일이 바뀌었어요"),
        _(
            "‘{nickname}’ 계정의 이메일이 새 주소로 바뀌었어요. 이제 이 주소로는 메일을 보내지 않아요.",
            nickname=reader.nickname,
        ),
    )


def api_token_made(reader: Reader, name: str) -> None:
    """A notice after the fact: with the token, a program may do what the member may."""
    _ = _translator(reader)
    _send(
        reader,
        _("새 API 토큰을 만들었어요"),
        _("‘{nickname}’ 계정에 ‘{name}’ API 토큰이 생겼어요.", nickname=reader.nickname, name=name),
        _("직접 만들지 않았다면 누군가 비밀번호를 아는 거예요. 아래 주소에서 바로 비밀번호를 다시 정해 주세요."),
        link("/reset"),
    )


def suspended(reader: Reader, reason: str) -> None:
    """Why a member cannot log in any more."""
    _ = _translator(reader)
    _send(
        reader,
        _("계정 이용이 정지됐어요"),
        _("‘{nickname}’ 계정의 이용이 정지됐어요. 로그인하면 정지 기간을 볼 수 있어요.", nickname=reader.nickname),
        _("사유: {reason}", reason=reason),
    )


def farewell(reader: Reader) -> None:
    """The last mail to a member who has left."""
    _ = _translator(reader)
    _send(
        reader,
        _("탈퇴가 끝났어요"),
        _("‘{nickname}’ 계정과 개인 정보를 지웠어요. 그동안 함께해 주셔서 고맙습니다.", nickname=reader.nickname),
    )


def _translator(reader: Reader) -> i18n.Translate:
    known = reader.language if reader.language in i18n.LANGUAGES else i18n.DEFAULT
    return i18n.translator(current_app, known)


def _send(reader: Reader, subject: str, *paragraphs: str) -> None:
    _ = _translator(reader)
    site = _("게임 아카이브")
    body = "\n\n".join((*paragraphs, "--", f"{site}\n{settings().public_url}/"))
    mail.enqueue(session(), reader.email, f"[{site}] {subject}", body + "\n")
