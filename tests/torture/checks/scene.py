"""Everything the checks look at: the journals, and the rows of every table that matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, MetaData, Table, select
from tests.torture import witness
from tests.torture.community import BOARDS
from tests.torture.journal import Journal

from archive_auth.models import Base
from archive_boards.service import find_board
from archive_chassis.tables import chassis_metadata
from archive_home.tables import home_metadata

Row = dict[str, Any]
#: What a check found: the rule that is broken, and how.
Broken = tuple[str, str]


@dataclass(frozen=True)
class Violation:
    """A rule that is broken, and how."""

    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


@dataclass(frozen=True)
class Schema:
    """The rows of one service, by table."""

    service: str
    tables: dict[str, list[Row]]

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def by(self, table: str, key: str) -> dict[Any, Row]:
        """The rows by a column that is unique."""
        return {row[key]: row for row in self.tables[table]}

    @property
    def sequence(self) -> int:
        """The number of events that the service says it has recorded."""
        return int(self["outbox_sequence"][0]["value"])

    def events(self, *kinds: str) -> list[Row]:
        """The events of these types, in order; of all, without any."""
        found = sorted(self["outbox"], key=lambda row: row["id"])
        return [row for row in found if not kinds or row["type"] in kinds]


@dataclass(frozen=True)
class Scene:
    """The journals of all players, and what the databases say."""

    journal: Journal
    boards: dict[str, Schema]
    home: Schema
    auth: Schema

    @property
    def services(self) -> list[Schema]:
        return [*self.boards.values(), self.home, self.auth]


_CHASSIS = ("outbox", "outbox_sequence", "event_offset")
_BOARD = ("post", "post_text", "comment", "revision", "vote", "bookmark", "tag", "post_tag", "draft", "member_state")
_HOME = ("front_post", "notification", "directory_member", "search_document")


def read(database: Callable[[str], Engine], journal: Journal) -> Scene:
    """Read every schema, each in one transaction. Nothing must be under way."""
    boards = {name: _read(database, name, find_board(name).tables.metadata, _BOARD) for name in BOARDS}
    home = _read(database, "home", home_metadata, _HOME)
    return Scene(journal, boards, home, _read(database, "auth", Base.metadata, ("member",)))


def _read(database: Callable[[str], Engine], service: str, metadata: MetaData, names: tuple[str, ...]) -> Schema:
    tables: list[Table] = [metadata.tables[name] for name in names]
    tables += [chassis_metadata.tables[name] for name in _CHASSIS] + [witness.applied]
    with database(service).connect() as connection:
        rows = {t.name: [dict(row) for row in connection.execute(select(t)).mappings()] for t in tables}
    return Schema(service, rows)
