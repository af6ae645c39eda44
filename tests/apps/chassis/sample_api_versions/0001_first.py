"""The sample API's first migration."""

import sqlalchemy as sa
from alembic import op

from archive_chassis.schema import TABLE_OPTIONS, create_api_tables_1, create_chassis_tables_1
from archive_chassis.tables import Id, Timestamp

revision = "sample_api_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    create_api_tables_1()
    op.create_table(
        "thing",
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("made_at", Timestamp, nullable=False),
        sa.Column("submission", sa.String(64), nullable=False),
        sa.UniqueConstraint("owner_id", "submission", name="uq_thing_owner_id_submission"),
        **TABLE_OPTIONS,
    )
