"""The board's pages: list, read, write, edit, delete, restore, pin."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from archive_boards import announce, drafts, listing, posts, reading, views, writers
from archive_boards.board import Board, this_board
from archive_boards.drafts import Draft
from archive_boards.names import AnyRow, author_name
from archive_boards.tables import LEFT, PINNED
from archive_chassis import events, forms, markdown
from archive_chassis.cache import cached_fragment, cached_page
from archive_chassis.errors import Forbidden, Gone, Invalid
from archive_chassis.i18n import _
from archive_chassis.identity import current_member, login_required
from archive_chassis.templating import notice, render

blueprint = Blueprint("posts", __name__)


@blueprint.get("/")
@cached_page(events.content_version)
def index() -> ResponseReturnValue:
    board, member = this_board(), current_member()
    asked = listing.asked(board, request.args)
    may_publish = board.writers == "members" if member is None else writers.may_publish(board, member)

    def posts_shown() -> str:
        return show("boards/list_posts.html", view=listing.read(board, asked), may_publish=may_publish)

    main = cached_fragment(events.content_version, f"{asked.name}|{may_publish}", posts_shown)
    return show("boards/list.html", asked=asked, main=main)


@blueprint.get("/<int:post_id>")
def read(post_id: int) -> ResponseReturnValue:
    response = make_response(_read(post_id))
    if response.status_code in (200, 304) and request.method == "GET":
        member = current_member()
        views.counter().count(post_id, f"member {member.id}" if member else request.remote_addr or "")
    return response


@cached_page(events.content_version)
def _read(post_id: int) -> ResponseReturnValue:
    board, member = this_board(), current_member()
    post = reading.find_post(board, post_id)
    removed = reading.is_removed(post)
    may_restore = removed and member is not None and writers.may_restore(member, post.author_id, post.removed_by)
    if removed and not may_restore:
        raise Gone
    talk = reading.discussion(board, post, _after())
    return show(
        "boards/read.html",
        post=post,
        author=author_name(post),
        by="" if post.author_role == LEFT else post.author_name,
        summary=getattr(post, "summary", "") or post.excerpt,
        facts=_facts(board, post),
        pinned=post.placement == PINNED,
        talk=talk,
        after=_after(),
        removed=removed,
        may_restore=may_restore,
        may_edit=not removed and member is not None and writers.may_edit(board, member, post.author_id),
        may_remove=not removed and member is not None and writers.may_remove(member, post.author_id),
        fresh=new_submission() if member else "",
    )


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


def _after() -> int:
    text = request.args.get("after", "0")
    if not text.isdecimal() or len(text) > 18:
        raise Invalid({"after": "페이지 주소가 올바르지 않아요. 목록에서 다시 시작해 주세요"})
    return int(text)


@blueprint.get("/write")
@login_required
def write() -> ResponseReturnValue:
    board = this_board()
    writers.require_publisher(board)
    return show("boards/write.html", **_form(drafts.empty(board, request.args.get("category", ""))), errors={})


@blueprint.post("/write")
@login_required
def publish() -> ResponseReturnValue:
    board = this_board()
    writer = writers.require_publisher(board)
    draft = drafts.from_form(board)
    form = _form(draft)
    if _asks_preview():
        return show("boards/write.html", **form | {"preview": markdown.render(draft.body)}, errors={})
    forms.show_again("boards/write.html", board=board, **form)
    post_id = posts.publish(board, writer, draft, form["submission"])
    notice("success", _("글을 올렸어요"))
    return to_post(post_id)


@blueprint.get("/<int:post_id>/edit")
@login_required
def edit(post_id: int) -> ResponseReturnValue:
    board = this_board()
    post = _editable(board, post_id)
    draft = Draft(post.title, post.body, post.category, {own.name: getattr(post, own.name) for own in board.fields})
    return show("boards/write.html", **_form(draft, post), errors={})


@blueprint.post("/<int:post_id>/edit")
@login_required
def save(post_id: int) -> ResponseReturnValue:
    board = this_board()
    post = _editable(board, post_id)
    draft = drafts.from_form(board)
    form = _form(draft, post)
    read_at = forms.text("revision")
    if _asks_preview():
        kept = {"revision": read_at, "preview": markdown.render(draft.body)}
        return show("boards/write.html", **form | kept, errors={})
    # After a conflict the form carries the revision of now: who has seen the message may save over it.
    forms.show_again("boards/write.html", board=board, **form)
    posts.edit(board, writers.acting(board), post_id, draft, int(read_at) if read_at.isdecimal() else 0)
    notice("success", _("글을 수정했어요"))
    return to_post(post_id)


@blueprint.get("/<int:post_id>/delete")
@login_required
def confirm_removal(post_id: int) -> ResponseReturnValue:
    board = this_board()
    post = _standing(board, post_id)
    if not writers.may_remove(writers.acting(board), post.author_id):
        raise Forbidden("내가 쓴 글만 삭제할 수 있어요")
    return show("boards/delete.html", post=post)


@blueprint.post("/<int:post_id>/delete")
@login_required
def remove(post_id: int) -> ResponseReturnValue:
    board = this_board()
    posts.remove(board, writers.acting(board), post_id)
    notice("success", _("글을 삭제했어요"))
    return redirect(announce.board_path() + "/", 303)


@blueprint.post("/<int:post_id>/restore")
@login_required
def restore(post_id: int) -> ResponseReturnValue:
    board = this_board()
    posts.restore(board, writers.acting(board), post_id)
    notice("success", _("글을 복원했어요"))
    return to_post(post_id)


@blueprint.post("/<int:post_id>/pin")
@login_required
def pin(post_id: int) -> ResponseReturnValue:
    board, pinned = this_board(), forms.checked("pinned")
    posts.pin(board, writers.acting(board), post_id, pinned=pinned)
    notice("success", _("목록 위에 고정했어요") if pinned else _("고정을 풀었어요"))
    return to_post(post_id)


def show(template: str, **values: Any) -> str:
    """Render one of the board's templates."""
    return render(template, board=this_board(), **values)


def to_post(post_id: int, anchor: str = "") -> ResponseReturnValue:
    """Send the browser to a post's page."""
    return redirect(f"{announce.board_path()}/{post_id}{anchor}", 303)


def new_submission() -> str:
    """A name for a form, so that the same form sent twice is known as such."""
    return secrets.token_urlsafe(16)


def submission() -> str:
    """The name in the form that was sent, or a new one: a program's form need not have any."""
    return forms.text("submission")[:64] or new_submission()


def _form(draft: Draft, post: AnyRow | None = None) -> dict[str, Any]:
    """What `write.html` shows: for a new post, or for a post that is edited."""
    board = this_board()
    return {
        "categories": [(key, _(title)) for key, title in board.category_titles.items()],
        "choices": {own.name: [(key, _(text)) for key, text in own.choices.items()] for own in board.fields},
        "draft": draft,
        "post_id": post.id if post else None,
        "revision": post.revision if post else 0,
        "submission": submission() if request.method == "POST" else new_submission(),
        "preview": None,
    }


def _asks_preview() -> bool:
    return forms.checked("preview")


def _standing(board: Board, post_id: int) -> AnyRow:
    post = reading.find_post(board, post_id)
    if reading.is_removed(post):
        raise Gone
    return post


def _editable(board: Board, post_id: int) -> AnyRow:
    post = _standing(board, post_id)
    if not writers.may_edit(board, writers.acting(board), post.author_id):
        raise Forbidden("내가 쓴 글만 수정할 수 있어요")
    return post
