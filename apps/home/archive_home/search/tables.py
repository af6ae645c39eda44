"""The index of home, part of its schema."""

from __future__ import annotations

from archive_chassis.search import SearchTables
from archive_home.tables import home_metadata

search_tables = SearchTables(home_metadata)
