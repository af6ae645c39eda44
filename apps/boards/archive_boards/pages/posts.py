"""A post's page, and what is done with the post from there: delete, restore, pin."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, g, make_response, request
from flask.typing import ResponseReturnValue

from archive_boards import placing, reading, structured, tags, views, votes, writers
from archive_boards.board import Board, this_board
from archive_boards.guides import confirmations, series
from archive_boards.guides.contents import Entry, with_anchors
from archive_boards.names import AnyRow, author_name
from archive_boards.pages.shared import after, new_submission, show, to_board, to_post
from archive_boards.tables import DELETED, LEFT, PINNED
from archive_chassis import events, forms
from archive_chassis.cache import cached_page, know_version
from archive_chassis.errors import Forbidden, Gone
from archive_chassis.holes import READER
from archive_chassis.i18n import _
from archive_chassis.identity import current_member, login_required
from archive_chassis.templating import notice

blueprint = Blueprint("posts", __name__)


@blueprint.get("/<int:post_id>")
def read(post_id: int) -> ResponseReturnValue:
    response = make_response(_read(post_id))
    if response.status_code in (200, 304) and request.method == "GET":
        member = current_member()
        views.counter().count(post_id, f"member {member.id}" if member else request.remote_addr or "")
    return response


def _own(post_id: int) -> votes.Own:
    """What the member who reads a post did with it, asked once in a request."""
    member = current_member()
    if member is None or member == READER:
        return votes.NOTHING
    known: votes.Own | None = g.get("archive_own")
    if known is None:
        known = g.archive_own = votes.own(this_board(), member.id, post_id)
        know_version(events.content_version, known.version)
    return known


def _has_nothing_to_do_with(post_id: int) -> bool:
    return _own(post_id) == votes.NOTHING


@cached_page(events.content_version, alike=_has_nothing_to_do_with)
def _read(post_id: int) -> ResponseReturnValue:
    board, member = this_board(), current_member()
    post = reading.find_post(board, post_id)
    removed = reading.is_removed(post)
    if removed and not writers.may_see(member, post):
        raise Gone
    talk = reading.discussion(board, post, after(), member)
    return show(
        "boards/read.html",
        post=post,
        author=author_name(post),
        by="" if post.author_role == LEFT else post.author_name,
        summary=getattr(post, "summary", "") or post.excerpt,
        facts=_facts(board, post),
        tags=tags.split(post.tags),
        pinned=post.placement == PINNED,
        talk=talk,
        structured="" if removed else structured.data(board, post, talk),
        after=after(),
        removed=removed,
        withheld=post.withheld if removed else DELETED,
        may_restore=removed and member is not None and writers.may_restore(member, post),
        may_edit=member is not None and writers.may_edit(board, member, post.author_id) and _is_open(post, removed),
        may_remove=member is not None and writers.may_remove(member, post.author_id) and _is_open(post, removed),
        more=_guide(board, post) if board.guides else None,
        open=not removed and (not post.locked or (member is not None and member.is_moderator)),
        own=_own(post_id),
        fresh=new_submission() if member else "",
    )


@dataclass(frozen=True)
class Guide:
    """What a guide's page shows beyond another post's. `series` are the guides of its series, in order."""

    html: str
    contents: list[Entry]
    series: list[AnyRow]
    series_title: str
    verdicts: list[confirmations.Verdict]


def _guide(board: Board, post: AnyRow) -> Guide:
    html, entries = with_anchors(post.html)
    rows = series.guides(board, post.series_id) if post.series_id is not None else []
    title = rows[0].series_title if rows else ""
    return Guide(html, entries, rows, title, confirmations.verdicts(board, post.id))


@dataclass(frozen=True)
class Fact:
    """One of the board's own fields as a post's page shows it; `href` is "" for what is no link."""

    label: str
    text: str
    href: str


def _facts(board: Board, post: AnyRow) -> list[Fact]:
    facts: list[Fact] = []
    for own in board.fields:
        value: str = getattr(post, own.name)
        if not value or not (own.shown or own.kind == "link"):
            continue
        text = urlsplit(value).hostname or value if own.kind == "link" else own.text(value)
        facts.append(Fact(_(own.label), _(text) if own.kind == "choice" else text, value if own.kind == "link" else ""))
    return facts


def _is_open(post: AnyRow, removed: bool) -> bool:
    """Whether its author can still work on a post: it is shown, or waits to be."""
    return not removed or placing.is_waiting(post)


@blueprint.get("/<int:post_id>/delete")
@login_required
def confirm_removal(post_id: int) -> ResponseReturnValue:
    board = this_board()
    post = reading.find_post(board, post_id)
    if not _is_open(post, reading.is_removed(post)):
        raise Gone
    if not writers.may_remove(writers.acting(board), post.author_id):
        raise Forbidden("내가 쓴 글만 삭제할 수 있어요")
    return show("boards/delete.html", post=post)


@blueprint.post("/<int:post_id>/delete")
@login_required
def remove(post_id: int) -> ResponseReturnValue:
    board = this_board()
    placing.remove(board, writers.acting(board), post_id)
    notice("success", _("글을 삭제했어요"))
    return to_board()


@blueprint.post("/<int:post_id>/restore")
@login_required
def restore(post_id: int) -> ResponseReturnValue:
    board = this_board()
    placing.restore(board, writers.acting(board), post_id)
    notice("success", _("글을 복원했어요"))
    return to_post(post_id)


@blueprint.post("/<int:post_id>/pin")
@login_required
def pin(post_id: int) -> ResponseReturnValue:
    board, pinned = this_board(), forms.checked("pinned")
    placing.pin(board, writers.acting(board), post_id, pinned=pinned)
    notice("success", _("목록 위에 고정했어요") if pinned else _("고정을 풀었어요"))
    return to_post(post_id)
