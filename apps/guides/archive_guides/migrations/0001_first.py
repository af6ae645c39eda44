"""The board as it began: the chassis' tables, the kit's, and a game and a difficulty for each guide."""

import sqlalchemy as sa

from archive_boards.schema import create_board_tables_1
from archive_chassis.schema import create_chassis_tables_1

revision = "guides_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    create_board_tables_1(
        sa.Column("game", sa.String(60), nullable=False),
        sa.Column("difficulty", sa.String(16), nullable=False),
    )
