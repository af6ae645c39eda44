"""What a community begins with: a few posts that everybody knows, by members whose role will change."""

from __future__ import annotations

from dataclasses import dataclass

from tests.apps.boards.site import OWN
from tests.torture.asking import Told
from tests.torture.community import ACCOUNTS, BOARDS
from tests.torture.journal import Journal, Possible, Post, Text
from tests.torture.wire import Wire

from archive_boards.service import find_board
from archive_chassis.tokens import Member

#: Who play at once. Each changes the role of one of AUTHORS.
PLAYERS = 3
AUTHORS = tuple(ACCOUNTS)[:PLAYERS]


@dataclass(frozen=True)
class Common:
    """A post that the community began with."""

    board: str
    id: int
    author: int


def begin(wire: Wire) -> tuple[list[Common], Journal]:
    """Write what the community begins with: a post of each of AUTHORS on each board, and the journal of that."""
    common: list[Common] = []
    journal = Journal()
    for board in BOARDS:
        for number in AUTHORS:
            author = member_of(number)
            wire.open_form(f"/{board}/write", author)
            token = f"시작-{board}-{number}"
            form = {"title": token, "body": token, "category": find_board(board).categories[0].key, "submission": token}
            answer = wire.post(f"/{board}/write", form | OWN[board], author)
            told = Told(answer.status == 303, answer.location)
            if not told.taken or told.id is None:
                raise RuntimeError(f"the first posts were refused: {answer.status}\n{answer.text[:2000]}")
            common.append(Common(board, told.id, number))
            post = Post(board, token, number, token, told.id, Possible({True}), texts=[Text(token, certain=True)])
            journal.posts.append(post)
    return common, journal


def member_of(number: int) -> Member:
    """The member of this number, as their access token says."""
    return Member(id=number, nickname=f"회원{number}", avatar="", role="member", verified=True, sid=f"sid-{number}")
