"""What players asked for, and what they were told: 303 is an acknowledgement, a lost answer is a maybe.

A value of which more than one is possible is a set of all that are. An acknowledgement makes it one again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Possible(Generic[T]):
    """The values that something can have, as far as a player can know."""

    values: set[T]

    def is_now(self, value: T) -> None:
        """It was acknowledged."""
        self.values = {value}

    def may_be(self, value: T) -> None:
        """The answer was lost, and nobody asked again."""
        self.values = self.values | {value}

    @property
    def certain(self) -> bool:
        return len(self.values) == 1


@dataclass
class Text:
    """One version of a post's text: its token is in it and nowhere else."""

    token: str
    certain: bool


@dataclass
class Post:
    """A post, by the token in its title. `id` is None if it was never learned; then nobody uses the post further.

    texts: in the order of the edits; the first is what it was published with. left: an answer about it was lost, and it
    is left alone from then on.
    """

    board: str
    token: str
    author: int
    submission: str
    id: int | None = None
    exists: Possible[bool] = field(default_factory=lambda: Possible({False}))
    shown: Possible[bool] = field(default_factory=lambda: Possible({True}))
    texts: list[Text] = field(default_factory=list[Text])
    revision: int = 1
    accepted: Possible[int | None] = field(default_factory=lambda: Possible[int | None]({None}))
    left: bool = False

    @property
    def usable(self) -> bool:
        return self.id is not None and not self.left and self.shown.values == {True}


@dataclass
class Comment:
    """A comment or an answer, by the token that is its text."""

    board: str
    post_id: int
    kind: str
    token: str
    author: int
    submission: str
    id: int | None = None
    exists: Possible[bool] = field(default_factory=lambda: Possible({False}))
    shown: Possible[bool] = field(default_factory=lambda: Possible({True}))
    left: bool = False


@dataclass
class Draft:
    """A draft that was saved and not published, by its token."""

    board: str
    token: str
    member: int
    submission: str
    exists: Possible[bool] = field(default_factory=lambda: Possible({False}))


#: (board, "post" or "comment", id, member) → the vote; (board, post id, member) → whether it is bookmarked
VoteKey = tuple[str, str, int, int]
BookmarkKey = tuple[str, int, int]


@dataclass
class Journal:
    """One player's. Several are looked at together by the checks; their objects are disjoint."""

    posts: list[Post] = field(default_factory=list[Post])
    comments: list[Comment] = field(default_factory=list[Comment])
    drafts: list[Draft] = field(default_factory=list[Draft])
    votes: dict[VoteKey, Possible[int]] = field(default_factory=dict[VoteKey, "Possible[int]"])
    bookmarks: dict[BookmarkKey, Possible[bool]] = field(default_factory=dict[BookmarkKey, "Possible[bool]"])
    suspended: dict[int, Possible[bool]] = field(default_factory=dict[int, "Possible[bool]"])
    roles: dict[int, Possible[str]] = field(default_factory=dict[int, "Possible[str]"])
    #: Answers that no member should get, in words.
    wrongs: list[str] = field(default_factory=list[str])
    acknowledged: int = 0
    lost: int = 0


def together(journals: list[Journal]) -> Journal:
    """All of them as one, to read."""
    whole = Journal()
    for one in journals:
        whole.posts += one.posts
        whole.comments += one.comments
        whole.drafts += one.drafts
        whole.votes |= one.votes
        whole.bookmarks |= one.bookmarks
        whole.suspended |= one.suspended
        whole.roles |= one.roles
        whole.wrongs += one.wrongs
        whole.acknowledged += one.acknowledged
        whole.lost += one.lost
    return whole
