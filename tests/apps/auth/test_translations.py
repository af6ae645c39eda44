"""Every text that the service shows exists in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import archive_auth
from archive_chassis.i18n import read_messages

PACKAGE = Path(archive_auth.__file__).parent
HANGUL = re.compile("[가-힣]")
IN_TEMPLATE = re.compile(r"""\b_\((?:"([^"]+)"|'([^']+)')""")
#: Words that are compared with what members type, and never shown.
NOT_SHOWN = {"OF_THE_SITE", "RESERVED_ANYWHERE", "RESERVED_WHOLE", "_ALLOWED", "_HAS_LETTER"}
#: Titles come from the site's settings and are translated by the chassis.
TITLES = {"회원"}


def texts_in_code(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    skipped = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in NOT_SHOWN for target in statement.targets
        ):
            skipped |= {id(node) for node in ast.walk(statement)}
        if isinstance(statement, ast.Expr):
            skipped |= {id(statement.value)} if isinstance(statement.value, ast.Constant) else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


def shown_texts() -> set[str]:
    found = {text for file in PACKAGE.rglob("*.py") for text in texts_in_code(file.read_text("utf-8"))}
    for file in PACKAGE.rglob("*.html"):
        found |= {double or single for double, single in IN_TEMPLATE.findall(file.read_text("utf-8"))}
    return {text for text in found if HANGUL.search(text)} - TITLES


def test_the_search_finds_texts_of_code_and_templates() -> None:
    found = shown_texts()
    assert "이 회원 번호는 이미 쓰고 있어요" in found
    assert "메일을 확인해 주세요" in found
    assert "운영자" not in found


def test_every_text_has_an_english_translation() -> None:
    known = read_messages(["archive_chassis", "archive_auth"], "en")
    assert sorted(shown_texts() - set(known)) == []


def test_translations_keep_the_placeholders() -> None:
    for source, english in read_messages(["archive_auth"], "en").items():
        assert set(re.findall(r"\{\w+\}", source)) == set(re.findall(r"\{\w+\}", english)), source
        assert not HANGUL.search(english), english
