"""A board's tables as migrations write them. Frozen: a change of `tables` comes with a new module here.

Each board calls these from its own migrations, so that every schema has a history of its own.
"""

from archive_boards.schema.first import create_board_tables_1
from archive_boards.schema.second import create_board_tables_2

__all__ = ["create_board_tables_1", "create_board_tables_2"]
