"""Reading the index: which documents meet a condition, by arithmetic on bitmaps of 65,536 documents each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Select, bindparam, select

from archive_chassis.database import reader
from archive_chassis.search.conditions import Condition
from archive_chassis.search.tables import SearchTables

BLOCK_BITS = 16
BLOCK_MASK = (1 << BLOCK_BITS) - 1

#: For each block the bitmaps of the terms that were asked for; a term that no document there has is missing.
Block = Mapping[bytes, BitMap]
Postings = Mapping[int, Block]

_NONE = BitMap()


def read(tables: SearchTables, keys: Collection[bytes]) -> Postings:
    """The bitmaps of these terms, the newest block first; one statement."""
    blocks: dict[int, dict[bytes, BitMap]] = {}
    if keys:
        for term, block, ids in reader().execute(_statement(tables), {"terms": sorted(keys)}):
            blocks.setdefault(block, {})[term] = BitMap.deserialize(ids)
    return dict(sorted(blocks.items(), reverse=True))


@cache
def _statement(tables: SearchTables) -> Select[*tuple[Any, ...]]:
    """Made once: to build it costs more than to send it."""
    t = tables.posting
    return select(t.c.term, t.c.block, t.c.ids).where(t.c.term.in_(bindparam("terms", expanding=True)))


def meeting(block: Block, condition: Condition) -> BitMap:
    """The documents of a block that meet a condition; none for an empty one."""
    if not condition:
        return _NONE
    parts = [any_of(block, part) for part in condition]
    return intersection(sorted(parts, key=len))


def any_of(block: Block, keys: Iterable[bytes]) -> BitMap:
    """The documents of a block that have one of the terms."""
    return union([block[key] for key in keys if key in block])


def union(sets: Sequence[BitMap]) -> BitMap:
    """What is in any of the sets."""
    return sets[0] if len(sets) == 1 else BitMap.union(*sets) if sets else _NONE


def intersection(sets: Sequence[BitMap]) -> BitMap:
    """What is in all of the sets, of which there is at least one."""
    found = sets[0]
    for one in sets[1:]:
        if not found:
            break
        found = found & one
    return found


def at_least(sets: Sequence[BitMap]) -> list[BitMap]:
    """For each n from 1 on, what is in n of the sets or more."""
    levels = [_NONE] * (len(sets) + 1)
    for place, one in enumerate(sets, start=1):
        for n in range(place, 1, -1):
            levels[n] = levels[n] | (levels[n - 1] & one)
        levels[1] = levels[1] | one
    return levels[1:]


def newest(found: Mapping[int, BitMap], most: int) -> list[int]:
    """The highest numbers of all blocks' sets, the highest first. A document's number grows with its arrival."""
    numbers: list[int] = []
    for block in sorted(found, reverse=True):
        ids = found[block]
        wanted = most - len(numbers)
        if wanted <= 0:
            break
        if len(ids) > wanted:
            ids = ids[len(ids) - wanted :]
        numbers += [(block << BLOCK_BITS) | low for low in reversed(ids.to_array())]
    return numbers
