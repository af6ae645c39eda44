"""Which documents may answer a query, by the bitmaps alone: a bounded number of them, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from archive_chassis.search import conditions, postings, terms
from archive_chassis.search.folding import fold
from archive_chassis.search.postings import Block
from archive_chassis.search.query import Word
from archive_chassis.search.ranking import Head
from archive_chassis.search.tables import SearchTables

#: Candidates whose heads have all words, and candidates whose text has to be read: the newest ones.
MOST_HEADS = 140
MOST_TEXTS = 60
#: Candidates among nearly right titles.
MOST_SIMILAR = 60
#: With fewer titles than this, nearly right ones are looked for; with fewer answers, they are shown.
FEW = 5


@dataclass(frozen=True)
class Filters:
    """What a document must have beside the words: "" and None for anything."""

    board: str = ""
    author_id: int | None = None
    tags: tuple[str, ...] = ()

    def keys(self) -> list[bytes]:
        """The terms of them."""
        found = [terms.key("G", tag) for tag in self.tags]
        if self.board:
            found.append(terms.key("O", self.board))
        if self.author_id is not None:
            found.append(terms.key("A", str(self.author_id)))
        return found

    def admit(self, head: Head) -> bool:
        """Whether the document is there and has all of it."""
        return (
            not head.removed
            and self.board in ("", head.board)
            and self.author_id in (None, head.author_id)
            and (not self.tags or set(self.tags) <= set(fold(head.tags).split()))
        )


@dataclass(frozen=True)
class Candidates:
    """Numbers of documents, the newest first, and how many the index counts in all."""

    heads: Sequence[int]
    others: Sequence[int]
    counted: int
    few: bool = False  # so few titles that nearly right ones are welcome
    similar: Sequence[int] = ()  # those of them that are indexed
    partial: int = 0  # the number of words that are enough, 0: all

    @property
    def numbers(self) -> list[int]:
        """All of them, each once."""
        return list(dict.fromkeys((*self.heads, *self.others, *self.similar)))


def choose(tables: SearchTables, words: Sequence[Word], filters: Filters) -> Candidates:
    """The candidates for a query; one statement, and another one if there are few."""
    needed = [conditions.of_word(word) for word in words]
    keys = {key for one in needed for key in one.every_key()} | {*filters.keys(), terms.GONE}
    found = postings.read(tables, keys)
    allowed = {number: Allowed(block, filters) for number, block in found.items()}
    of_words = {number: [_having(block, one) for one in needed] for number, block in found.items()}
    heads: dict[int, BitMap] = {}
    everywhere: dict[int, BitMap] = {}
    strict = 0
    for number, block in found.items():
        if not words:
            heads[number] = everywhere[number] = allowed[number].all()
            continue
        heads[number] = allowed[number].of(postings.intersection([_meeting(block, one.head) for one in needed]))
        strict += len(allowed[number].of(postings.intersection([_meeting(block, one.strict) for one in needed])))
        everywhere[number] = allowed[number].of(postings.intersection(of_words[number]))
    others = {number: ids - heads[number] for number, ids in everywhere.items()}
    exact = Candidates(
        heads=postings.newest(heads, MOST_HEADS),
        others=postings.newest(others, MOST_TEXTS),
        counted=sum(map(len, everywhere.values())),
    )
    if strict >= FEW or not words:
        return exact
    return _more(tables, words, filters, exact, of_words, allowed)


def _more(
    tables: SearchTables,
    words: Sequence[Word],
    filters: Filters,
    exact: Candidates,
    of_words: Mapping[int, list[BitMap]],
    allowed: Mapping[int, Allowed],
) -> Candidates:
    """Nearly right titles beside the exact candidates; without either, documents with some of the words."""
    similar = _similar(tables, words, filters, of_words, allowed)
    if similar or exact.counted:
        return replace(exact, few=True, similar=similar)
    for enough in range(len(words) - 1, (len(words) - 1) // 2, -1):
        some = {number: allowed[number].of(postings.at_least(sets)[enough - 1]) for number, sets in of_words.items()}
        numbers = postings.newest(some, MOST_TEXTS)
        if numbers:
            return Candidates([], numbers, sum(map(len, some.values())), partial=enough)
    return replace(exact, few=True)


def _similar(
    tables: SearchTables,
    words: Sequence[Word],
    filters: Filters,
    of_words: Mapping[int, list[BitMap]],
    allowed: Mapping[int, Allowed],
) -> list[int]:
    """Titles in which each word is there or nearly there."""
    typos = [conditions.of_typo(word) for word in words]
    keys = {key for typo in typos if typo for part in typo[0] for key in part}
    if not keys:
        return []
    found: dict[int, BitMap] = {}
    for number, block in postings.read(tables, {*keys, *filters.keys(), terms.GONE}).items():
        exact = of_words.get(number) or [BitMap() for _ in words]
        sets: list[BitMap] = []
        for word_set, typo in zip(exact, typos, strict=True):
            if typo is not None:
                parts, needed = typo
                near = postings.at_least([postings.any_of(block, part) for part in parts])
                word_set = word_set | near[needed - 1]
            sets.append(word_set)
        limits = allowed.get(number) or Allowed(block, filters)
        found[number] = limits.of(postings.intersection(sets))
    return postings.newest(found, MOST_SIMILAR)


class Allowed:
    """The documents of a block that the filters admit."""

    def __init__(self, block: Block, filters: Filters) -> None:
        keys = filters.keys()
        self._filtered = postings.meeting(block, tuple((key,) for key in keys)) if keys else None
        self._gone = block.get(terms.GONE)

    def of(self, found: BitMap) -> BitMap:
        """Those of the found ones that are allowed."""
        if self._filtered is not None:
            found = found & self._filtered
        return found - self._gone if self._gone else found

    def all(self) -> BitMap:
        """All that are allowed, where there are filters."""
        return self.of(self._filtered or BitMap())


def _having(block: Block, one: conditions.Conditions) -> BitMap:
    return _meeting(block, (*one.head, *one.text))


def _meeting(block: Block, any_of: Sequence[conditions.Condition]) -> BitMap:
    return postings.union([postings.meeting(block, condition) for condition in any_of])
