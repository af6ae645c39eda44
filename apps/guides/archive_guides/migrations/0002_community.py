"""Votes, bookmarks, tags, drafts, pictures, revisions, reports, the moderation log; API tokens; ended log-ins;
series."""

from archive_boards.schema import create_board_tables_2
from archive_chassis.schema import create_api_tables_1, create_session_tables_1

revision = "guides_0002"
down_revision = "guides_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_board_tables_2(guides=True)
    create_api_tables_1()
    create_session_tables_1()
