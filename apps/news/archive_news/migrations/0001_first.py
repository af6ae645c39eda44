"""The board as it began: the chassis' tables, the kit's, and a summary and a source for each article."""

import sqlalchemy as sa

from archive_boards.schema import create_board_tables_1
from archive_chassis.schema import create_chassis_tables_1

revision = "news_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    create_board_tables_1(
        sa.Column("summary", sa.String(160), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
    )
