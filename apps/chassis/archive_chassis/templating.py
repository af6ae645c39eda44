"""Rendering. One Jinja environment per language, so that `_` is a plain function in templates and macros alike."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from flask import Flask, current_app, flash, get_flashed_messages, request, session
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from archive_chassis import assets, clock, csrf, i18n
from archive_chassis.cookies import cookie
from archive_chassis.holes import Hole
from archive_chassis.identity import current_member, session_expires
from archive_chassis.settings import Settings

THEMES = ("light", "dark")
THEME_COOKIE = "archive_theme"


@dataclass(frozen=True)
class SiteEntry:
    """A service as the navigation shows it."""

    name: str
    title: str
    path: str


def theme() -> str:
    """The theme that this browser chose; "" for none."""
    chosen = cookie(THEME_COOKIE)
    return chosen if chosen in THEMES else ""


def render(template: str, **values: Any) -> str:
    """Render a template in the request's language, with what the layout needs."""
    app = current_app
    environment: Environment = app.extensions["archive_templates"][i18n.language()]
    return environment.get_template(template).render(
        member=current_member(),
        reader=_reader,
        current_path=request.root_path + request.path,
        theme=theme(),
        messages=_flashed(),
        year=clock.now().year,
        **values,
    )


@dataclass(frozen=True)
class _Reader:
    """What a page has of the member who reads it; each a hole in a page for all."""

    number: Hole
    name: Hole
    session_expires: Hole


def _name(_argument: str) -> str:
    """The member's avatar and name, as they head the menu."""
    member = current_member()
    return _name_of(member.nickname, member.avatar) if member else ""


@lru_cache(maxsize=1024)
def _name_of(nickname: str, avatar: str) -> Markup:
    environment: Environment = current_app.extensions["archive_templates"][i18n.language()]
    macros: Any = environment.get_template("macros/ui.html").module
    return Markup('{}<span class="menu__name">{}</span>').format(macros.avatar(nickname, avatar, "small"), nickname)


def _expires(_argument: str) -> str:
    until = session_expires()
    return i18n.iso(until) if until else ""


def _number(_argument: str) -> str:
    member = current_member()
    return str(member.id) if member else ""


_reader = _Reader(Hole("number", _number), Hole("name", _name), Hole("session-expires", _expires))


def notice(kind: str, text: str) -> None:
    """Show `text` (already translated) at the top of the next page. kind: success | info | warning | error."""
    flash(text, kind)


def _flashed() -> list[Any]:
    # Looking into the session makes the response vary by it; only a browser that carries one needs that.
    return get_flashed_messages(with_categories=True) if session_cookie_present() else []


def session_cookie_present() -> bool:
    """Whether the browser carries a flash message, or this request has just left one."""
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies or session.modified


def install(app: Flask, settings: Settings, packages: tuple[str, ...]) -> None:
    """Make the environments. `packages` in order: the first one that has a template wins."""
    loader = ChoiceLoader([PackageLoader(package) for package in packages if _has_templates(package)])
    site = [SiteEntry(name, settings.titles.get(name, name), path) for name, path in settings.site.items()]
    paths = {entry.name: entry.path.rstrip("/") for entry in site}

    def path(service: str, rest: str = "/") -> str:
        """The address of a page of a service, such as path("news", "/12")."""
        return paths[service] + rest

    app.extensions["archive_paths"] = paths
    app.extensions["archive_templates"] = {
        language: _environment(app, loader, language, site=site, path=path, public_url=settings.public_url)
        for language in i18n.LANGUAGES
    }


def path(service: str, rest: str = "/") -> str:
    """The address of a page of another service of the community. KeyError for a service that it does not have."""
    return current_app.extensions["archive_paths"][service] + rest


class _Environment(Environment):
    """Templates see the globals in one plain dict: jinja's ChainMap makes importing macros slow."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def _environment(app: Flask, loader: ChoiceLoader, language: str, **values: Any) -> Environment:
    environment = _Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    shared: dict[str, Any] = environment.globals  # pyright: ignore[reportAssignmentType] - jinja types only its own
    shared.update(
        _=i18n.translator(app, language),
        asset=assets.asset,
        csrf_field=csrf.csrf_field,
        language=language,
        languages=i18n.LANGUAGES,
        **values,
    )
    environment.filters.update(i18n.formatters(language))
    return environment


def _has_templates(package: str) -> bool:
    return (files(package) / "templates").is_dir()
