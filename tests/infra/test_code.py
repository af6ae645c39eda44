"""The hash that decides whether a service starts again."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive_platform.catalogue import CATALOGUE, service
from archive_platform.errors import PlatformError
from archive_platform.local import code


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "templates").mkdir(parents=True)
    (folder / "a.py").write_text("a = 1")
    (folder / "templates" / "page.html").write_text("<p>")
    return folder


def test_the_same_files_give_the_same_hash_wherever_they_lie(package: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "package"
    moved.parent.mkdir()
    before = code.digest([package])
    package.rename(moved)
    assert code.digest([moved]) == before


@pytest.mark.parametrize("change", ["content", "name", "addition", "removal"])
def test_any_change_of_a_file_changes_it(package: Path, change: str) -> None:
    before = code.digest([package])
    match change:
        case "content":
            (package / "templates" / "page.html").write_text("<b>")
        case "name":
            (package / "a.py").rename(package / "b.py")
        case "addition":
            (package / "empty.py").touch()
        case _:
            (package / "a.py").unlink()
    assert code.digest([package]) != before


def test_caches_do_not_count(package: Path) -> None:
    before = code.digest([package])
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    assert code.digest([package]) == before


def test_the_locked_dependencies_count(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    missing = code.service_code(["archive_chassis"], lock)
    lock.write_text("version = 1")
    assert code.service_code(["archive_chassis"], lock) != missing


def test_services_have_code_and_migrations_of_their_own(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    assert len({code.service_code(entry.packages, lock) for entry in CATALOGUE}) == len(CATALOGUE)
    assert len({code.migrations(entry.packages) for entry in CATALOGUE}) == len(CATALOGUE)


def test_only_a_migration_changes_the_hash_of_migrations(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    monkeypatch.setattr(code, "package_folder", lambda _name: package)
    (package / "migrations").mkdir()
    before = code.migrations(["any"])
    (package / "a.py").write_text("a = 2")
    assert code.migrations(["any"]) == before
    (package / "migrations" / "0001.py").write_text("revision = '1'")
    assert code.migrations(["any"]) != before


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(PlatformError, match="archive_nowhere is not installed"):
        code.package_folder("archive_nowhere")
    assert code.package_folder(service("news").packages[0]).name == "archive_news"
