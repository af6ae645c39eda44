"""Full-text search over a service's own tables, the same on every database: an inverted index of bitmaps.

    tables = SearchTables(metadata)                  the tables; a migration calls schema.create_search_tables_1
    store(session, tables, Document(…), position)    in the transaction of the change itself; remove, rename
    merge_all(tables)                                a job: what is pending goes into the index
    find(tables, parse("보스 공략"), Filters(board="guides"), page)
    find_alike(tables, title, Filters(board="qa"))   questions like this one

docs/search.md says how it works and what it costs.
"""

from archive_chassis.search.alike import Alike, find_alike
from archive_chassis.search.candidates import Filters
from archive_chassis.search.finding import LAST_PAGE, Hit, Results, find
from archive_chassis.search.index import Document, remove, rename, store
from archive_chassis.search.merging import merge, merge_all
from archive_chassis.search.query import Query, parse
from archive_chassis.search.ranking import Tier
from archive_chassis.search.tables import SearchTables

__all__ = [
    "LAST_PAGE",
    "Alike",
    "Document",
    "Filters",
    "Hit",
    "Query",
    "Results",
    "SearchTables",
    "Tier",
    "find",
    "find_alike",
    "merge",
    "merge_all",
    "parse",
    "remove",
    "rename",
    "store",
]
