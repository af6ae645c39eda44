"""The files of a new board, as text: what `apps/qa` has, a definition, a migration and translations."""

from __future__ import annotations

from archive_platform.cli.new_service.names import Names


def files(names: Names) -> dict[str, str]:
    """Path (from the checkout) → content."""
    folder = f"apps/{names.name}"
    package = f"{folder}/{names.package}"
    return {
        f"{folder}/pyproject.toml": _project(names),
        f"{package}/__init__.py": _definition(names),
        f"{package}/py.typed": "",
        f"{package}/migrations/0001_first.py": _migration(names),
        f"{package}/locales/en.po": _translations(names),
    }


def _project(names: Names) -> str:
    return f"""[project]
name = "{names.distribution}"
version = "0.1.0"
description = "The {names.name} board"
license = "Apache-2.0"
requires-python = ">=3.11"
dependencies = [
    "archive-boards",
    "archive-chassis",
]

[project.entry-points."archive.services"]
{names.name} = "{names.package}:service"

[tool.uv.sources]
archive-boards = {{ workspace = true }}
archive-chassis = {{ workspace = true }}

[build-system]
requires = ["uv_build>=0.9"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-root = ""
module-name = "{names.package}"
"""


def _definition(names: Names) -> str:
    return f'''"""The {names.name} board."""

from archive_boards import Board, Category, Labels, board_service

BOARD = Board(
    name="{names.name}",
    title="{names.title}",
    lead="{_lead(names)}",
    categories=(
        Category("talk", "이야기"),
        Category("tip", "정보"),
    ),
    labels=Labels(
        empty="아직 글이 없어요",
        empty_text="첫 글을 남겨 보세요.",
    ),
)

service = board_service(BOARD, __name__)
'''


def _migration(names: Names) -> str:
    return f'''"""The board as it began: the chassis' tables, the kit's, and tokens for the API, log-ins that ended."""

from archive_boards.schema import create_board_tables_1, create_board_tables_2
from archive_chassis.schema import create_api_tables_1, create_chassis_tables_1, create_session_tables_1

revision = "{names.revision}_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    create_board_tables_1()
    create_board_tables_2()
    create_api_tables_1()
    create_session_tables_1()
'''


def _translations(names: Names) -> str:
    texts = {
        names.title: names.english,
        _lead(names): f"Talk about {names.english.lower()} with everybody.",
        "이야기": "Talk",
        "정보": "Tips",
    }
    entries = "".join(f'\nmsgid "{korean}"\nmsgstr "{english}"\n' for korean, english in texts.items())
    head = f"""# English for the strings of the {names.name} board. The source language is Korean.
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"""
    return head + entries


def _lead(names: Names) -> str:
    return f"{names.title} 이야기를 함께 나눠요."
