"""Who may do what on a board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive_boards.board import Board
from archive_boards.names import AnyRow
from archive_boards.tables import DELETED, LEFT
from archive_chassis import clock
from archive_chassis.database import reader
from archive_chassis.errors import Forbidden
from archive_chassis.identity import require_member
from archive_chassis.tokens import Member

MODERATORS = ("moderator", "admin")
#: Accounts younger than this are new: what they write with links to elsewhere waits for a moderator.
NEW_FOR_DAYS = 7


@dataclass(frozen=True)
class Writer:
    """The member who writes, as this board knows them: the access token, corrected by what auth's events said since.

    new: the account is young, and no moderator has said yet that they trust it.
    """

    id: int
    nickname: str
    avatar: str
    role: str
    new: bool = False

    @property
    def is_moderator(self) -> bool:
        return self.role in MODERATORS

    @property
    def columns(self) -> dict[str, Any]:
        """The author columns of what they write."""
        return {
            "author_id": self.id,
            "author_name": self.nickname,
            "author_avatar": self.avatar,
            "author_role": self.role,
        }


def acting(board: Board) -> Writer:
    """The member who is asking, allowed to change something here.

    Unauthenticated without one; Forbidden for an unverified e-mail address, a suspended or a closed account.
    """
    member = require_member()
    if not member.verified:
        raise Forbidden("이메일 인증을 마치면 글과 댓글을 쓸 수 있어요")
    t = board.tables.member_state
    state = reader().execute(select(t).where(t.c.member_id == member.id)).one_or_none()
    young = member.is_new(NEW_FOR_DAYS)
    if state is None:
        return Writer(member.id, member.nickname, member.avatar, member.role, new=young and not member.is_moderator)
    if state.role == LEFT:
        raise Forbidden("탈퇴한 계정이에요")
    if state.suspended and (state.suspended_until is None or state.suspended_until > clock.naive_now()):
        raise Forbidden("이용이 정지된 동안에는 글과 댓글을 쓸 수 없어요")
    # Auth's events speak of the member; a program of theirs never acts as a moderator.
    role = member.role if state.role is None or member.by_program else state.role
    return Writer(
        id=member.id,
        nickname=member.nickname if state.nickname is None else state.nickname,
        avatar=member.avatar if state.avatar is None else state.avatar,
        role=role,
        new=young and not state.trusted and role not in MODERATORS,
    )


def may_publish(board: Board, who: Writer | Member) -> bool:
    """Whether they may write posts on this board."""
    return board.writers == "members" or who.is_moderator


def may_edit(board: Board, who: Writer | Member, author_id: int) -> bool:
    """An author their own, an admin everything; on a board of editors, editors each other's."""
    return who.id == author_id or who.role == "admin" or (board.writers == "editors" and who.is_moderator)


def may_remove(who: Writer | Member, author_id: int) -> bool:
    """An author their own, a moderator everything."""
    return who.id == author_id or who.is_moderator


def may_see(who: Writer | Member | None, post: AnyRow) -> bool:
    """Whether they may see a post that stands nowhere: a moderator, and its author unless a moderator deleted it."""
    if who is None:
        return False
    own = who.id == post.author_id and (post.withheld != DELETED or post.removed_by == who.id)
    return own or who.is_moderator


def may_restore(who: Writer | Member, post: AnyRow) -> bool:
    """A moderator everything that was deleted; an author what they deleted themselves."""
    if post.withheld != DELETED:
        return False
    return who.is_moderator or who.id == post.author_id == post.removed_by


def require_moderator(board: Board) -> Writer:
    """The member who is asking, allowed to keep order. Forbidden for anybody else."""
    writer = acting(board)
    if not writer.is_moderator:
        raise Forbidden("운영진만 할 수 있어요")
    return writer


def require_publisher(board: Board) -> Writer:
    """The member who is asking, allowed to write a post. Forbidden when only editors may."""
    writer = acting(board)
    if not may_publish(board, writer):
        raise Forbidden("이 게시판에는 운영진만 글을 쓸 수 있어요")
    return writer
