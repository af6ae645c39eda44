"""Holes that there were, which the walks over all routes do not look into: each is tried as it was found."""

from __future__ import annotations

import io
import logging
from xml.etree import ElementTree

import pytest
from prometheus_client import REGISTRY
from tests.apps.abuse.community import VICTIM, Community, rows
from tests.apps.abuse.conftest import Filled

from archive_boards import drafts
from archive_boards.guides.contents import with_anchors
from archive_chassis import markdown
from archive_chassis.logs import TextFormatter, access_log
from archive_chassis.testing import new_client

pytestmark = pytest.mark.slow


def test_what_was_said_below_a_post_goes_with_its_history(filled: Filled) -> None:
    """A comment's history was read through the comment alone, whatever had become of the post."""
    content = rows(filled.community.apps["guides"])
    withheld = {row["id"] for row in content["post"] if row["placement"] == 0}
    below = [row["id"] for row in content["comment"] if row["post_id"] in withheld and row["removed_at"] is None]
    assert below
    for comment_id in below:
        assert filled.attackers["guides"].get(f"/guides/comments/{comment_id}/history").status_code == 410
    shown = filled.things["guides"].ids["comment_id"][0]
    assert filled.attackers["guides"].get(f"/guides/comments/{shown}/history").status_code == 200


def test_a_theme_of_ones_own_spells_no_other_pages_key(fresh: Filled) -> None:
    """The cookie was a part of the cache's key as it came: with "|/1?" one page was kept for another's address."""
    client = new_client(fresh.community.apps["guides"])
    client.set_cookie("archive_theme", "|/1?")
    kept = client.get("/guides/?")
    asked = fresh.community.visitor("guides").get("/guides/1?|/?")
    assert kept.status_code == asked.status_code == 200
    assert 'id="comments"' in asked.text  # the post's own page
    assert 'id="comments"' not in kept.text


def test_a_theme_that_is_none_keeps_no_page_of_its_own(fresh: Filled) -> None:
    pages = fresh.community.apps["guides"].extensions["archive_pages"]
    fresh.community.visitor("guides").get("/guides/")
    before = len(pages._pages)
    for number in range(20):
        client = new_client(fresh.community.apps["guides"])
        client.set_cookie("archive_theme", f"t{number}")
        assert client.get("/guides/").status_code == 200
    assert len(pages._pages) == before


def test_methods_that_nobody_knows_are_counted_as_one(filled: Filled) -> None:
    """Each made a series of its own in every worker, for ever."""

    def methods() -> set[str]:
        samples = [sample for family in REGISTRY.collect() for sample in family.samples]
        return {sample.labels["method"] for sample in samples if sample.name == "archive_http_requests_total"}

    before = methods()
    for number in range(50):
        filled.community.visitor("guides").open("/guides/", method=f"METHOD{number}")
    assert methods() <= before | {"other"}


@pytest.mark.parametrize("value", ["000001" + "9" * 5_000, "0000019999", "101", "0", "-1", "1.0", "", "９９９"])
def test_a_place_in_a_series_is_one_to_a_hundred(fresh: Filled, value: str) -> None:
    """The first six digits were checked, and all of them were used."""
    client, app = fresh.victims["guides"], fresh.community.apps["guides"]
    before = [row["series_place"] for row in rows(app)["post"]]
    assert client.post("/guides/series/1", data={"place-1": value}).status_code == 422
    assert [row["series_place"] for row in rows(app)["post"]] == before
    assert client.post("/guides/series/1", data={"place-1": "100"}).status_code == 303


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x00", "\x1b", "\x7f"])
@pytest.mark.parametrize("field", ["title", "body"])
def test_no_post_breaks_the_feed(fresh: Filled, field: str, character: str) -> None:
    """XML has characters that it may not hold, not even escaped."""
    site = fresh.community.boards["guides"]
    words = {"title": "제목", "body": "본문"}
    answer = fresh.attackers["guides"].post("/guides/write", data=site.form(**words | {field: f"앞{character}뒤"}))
    assert answer.status_code == 422
    ElementTree.fromstring(fresh.community.visitor("guides").get("/guides/feed.atom").text)  # noqa: S314 - our own
    assert drafts.has_unwritable(character)


def test_what_everybody_may_keep_remembers_nobodys_language(filled: Filled) -> None:
    tried = 0
    for service in ("home", "auth"):
        for route in filled.community.routes(service, methods=("GET",)):
            answer = filled.community.visitor(service).get(filled.things[service].address(route) + "?lang=en")
            if "public" in answer.headers.get("Cache-Control", ""):
                assert not answer.headers.getlist("Set-Cookie"), route
                tried += 1
    assert tried >= 3


def test_an_address_makes_no_line_in_a_log_of_text(filled: Filled) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(TextFormatter())
    access_log.addHandler(handler)
    access_log.setLevel(logging.INFO)
    try:
        for path in (
            "/guides/%0a2026-01-01 INFO forged",
            "/guides/%0d%0aforged",
            "/guides/%1b[31mforged",
            "/guides/%e2%80%a8x",
        ):
            filled.community.visitor("guides").get(path)
    finally:
        access_log.removeHandler(handler)
        access_log.setLevel(logging.NOTSET)
    lines = written.getvalue().splitlines()
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)


def test_a_series_without_a_guide_that_is_shown_has_no_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its title was there for everybody: a new member's, whose first guide waits for its links."""
    community = Community(tmp_path_factory.mktemp("series"))
    site = community.boards["guides"]
    newcomer = community.newcomer("guides", VICTIM, "새벽토끼")
    site.write(newcomer, body="https://elsewhere.example/", series="여기서 사세요 elsewhere.example")
    assert "elsewhere.example" in newcomer.get("/guides/series/1").text
    for client in (community.visitor("guides"), community.member("guides", 77)):
        answer = client.get("/guides/series/1")
        assert (answer.status_code, "elsewhere.example" in answer.text) == (404, False)
    community.close()


def test_a_message_is_signed_with_what_standards_allow(filled: Filled) -> None:
    """Flask signs with HMAC-SHA-1 unless it is told otherwise."""
    app = filled.community.apps["auth"]
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert serializer.make_signer().digest_method().name == "sha256"


def test_quotes_of_quotes_take_no_longer_than_they_are_long() -> None:
    """The cleaner's time grew with the square of the depth: 50,000 times ">" kept it busy for ten seconds."""
    html = markdown.render("> " * 25_000 + "끝")
    assert html.count("<blockquote>") == html.count("</blockquote>") == markdown.MAX_DEPTH
    assert markdown.plain(html, 10) == "끝"
    assert with_anchors(html) == (html, [])


@pytest.mark.parametrize("depth", [1, 39, 40, 41, 60])
def test_what_is_nested_deeper_is_shown_all_the_same(depth: int) -> None:
    html = markdown.render("> " * depth + "**굵게** ![그림](/x.webp)\n" + "> " * depth + "- [x] 끝")
    assert html.count("<blockquote>") == min(depth, markdown.MAX_DEPTH)
    assert "굵게" in html
    assert "☑ 끝" in html
    assert '<img src="/x.webp"' in html
