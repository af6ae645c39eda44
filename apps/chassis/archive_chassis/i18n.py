"""Translations. The source language is Korean; a package brings others as `locales/<language>.po`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask, Response, current_app, g, request

from archive_chassis.cookies import cookie
from archive_chassis.settings import Settings

DEFAULT = "ko"
LANGUAGES = ("ko", "en")
COOKIE = "archive_language"
COOKIE_DAYS = 365
ZONE = ZoneInfo("Asia/Seoul")

Translate = Callable[..., str]


def language() -> str:
    """The request's language: `?lang=`, else the cookie, else Korean."""
    try:
        return g.archive_language
    except (AttributeError, RuntimeError):
        return DEFAULT


def _(message: str, **values: object) -> str:
    """`message` in the request's language, with `{name}` filled in."""
    return translator(current_app, language())(message, **values)


def translator(app: Flask, chosen: str) -> Translate:
    """The translation function for one language of an app."""
    return app.extensions["archive_translators"][chosen]


def _translator(messages: dict[str, str]) -> Translate:
    def translate(message: str, **values: object) -> str:
        text = messages.get(message, message)
        return text.format(**values) if values else text

    return translate


def read_messages(packages: Iterable[str], chosen: str) -> dict[str, str]:
    """The translations of `chosen` in all `packages`; a later package wins over an earlier one."""
    messages: dict[str, str] = {}
    for package in packages:
        source = files(package) / "locales" / f"{chosen}.po"
        if source.is_file():
            with source.open("rb") as opened:
                catalog = read_po(opened, locale=chosen)
            messages.update({str(m.id): str(m.string) for m in catalog if m.id and m.string})
    return messages


def install(app: Flask, settings: Settings, packages: Iterable[str]) -> None:
    """Load the packages' translations and find out each request's language."""
    packages = tuple(packages)
    app.extensions["archive_translators"] = {
        chosen: _translator({} if chosen == DEFAULT else read_messages(packages, chosen)) for chosen in LANGUAGES
    }

    def choose() -> None:
        asked = request.args.get("lang") if request.query_string else None
        if asked in LANGUAGES:
            g.archive_language = g.archive_new_language = asked
            return
        kept = cookie(COOKIE)
        g.archive_language = kept if kept in LANGUAGES else DEFAULT

    def remember(response: Response) -> Response:
        chosen = g.get("archive_new_language")
        if chosen and not response.cache_control.public:  # what anybody may keep is nobody's choice
            response.set_cookie(
                COOKIE, chosen, max_age=COOKIE_DAYS * 86_400, samesite="Lax", secure=settings.secure_cookies
            )
        return response

    app.before_request(choose)
    app.after_request(remember)


def local(at: datetime) -> datetime:
    """A naive or aware UTC time in Seoul."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZONE)


def formatters(chosen: str) -> dict[str, Callable[[Any], str]]:
    """Jinja filters for one language: `datetime`, `date`, `number`, `iso`."""
    pattern = "yyyy. M. d. HH:mm" if chosen == "ko" else "d MMM yyyy, HH:mm"
    day = "yyyy. M. d." if chosen == "ko" else "d MMM yyyy"

    @lru_cache(maxsize=4096)
    def at_minute(minute: datetime, shape: str) -> str:
        return format_datetime(minute, shape, locale=chosen)

    @lru_cache(maxsize=4096)
    def shown(at: datetime, shape: str) -> str:
        return at_minute(local(at).replace(second=0, microsecond=0, tzinfo=None), shape)

    @lru_cache(maxsize=4096)
    def number(value: int) -> str:
        return format_decimal(value, locale=chosen)

    return {
        "datetime": lambda at: shown(at, pattern),
        "date": lambda at: shown(at, day),
        "number": number,
        "iso": iso,
    }


@lru_cache(maxsize=4096)
def iso(at: datetime) -> str:
    """ISO 8601 in UTC to the second, for `<time datetime>` and feeds."""
    return (at if at.tzinfo is None else at.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
