"""Home's first schema: the chassis' tables and the front page's read model."""

import sqlalchemy as sa
from alembic import op

from archive_chassis.schema import TABLE_OPTIONS, create_chassis_tables_1
from archive_chassis.tables import Id, Timestamp

revision = "home_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_1()
    op.create_table(
        "front_post",
        sa.Column("board", sa.String(32), primary_key=True),
        sa.Column("post_id", Id, primary_key=True, autoincrement=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("removed", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("avatar", sa.String(300), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("image", sa.String(300), nullable=False),
        sa.Column("published_at", Timestamp, nullable=False),
        sa.Column("comments", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("views", sa.Integer, nullable=False),
        sa.Column("hot", sa.Double, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_front_post_author_id", "front_post", ["author_id"])
    op.create_index("ix_front_post_newest_of_board", "front_post", ["board", "removed", "published_at"])
    op.create_index("ix_front_post_newest", "front_post", ["removed", "published_at"])
    op.create_index("ix_front_post_hot", "front_post", ["removed", "hot"])
    op.create_table(
        "known_member",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("nickname", sa.String(64), nullable=False),
        sa.Column("avatar", sa.String(300), nullable=False),
        **TABLE_OPTIONS,
    )
