"""Anonymous pages are rendered once per content version; nobody ever sees another's page or an old one."""

from __future__ import annotations

from flask import Flask
from tests.apps.chassis import sample

from archive_chassis.cache import PageCache
from archive_chassis.testing import Client, new_client


def test_a_page_is_rendered_once_until_the_content_changes(app: Flask) -> None:
    visitor, writer = new_client(app), new_client(app)
    writer.login()
    for _ in range(3):
        assert visitor.get("/news/").text == "목록"
    assert len(sample.rendered) == 1
    writer.post("/news/things", data={"name": "꽃"})
    visitor.get("/news/")
    assert len(sample.rendered) == 2


def test_a_member_is_never_answered_from_the_cache(app: Flask) -> None:
    visitor, member = new_client(app), new_client(app)
    visitor.get("/news/")
    member.login()
    member.get("/news/")
    member.get("/news/")
    assert len(sample.rendered) == 3


def test_what_varies_is_kept_apart(client: Client) -> None:
    client.get("/news/")
    client.get("/news/?page=2")
    client.set_cookie("archive_language", "en")
    client.get("/news/")
    client.set_cookie("archive_theme", "dark")
    client.get("/news/")
    assert len(sample.rendered) == 4
    client.get("/news/?lang=en")  # sets a cookie, so it is not kept
    client.get("/news/?lang=en")
    assert len(sample.rendered) == 6


def test_a_browser_that_has_the_page_is_told_so(client: Client) -> None:
    tag = client.get("/news/").headers["ETag"]
    again = client.get("/news/", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    client.login()
    client.post("/news/things", data={"name": "꽃"})
    client.logout()
    client.get("/news/")  # shows the flash message
    assert client.get("/news/", headers={"If-None-Match": tag}).status_code == 200


def test_the_cache_is_bounded_and_drops_the_least_recently_used() -> None:
    pages = PageCache(max_bytes=30)
    for name in "abc":
        pages.put(name, b"x" * 10, "text/html")
    assert pages.get("a") is not None
    pages.put("d", b"x" * 10, "text/html")
    assert pages.get("b") is None
    assert pages.get("a") is not None
    pages.put("a", b"y" * 25, "text/html")
    assert pages.get("c") is None
    assert pages.get("d") is None
    assert pages.get("a") == (b"y" * 25, "text/html")
