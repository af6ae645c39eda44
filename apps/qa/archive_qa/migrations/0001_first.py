"""The board as it began: the chassis' tables, and the kit's with answers."""

from archive_boards.schema import create_board_tables_1
from archive_chassis.schema import create_chassis_tables_1

revision = "qa_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    create_board_tables_1(answers=True)
