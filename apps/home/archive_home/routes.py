"""Home's pages."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from archive_chassis import Settings, i18n
from archive_chassis.assets import asset
from archive_chassis.cache import cached_page, everybody
from archive_chassis.holes import Hole
from archive_chassis.identity import current_member, require_member
from archive_chassis.templating import path, render
from archive_home import front, texts, visits
from archive_home.tables import BOARDS

blueprint = Blueprint("home", __name__)

#: Robots' patterns (RFC 9309): what is not for them, and what would spend their visits on pages that they know already.
NOT_FOR_ROBOTS = ("/internal/", "/metrics", "/health/", "/search", "/notifications")
NOT_FOR_ROBOTS_ON_BOARDS = (
    *("/write", "/drafts", "/bookmarks", "/moderation", "/api/"),
    *("/*/edit", "/*/history", "/*/report"),
)
SAME_PAGES = ("/*?*cursor=", "/*?*sort=", "/*?*lang=", "/*?*author=", "/*?*after=")
CRAWL_DELAY_S = 1  # not in the RFC; Bing, Yandex and Naver's robot heed it


@blueprint.get("/")
@cached_page(front.version, alike=everybody)
def show_front() -> ResponseReturnValue:
    """The hottest posts and the newest of each board; for a member, what is new since they were here."""
    boards = _boards()
    shown = front.read_front(boards)
    if current_member() is not None:
        shown = visits.with_dots(shown)
    return render("front.html", front=shown, greeting=_greeting, boards=boards, titles=_titles())


def _greet(_argument: str) -> str:
    """How the front page greets its member: by name, and from the second visit on with what is new since the last."""
    member, since, boards = require_member(), visits.last_visit(), _boards()
    news = None if since is None else visits.news(member.id, since, boards)
    return render("front_greeting.html", news=news, titles=_titles())


_greeting = Hole("front-greeting", _greet)


@blueprint.get("/<any(about, rules, privacy):name>")
def show_text(name: str) -> ResponseReturnValue:
    """About the community, its rules, what it keeps of its members."""
    return render("text.html", name=name, text=texts.read(name, i18n.language()))


@blueprint.get("/feed.atom")
@cached_page(front.version)
def show_feed() -> ResponseReturnValue:
    """The newest posts of all boards for feed readers (RFC 4287)."""
    page = render("feed.xml", posts=front.read_newest(front.FEED_POSTS), titles=_titles())
    return Response(page, content_type="application/atom+xml; charset=utf-8")


@blueprint.get("/sitemap.xml")
@cached_page(front.version)
def show_sitemap() -> ResponseReturnValue:
    """The first pages and the newest posts, for search engines (sitemaps.org)."""
    pages = [path("home", "/"), *(path(board, "/") for board in _boards())]
    pages += [path("home", f"/{name}") for name in texts.NAMES]
    page = render("sitemap.xml", pages=pages, posts=front.read_newest(front.SITEMAP_POSTS))
    return Response(page, content_type="application/xml; charset=utf-8")


@blueprint.get("/robots.txt")
def show_robots() -> ResponseReturnValue:
    """Where robots need not go, and where the sitemap is (RFC 9309)."""
    closed: list[str] = [*NOT_FOR_ROBOTS, *SAME_PAGES]
    if "auth" in _settings().site:
        closed.append(path("auth", "/"))
    closed += [path(board, part) for board in _boards() for part in NOT_FOR_ROBOTS_ON_BOARDS]
    lines = ["User-agent: *", *(f"Disallow: {part}" for part in closed), f"Crawl-delay: {CRAWL_DELAY_S}", ""]
    maps = [path("home", "/sitemap.xml"), *(path(board, "/sitemap.xml") for board in _boards())]
    lines += [*(f"Sitemap: {_settings().public_url}{one}" for one in maps), ""]
    return _for_a_day(Response("\n".join(lines), content_type="text/plain; charset=utf-8"))


@blueprint.get("/favicon.ico")
def show_favicon() -> ResponseReturnValue:
    """Browsers and feed readers that look nowhere else ask for this address."""
    return _for_a_day(redirect(asset("favicon.svg")))


@blueprint.get("/manifest.webmanifest")
def show_manifest() -> ResponseReturnValue:
    """The address that installers of web apps try first."""
    return _for_a_day(redirect(asset("manifest.webmanifest")))


def _for_a_day(response: BaseResponse) -> BaseResponse:
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["archive_settings"]
    return settings


def _titles() -> dict[str, str]:
    """What each board is called, in Korean; templates translate it."""
    return {board: _settings().titles.get(board, board) for board in BOARDS}


def _boards() -> list[str]:
    """The boards that this community has, in the front page's order."""
    return [board for board in BOARDS if board in _settings().site]
