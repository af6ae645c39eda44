"""The pages about the community, and the small addresses that browsers and robots ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from archive_chassis import i18n
from archive_chassis.testing import Client, make_app, make_settings, new_client
from archive_home import texts


@pytest.fixture
def lite(tmp_path: Path) -> Flask:
    return make_app("home", make_settings("home", tmp_path))


@pytest.fixture
def visitor(lite: Flask) -> Client:
    return new_client(lite)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", texts.NAMES)
def test_every_text_is_there_in_every_language(visitor: Client, name: str, language: str) -> None:
    page = visitor.get(f"/{name}?lang={language}").get_data(as_text=True)
    text = texts.read(name, language)
    assert f"<h1>{text.title}</h1>" in page
    assert f'lang="{language}"' in page
    assert len(text.lead) > 20
    assert text.html.count("<h2>") >= 3
    assert "**" not in re.sub(r"<code>.*?</code>", "", text.html), "markup that was not understood"


def test_the_languages_have_the_same_sections() -> None:
    for name in texts.NAMES:
        korean, english = (re.findall(r"<(h\d|table|li|tr)", texts.read(name, each).html) for each in i18n.LANGUAGES)
        assert korean == english, name


def test_the_privacy_page_names_every_cookie_of_the_site() -> None:
    """What the chassis and auth set; a new cookie must be told of."""
    from archive_chassis import csrf, identity, templating

    names = {csrf.COOKIE, i18n.COOKIE, templating.THEME_COOKIE, "archive_flash"}
    names |= {identity.ACCESS_COOKIE, identity.REFRESH_COOKIE, identity.SESSION_COOKIE}
    for language in i18n.LANGUAGES:
        told = set(re.findall(r"<code>(archive_\w+)</code>", texts.read("privacy", language).html))
        assert told == names


def test_an_unknown_page_is_a_404_in_the_site_s_own_words(visitor: Client) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "페이지를 찾을 수 없어요" in answer.get_data(as_text=True)


def test_robots_are_told_where_not_to_go(visitor: Client) -> None:
    answer = visitor.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.get_data(as_text=True).splitlines()
    assert "Disallow: /auth/" in lines
    assert "Disallow: /internal/" in lines
    assert "Disallow: /" not in lines
    assert "Disallow: /guides/api/" in lines
    assert "Disallow: /*?*cursor=" in lines
    maps = [line for line in lines if line.startswith("Sitemap: ")]
    assert maps == [f"Sitemap: http://localhost{path}/sitemap.xml" for path in ("", "/news", "/guides", "/qa")]


@pytest.mark.parametrize("address", ["/favicon.ico", "/manifest.webmanifest"])
def test_well_known_addresses_lead_to_the_shared_files(visitor: Client, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 302
    assert visitor.get(answer.headers["Location"]).status_code == 200


def test_every_korean_string_of_the_pages_has_an_english_one(lite: Flask) -> None:
    english = i18n.read_messages(["archive_chassis", "archive_home"], "en")
    folder = Path(texts.__file__).parent
    sources = [path.read_text("utf-8") for path in (*folder.glob("templates/*"), *folder.glob("*.py"))]
    used = {message for source in sources for message in re.findall(r'\b_\(["\']([^"\']+)["\']', source)}
    assert len(used) > 15
    assert {message for message in used if message not in english} == set()


def test_the_design_system_is_shown_in_development_alone(visitor: Client, tmp_path: Path) -> None:
    page = visitor.get("/styleguide")
    assert page.status_code == 200
    assert "스타일 가이드" in page.get_data(as_text=True)
    production = make_app("home", make_settings("home", tmp_path, environment="production"))
    assert new_client(production).get("/styleguide").status_code == 404
