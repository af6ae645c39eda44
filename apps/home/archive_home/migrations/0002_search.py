"""The search index."""

from archive_chassis.search.schema import create_search_tables_1

revision = "home_0002"
down_revision = "home_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_search_tables_1()
