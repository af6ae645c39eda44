"""What is deleted, hidden, held or waits for its hour leaves no trace for others, in any outlet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.apps.boards.site import OTHER, Site

from archive_boards import placing
from archive_boards.rows import find
from archive_boards.tables import HIDDEN
from archive_boards.writers import Writer
from archive_chassis import clock
from archive_chassis.database import session
from archive_chassis.i18n import local

TITLE = "보이면 안 되는 제목"
BODY = "보이면 안 되는 본문"

#: Where others could come across a post, for a board at /news and a post with the id {id}.
OUTLETS = {
    "list": "/news/",
    "category": "/news/?category=update",
    "most voted": "/news/?sort=votes",
    "last spoken of": "/news/?sort=active",
    "author": "/news/?author=8",
    "tag": "/news/?tag=비밀",
    "tags": "/news/tags",
    "feed": "/news/feed.atom",
    "tag's feed": "/news/feed.atom?tag=비밀",
    "sitemap": "/news/sitemap-0.xml",
    "page": "/news/{id}",
    "history": "/news/{id}/history",
    "bookmarks": "/news/bookmarks",
}


def deleted(site: Site, post_id: int) -> None:
    assert site.moderator().post(f"/news/{post_id}/delete").status_code == 303


def hidden(site: Site, post_id: int) -> None:
    with site.app.test_request_context(), site.app.app_context():
        placing.take_out(session(), site.board, Writer(9, "운영자", "", "admin"), find(site.board, post_id), HIDDEN)
        session().commit()


def held(site: Site, post_id: int) -> None:
    """As a new member's link leaves it."""
    hidden(site, post_id)
    t = site.board.tables.post
    with site.database() as store, store.engine.begin() as connection:
        connection.execute(update(t).where(t.c.id == post_id).values(withheld="held", removed_at=None, removed_by=None))


WAYS: dict[str, Callable[[Site, int], None]] = {"deleted": deleted, "hidden": hidden, "held": held}


def write(site: Site, **more: str) -> int:
    return site.write(site.moderator(), title=TITLE, body=BODY, category="update", tags="비밀", **more)


def shows(site: Site, outlet: str, post_id: int) -> bool:
    reader = site.member(OTHER)
    answer = reader.get(OUTLETS[outlet].format(id=post_id))
    found = TITLE in answer.text or BODY in answer.text
    return found or f"/news/{post_id}</loc>" in answer.text


@pytest.mark.parametrize("outlet", OUTLETS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_withheld_is_in_no_outlet(news: Site, way: str, outlet: str) -> None:
    post_id = write(news)
    news.member(OTHER).post(f"/news/{post_id}/bookmark", data={"keep": "1"})
    if outlet == "history":
        news.moderator().post(
            f"/news/{post_id}/edit", data=news.form(title=TITLE, body="또", tags="비밀", revision="1")
        )
    if outlet == "tags":
        assert "비밀" in news.visitor.get("/news/tags").text
    else:
        assert shows(news, outlet, post_id), "the outlet must show what is not withheld"
    WAYS[way](news, post_id)
    assert not shows(news, outlet, post_id)
    if outlet == "tags":
        assert "비밀" not in news.visitor.get("/news/tags").text
    assert news.events("post.removed")[-1]["data"]["id"] == post_id


@pytest.mark.parametrize("outlet", OUTLETS)
def test_what_waits_for_its_hour_is_in_no_outlet(news: Site, outlet: str) -> None:
    at = local(clock.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    post_id = write(news, publish_at=at)
    assert not shows(news, outlet, post_id)
    assert news.events("post.published") == news.events("post.changed") == []
