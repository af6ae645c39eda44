"""The corpus of the recall test: every subject for every game, and documents that only look alike; always the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.apps.search.building_blocks import DISTRACTORS, FILLERS, GAMES, SUBJECTS, Game, Subject

from archive_chassis.search import Document

FIRST = datetime(2026, 1, 1)  # noqa: DTZ001 - columns hold naive UTC
WRITERS = ("새벽토끼", "소식여우", "길잡이곰", "물음표", "느긋한고래", "도토리", "한밤중", "구름빵")

_PARTICLES = {"은": "는", "이": "가", "을": "를", "과": "와"}


@dataclass(frozen=True)
class Labelled:
    """A document and what it is about: its game's key, its subject's key, alone and with the number of its title (boss,
    boss1), or the labels of a distractor."""

    document: Document
    labels: frozenset[str]


class _Name(str):
    """A name that takes the fitting particle: f"{name:을}"."""

    def __format__(self, particle: str) -> str:
        if not particle:
            return str(self)
        is_open = (ord(self[-1]) - 0xAC00) % 28 == 0
        return str(self) + (_PARTICLES[particle] if is_open else particle)


def documents() -> list[Labelled]:
    """All of them, the oldest first."""
    found: list[Labelled] = []
    for row, game in enumerate(GAMES):
        for column, subject in enumerate(SUBJECTS):
            found.append(_document(game, subject, row, column, len(found)))
    for labels, board, title, text, tags in DISTRACTORS:
        number = len(found)
        found.append(Labelled(_post(number, board, title, f"{text} {FILLERS[number % 9]}", "", (tags,)), _set(labels)))
    return found


def _document(game: Game, subject: Subject, row: int, column: int, number: int) -> Labelled:
    """A subject's document for a game: which title, which spelling and which words besides depend on the place."""
    name = _Name(game.together if game.together and (row + column) % 2 else game.name)
    which = (row + column) % len(subject.titles)
    title = subject.titles[which].format(g=name)
    sentences = [sentence.format(g=name) for sentence in subject.sentences]
    sentences = sentences[row % 3 :] + sentences[: row % 3]
    beside = [SUBJECTS[(column + step) % len(SUBJECTS)].passing for step in (3 + row % 5, 11)]
    text = [FILLERS[number % 9], sentences[0], beside[0], sentences[1], FILLERS[(number + 4) % 9], sentences[2]]
    text += [beside[1], f"{game.english} {name} 기준입니다."]
    named = game.name if subject.board == "guides" else ""
    post = _post(number, subject.board, title, " ".join(text), named, subject.tags)
    return Labelled(post, frozenset((game.key, subject.key, f"{subject.key}{which + 1}")))


def _post(number: int, board: str, title: str, text: str, game: str, tags: tuple[str, ...]) -> Document:
    writer = number % len(WRITERS)
    return Document(
        board=board,
        post_id=number + 1,
        title=title,
        url=f"/{board}/{number + 1}",
        author_id=writer + 1,
        author=WRITERS[writer],
        published_at=FIRST + timedelta(hours=number * 7 % 4001),
        text=text,
        category="",
        game=game,
        tags=tags,
        comments=number % 5,
        score=number % 7 - 1,
    )


def _set(labels: str) -> frozenset[str]:
    return frozenset(labels.split())
