"""Every text that the kit and the boards show exists in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import archive_boards
import archive_guides
import archive_news
import archive_qa
from archive_chassis.i18n import read_messages

PACKAGES = {module.__name__: Path(str(module.__file__)).parent for module in (archive_boards, archive_news)}
PACKAGES |= {module.__name__: Path(str(module.__file__)).parent for module in (archive_guides, archive_qa)}
HANGUL = re.compile("[가-힣]")
IN_TEMPLATE = re.compile(r"""\b_\((?:"([^"]+)"|'([^']+)')""")
#: The services' titles come from the site's settings and are translated by the chassis.
TITLES = {"뉴스", "공략"}


def texts_in_code(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def shown_texts(folder: Path) -> set[str]:
    found = {text for file in folder.rglob("*.py") for text in texts_in_code(file.read_text("utf-8"))}
    for file in folder.rglob("*.html"):
        found |= {double or single for double, single in IN_TEMPLATE.findall(file.read_text("utf-8"))}
    return {text for text in found if HANGUL.search(text)} - TITLES


def test_the_search_finds_texts_of_code_and_templates() -> None:
    found = shown_texts(PACKAGES["archive_boards"])
    assert "제목을 적어 주세요" in found
    assert "첫 댓글을 남겨 보세요." in found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_an_english_translation(package: str) -> None:
    known = read_messages(["archive_chassis", "archive_boards", package], "en")
    assert sorted(shown_texts(PACKAGES[package]) - set(known)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_keep_the_placeholders(package: str) -> None:
    for source, english in read_messages([package], "en").items():
        assert set(re.findall(r"\{\w+\}", source)) == set(re.findall(r"\{\w+\}", english)), source
        assert not HANGUL.search(english), english


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_packages_of_a_service_translate_the_same_text_differently(package: str) -> None:
    chassis, kit, own = (read_messages([one], "en") for one in ("archive_chassis", "archive_boards", package))
    for earlier, later in ((chassis, kit), (chassis | kit, own)):
        assert {text: later[text] for text in later if earlier.get(text, later[text]) != later[text]} == {}
