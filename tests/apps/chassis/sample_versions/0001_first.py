"""The sample service's first migration."""

from archive_chassis.schema import create_chassis_tables_1

revision = "sample_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
