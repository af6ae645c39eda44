"""What rows are called, and authors on a page."""

from __future__ import annotations

from typing import Any

from archive_boards.tables import LEFT
from archive_chassis.i18n import _

#: A row of a statement whose columns depend on the board: the type checker cannot know them.
AnyRow = Any


def author_name(row: AnyRow) -> str:
    """The name in a row with author_name and author_role; a member who has left has none of their own any more."""
    return _("탈퇴한 회원") if row.author_role == LEFT else row.author_name
