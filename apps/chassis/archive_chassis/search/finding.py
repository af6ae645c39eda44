"""Answering a query: candidates from the bitmaps, checked against their words, ranked, and a page of them shown.

At most four statements: the postings of the query's terms, those of its typing errors if it found little, the heads of
the candidates together with the documents that are still pending, and the texts of those that have to be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, false, select, union_all

from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.search import matching, ranking, snippets
from archive_chassis.search.candidates import FEW, MOST_HEADS, MOST_TEXTS, Candidates, Filters, choose
from archive_chassis.search.folding import fold
from archive_chassis.search.matching import Fit
from archive_chassis.search.query import Query, Word
from archive_chassis.search.ranking import Answer, Head, Tier
from archive_chassis.search.snippets import Piece
from archive_chassis.search.tables import SearchTables

PAGE_SIZE = 20
#: The newest documents that wait for `merging`; each search reads them. It works off a greater number in a moment.
MOST_PENDING = 100
LAST_PAGE = (MOST_HEADS + MOST_TEXTS) // PAGE_SIZE


@dataclass(frozen=True)
class Hit:
    """One document of a page of results, as it is shown. `author` is "" for a member who has left."""

    board: str
    post_id: int
    url: str
    title: Sequence[Piece]
    snippet: Sequence[Piece]
    author_id: int
    author: str
    category: str
    tags: tuple[str, ...]
    published_at: datetime
    comments: int
    score: int
    tier: Tier


@dataclass(frozen=True)
class Results:
    """A page of answers.

    Attributes:
        count: how many documents answer; `exact` says whether all were looked at, or the index estimates it.
        misspelled: the words for which nearly right titles are among the answers.
        partial: no document has all the words, these have some.
    """

    hits: Sequence[Hit] = ()
    page: int = 1
    has_next: bool = False
    count: int = 0
    exact: bool = True
    misspelled: tuple[str, ...] = ()
    partial: bool = False


def find(tables: SearchTables, query: Query, filters: Filters, page: int = 1) -> Results:
    """The answers to a query that stand on page `page` (from 1); none for a query without words and filters."""
    filters = replace(filters, tags=tuple(dict.fromkeys((*filters.tags, *query.tags))))
    if not query.words and not filters.keys():
        return Results()
    page = max(1, min(page, LAST_PAGE))
    chosen = choose(tables, query.words, filters)
    answers = [
        ranking.look_at_head(query.words, head) for head in read_heads(tables, chosen.numbers) if filters.admit(head)
    ]
    in_head, rest = _split(answers, query, chosen)
    shown_end = page * PAGE_SIZE
    _rate(in_head, query)
    only_heads = len(in_head) > shown_end
    page_of_heads = in_head[shown_end - PAGE_SIZE : shown_end]
    read = [answer.head.number for answer in (page_of_heads if only_heads else [*page_of_heads, *rest])]
    details = _details(tables, read)
    if not only_heads:
        in_head += _check(rest, query, chosen, details, len(in_head))
    shown = in_head[shown_end - PAGE_SIZE : shown_end]
    hits = [_hit(query.words, answer, details[answer.head.number]) for answer in shown if answer.head.number in details]
    looked_at_all = not (only_heads and rest) and chosen.counted <= len(chosen.heads) + len(chosen.others)
    return Results(
        hits=hits,
        page=page,
        has_next=len(in_head) > shown_end and page < LAST_PAGE,
        count=len(in_head) if looked_at_all else max(chosen.counted, len(in_head)),
        exact=looked_at_all,
        misspelled=_misspelled(query.words, in_head),
        partial=bool(in_head) and in_head[0].tier is Tier.PARTIAL,
    )


def read_heads(tables: SearchTables, numbers: Sequence[int]) -> list[Head]:
    """The heads of the candidates and of all that is pending, each once; one statement."""
    rows = reader().execute(_heads_statement(tables), {"numbers": numbers})
    return list({row[0]: Head(*row) for row in rows}.values())


@cache
def _heads_statement(tables: SearchTables) -> CompoundSelect[*tuple[Any, ...]]:
    """Made once: to build it costs more than to send it."""
    d, p = tables.document, tables.pending
    columns = [d.c[name] for name in Head.__dataclass_fields__]
    waiting = select(p.c.number).order_by(p.c.id.desc()).limit(MOST_PENDING).subquery()
    asked = select(*columns).where(d.c.number.in_(bindparam("numbers", expanding=True)))
    return union_all(asked, select(*columns).join(waiting, waiting.c.number == d.c.number))


def _details(tables: SearchTables, numbers: Sequence[int]) -> Mapping[int, Any]:
    """What is shown of documents, and their texts; one statement. One that has just been removed is not among them."""
    if not numbers:
        return {}
    return {row.number: row for row in reader().execute(_details_statement(tables), {"numbers": numbers})}


@cache
def _details_statement(tables: SearchTables) -> Select[*tuple[Any, ...]]:
    d, x = tables.document, tables.text
    query = select(d.c.number, d.c.post_id, d.c.url, d.c.author, d.c.category, d.c.comments, x.c.text)
    asked = d.c.number.in_(bindparam("numbers", expanding=True))
    return query.join(x, x.c.number == d.c.number).where(asked, d.c.removed == false())


def _split(answers: Sequence[Answer], query: Query, chosen: Candidates) -> tuple[list[Answer], list[Answer]]:
    """Those with all words in their heads, and those whose text has to be read: no titles that only seemed right."""
    seeming = set(chosen.similar) - set(chosen.others)
    in_head = [one for one in answers if not one.missing]
    rest = [
        one
        for one in answers
        if one.missing and (one.head.number not in seeming or ranking.is_similar(query.words, one))
    ]
    return in_head, rest


def _rate(answers: list[Answer], query: Query) -> None:
    now = clock.naive_now()
    for answer in answers:
        ranking.rate(answer, query, now)
    answers.sort(key=lambda answer: answer.order, reverse=True)


def _check(
    answers: Sequence[Answer], query: Query, chosen: Candidates, details: Mapping[int, Any], found: int
) -> list[Answer]:
    """Those of the answers that hold once their texts are read, in their order; `found` others hold already."""
    enough = chosen.partial or len(query.words)
    good: list[Answer] = []
    for answer in answers:
        detail = details.get(answer.head.number)
        if detail is None:
            continue
        ranking.look_at_text(query.words, answer, detail.text)
        if answer.missing and chosen.few:
            ranking.look_for_similar(query.words, answer)
        if not answer.missing:
            good.append(answer)
        elif chosen.partial and len(query.words) - len(answer.missing) >= enough:
            answer.tier = Tier.PARTIAL
            good.append(answer)
    if sum(answer.tier > Tier.SIMILAR for answer in good) + found >= FEW:
        good = [answer for answer in good if answer.tier is not Tier.SIMILAR]
    _rate(good, query)
    return good


def _misspelled(words: Sequence[Word], answers: Sequence[Answer]) -> tuple[str, ...]:
    """The words that some answer has only nearly."""
    similar = Fit.SIMILAR
    return tuple(
        word.text
        for place, word in enumerate(words)
        if any(
            answer.tier is Tier.SIMILAR and any(match.fit is similar for match in answer.in_title[place])
            for answer in answers
        )
    )


def _hit(words: Sequence[Word], answer: Answer, detail: Any) -> Hit:
    head = answer.head
    folded = fold(detail.text)
    in_text = [matching.find(word, folded, in_head=False) for word in words]
    return Hit(
        board=head.board,
        post_id=detail.post_id,
        url=detail.url,
        title=snippets.marked(head.title, (match for matches in answer.in_title for match in matches)),
        snippet=snippets.snippet(detail.text, in_text),
        author_id=head.author_id,
        author=detail.author,
        category=detail.category,
        tags=tuple(head.tags.split()),
        published_at=head.published_at,
        comments=detail.comments,
        score=head.score,
        tier=answer.tier,
    )
