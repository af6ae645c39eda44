"""Bringing pending documents into the postings: in batches, by one process at a time, and never half.

Each change of the postings first moves `search_state.version` from what it was when the old bitmaps were read. Whoever
finds it moved has been overtaken, and leaves everything as it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pyroaring import BitMap
from sqlalchemy import delete, literal_column, select, update
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from archive_chassis.database import reader, session
from archive_chassis.search import terms
from archive_chassis.search.folding import fold
from archive_chassis.search.postings import BLOCK_BITS, BLOCK_MASK
from archive_chassis.search.tables import SearchTables
from archive_chassis.search.terms import Indexed

#: Pending rows of one transaction. SQLite has one writer: the others wait meanwhile.
BATCH = 100
#: Values of one statement; SQLite allows 32,766.
CHUNK = 5_000
READ_AT_ONCE = 500
REBUILD_ATTEMPTS = 5

Changed = dict[tuple[bytes, int], BitMap]


def merge(tables: SearchTables) -> int:
    """Merge one batch, in a transaction of its own. Returns the pending rows that are gone; 0 if there is nothing to do
    or another process has done it."""
    version = _version(tables)
    p = tables.pending
    rows = reader().execute(select(p.c.id, p.c.number).order_by(p.c.id).limit(BATCH)).all()
    if not rows:
        return 0
    found, gone = _terms_of(tables, sorted({row.number for row in rows}))
    changed = _additions(tables, found)
    changed |= _gone_changes(tables, gone, {row.number for row in rows})
    current = session()
    if not _claim(current, tables, version):
        current.rollback()
        return 0
    _write(current, tables, ((term, block, changed[term, block]) for term, block in sorted(changed)))
    current.execute(delete(p).where(p.c.id.in_([row.id for row in rows])))
    current.commit()
    return len(rows)


def merge_all(tables: SearchTables) -> None:
    """Merge until nothing is pending, or another process is at it. A job of every service that has an index."""
    while merge(tables):
        pass


def rebuild(tables: SearchTables, block: int) -> int:
    """Write all postings of one block anew from its documents; what they had of older texts is gone. Returns how many
    documents it has. RuntimeError if other processes kept changing the index meanwhile."""
    for _ in range(REBUILD_ATTEMPTS):
        version = _version(tables)
        count, low_of = _collect(tables, block)
        current = session()
        if _claim(current, tables, version):
            current.execute(delete(tables.posting).where(tables.posting.c.block == block))
            _write(current, tables, ((key, block, BitMap(low_of[key])) for key in sorted(low_of)))
            current.commit()
            return count
        current.rollback()
    raise RuntimeError(f"block {block} changed in all {REBUILD_ATTEMPTS} attempts: stop the background process first")


def _collect(tables: SearchTables, block: int) -> tuple[int, dict[bytes, array[int]]]:
    """The number of a block's documents, and for each term the documents that have it. Arrays, because of the memory:
    there are about a million terms."""
    d = tables.document
    inside = (d.c.number >= block << BLOCK_BITS, d.c.number < (block + 1) << BLOCK_BITS)
    numbers = reader().execute(select(d.c.number).where(*inside).order_by(d.c.number)).scalars().all()
    low_of: dict[bytes, array[int]] = {}
    for start in range(0, len(numbers), READ_AT_ONCE):
        found, gone = _terms_of(tables, numbers[start : start + READ_AT_ONCE])
        for number, keys in (*found.items(), *((number, {terms.GONE}) for number in gone)):
            low = number & BLOCK_MASK
            for key in keys:
                if (known := low_of.get(key)) is None:
                    low_of[key] = array("I", (low,))
                else:
                    known.append(low)
    return len(numbers), low_of


def blocks(tables: SearchTables) -> range:
    """The numbers of all blocks that have documents."""
    highest = (
        reader()
        .execute(select(tables.document.c.number).order_by(tables.document.c.number.desc()).limit(1))
        .scalar_one_or_none()
    )
    return range(0) if highest is None else range((highest >> BLOCK_BITS) + 1)


def _version(tables: SearchTables) -> int:
    return reader().execute(select(tables.state.c.version)).scalar_one()


def _claim(current: Session, tables: SearchTables, version: int) -> bool:
    s = tables.state
    moved = current.execute(update(s).where(s.c.version == version).values(version=version + 1))
    return moved.rowcount == 1  # type: ignore[attr-defined] - an UPDATE has one


def _terms_of(tables: SearchTables, numbers: Sequence[int]) -> tuple[dict[int, set[bytes]], set[int]]:
    """The terms of each document that is there, and the numbers of those that are gone."""
    d, x = tables.document, tables.text
    query = select(d.c.number, d.c.board, d.c.author_id, d.c.title, d.c.game, d.c.tags, d.c.removed, x.c.text)
    found: dict[int, set[bytes]] = {}
    gone: set[int] = set()
    for row in reader().execute(query.join(x, x.c.number == d.c.number).where(d.c.number.in_(numbers))):
        if row.removed:
            gone.add(row.number)
        else:
            found[row.number] = terms.of_document(_indexed(row))
    return found, gone


def _indexed(row: Any) -> Indexed:
    return Indexed(
        board=row.board,
        author_id=row.author_id,
        title=fold(row.title),
        game=fold(row.game),
        tags=tuple(fold(row.tags).split()),
        text=fold(row.text),
    )


def _additions(tables: SearchTables, found: Mapping[int, Iterable[bytes]]) -> Changed:
    """The bitmaps that become greater, each with the documents that have its term."""
    wanted: dict[int, dict[bytes, list[int]]] = {}
    for number, keys in found.items():
        of_block = wanted.setdefault(number >> BLOCK_BITS, {})
        for key in keys:
            of_block.setdefault(key, []).append(number & BLOCK_MASK)
    changed: Changed = {}
    for block, of_block in wanted.items():
        known = _read(tables, block, sorted(of_block))
        for key, low in of_block.items():
            ids = known.get(key, BitMap())
            size = len(ids)
            ids.update(low)
            if len(ids) != size:
                changed[key, block] = ids
    return changed


def _gone_changes(tables: SearchTables, gone: set[int], seen: set[int]) -> Changed:
    """The bitmaps of what is gone: the one kind from which documents are taken out as well, when they come back."""
    changed: Changed = {}
    for block in {number >> BLOCK_BITS for number in seen}:
        ids = _read(tables, block, [terms.GONE]).get(terms.GONE, BitMap())
        before = ids.copy()
        for number in seen:
            if number >> BLOCK_BITS == block:
                (ids.add if number in gone else ids.discard)(number & BLOCK_MASK)
        if ids != before:
            changed[terms.GONE, block] = ids
    return changed


def _read(tables: SearchTables, block: int, keys: Sequence[bytes]) -> dict[bytes, BitMap]:
    t = tables.posting
    known: dict[bytes, BitMap] = {}
    for start in range(0, len(keys), CHUNK):
        asked = t.c.term.in_(keys[start : start + CHUNK])
        rows = reader().execute(select(t.c.term, t.c.ids).where(t.c.block == block, asked))
        known.update((term, BitMap.deserialize(ids)) for term, ids in rows)
    return known


def _write(current: Session, tables: SearchTables, bitmaps: Iterable[tuple[bytes, int, BitMap]]) -> None:
    """Put the bitmaps of terms and blocks in place of the old ones."""
    t = tables.posting
    if current.connection().dialect.name == "sqlite":
        adding = sqlite_insert(t)
        writing = adding.on_conflict_do_update(index_elements=["term", "block"], set_={"ids": adding.excluded.ids})
    else:
        # In these words the driver sends many rows at once.
        writing = mysql_insert(t).on_duplicate_key_update(ids=literal_column("VALUES(ids)"))
    rows = ({"term": term, "block": block, "ids": ids.serialize()} for term, block, ids in bitmaps)
    while chunk := list(islice(rows, CHUNK)):
        current.execute(writing, chunk)
