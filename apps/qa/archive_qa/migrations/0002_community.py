"""Votes, bookmarks, tags, drafts, pictures, revisions, reports and the moderation log;
tokens for the API, log-ins that ended."""

from archive_boards.schema import create_board_tables_2
from archive_chassis.schema import create_api_tables_1, create_session_tables_1

revision = "qa_0002"
down_revision = "qa_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_board_tables_2()
    create_api_tables_1()
    create_session_tables_1()
