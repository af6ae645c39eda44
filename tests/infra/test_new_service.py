"""`archive new-service`: what it would write, and what it refuses before writing anything."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from archive_chassis.i18n import read_messages
from archive_platform.catalogue import CATALOGUE
from archive_platform.cli.new_service import command, edits, files
from archive_platform.cli.new_service.names import Names, checked
from archive_platform.errors import PlatformError

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names("patch-notes", "패치 노트", "Patch notes")


@pytest.mark.parametrize("name", ["Reviews", "1st", "a--b", "-a", "a-", "a_b", "리뷰", "a" * 21, "", "a/b", "a\n"])
def test_a_name_is_part_of_an_address_and_of_a_package(name: str) -> None:
    with pytest.raises(PlatformError, match="lower-case letters"):
        checked(name, "리뷰", "Reviews")


@pytest.mark.parametrize(("name", "word"), [("qa", "already"), ("search", "taken"), ("class", "taken")])
def test_a_name_is_not_taken(name: str, word: str) -> None:
    with pytest.raises(PlatformError, match=word):
        checked(name, "리뷰", "Reviews")


@pytest.mark.parametrize("title", ["", " ", "가" * 31, 'a"b', "a\\b", "{a}", "a\nb"])
def test_a_title_breaks_no_file(title: str) -> None:
    with pytest.raises(PlatformError, match="--title"):
        checked("reviews", title, "Reviews")


def test_the_files_are_a_package_that_python_and_uv_can_read() -> None:
    made = files.files(NAMES)
    project = tomllib.loads(made["apps/patch-notes/pyproject.toml"])
    assert project["project"]["entry-points"]["archive.services"] == {"patch-notes": "archive_patch_notes:service"}
    for path, content in made.items():
        if path.endswith(".py"):
            ast.parse(content)
    assert 'revision = "patch_notes_0001"' in made["apps/patch-notes/archive_patch_notes/migrations/0001_first.py"]


def test_every_list_of_services_names_it() -> None:
    changed = edits.edits(ROOT, NAMES)
    project = tomllib.loads(changed["pyproject.toml"])
    assert "archive-patch-notes" in project["project"]["dependencies"]
    assert project["tool"]["uv"]["sources"]["archive-patch-notes"] == {"workspace": True}
    rules = project["tool"]["importlinter"]
    assert "archive_patch_notes" in rules["root_packages"]
    assert "archive_qa | archive_patch_notes" in rules["contracts"][0]["layers"][0]
    assert sum("archive_patch_notes" in str(contract) for contract in rules["contracts"]) == sum(
        "archive_qa" in str(contract) for contract in rules["contracts"]
    )
    assert 'BOARDS = ("news", "guides", "qa", "patch-notes")' in changed[edits.FOLLOWED]
    assert f'_board("patch-notes", "패치 노트", "/patch-notes", {len(CATALOGUE) + 1})' in changed[edits.LIST]


def test_a_file_that_looks_otherwise_is_left_alone(tmp_path: Path) -> None:
    for path in (edits.PROJECT, edits.LIST, edits.FOLLOWED):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("nothing of what is expected\n")
    with pytest.raises(PlatformError, match=r"pyproject\.toml: expected 1 places"):
        command.run(tmp_path, "reviews", "리뷰", None)
    assert not (tmp_path / "apps/reviews").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    for path in (edits.PROJECT, edits.LIST, edits.FOLLOWED):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text((ROOT / path).read_text())
    (tmp_path / "apps/reviews").mkdir(parents=True)
    with pytest.raises(PlatformError, match="apps/reviews exists already"):
        command.run(tmp_path, "reviews", "리뷰", None)
    assert (tmp_path / edits.LIST).read_text() == (ROOT / edits.LIST).read_text()


def test_its_words_are_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, content in files.files(NAMES).items():
        target = tmp_path / path.removeprefix("apps/patch-notes/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    english = read_messages(["archive_patch_notes"], "en")
    assert english["패치 노트"] == "Patch notes"
    assert set(english) >= {"이야기", "정보", "패치 노트 이야기를 함께 나눠요."}
