"""The form that posts are written and edited in: publish, preview, save as a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from archive_boards import drafts, images, posts, reading, rows, saved_drafts, writers
from archive_boards.board import Board, this_board
from archive_boards.drafts import Draft
from archive_boards.names import AnyRow
from archive_boards.pages.images import with_picture
from archive_boards.pages.shared import new_submission, show, submission, to_board, to_post
from archive_chassis import forms
from archive_chassis.errors import NotFound
from archive_chassis.i18n import _
from archive_chassis.identity import login_required
from archive_chassis.templating import notice
from archive_chassis.typed import whole_number

blueprint = Blueprint("writing", __name__)


@blueprint.get("/write")
@login_required
def write() -> ResponseReturnValue:
    board = this_board()
    writer = writers.require_publisher(board)
    saved = _saved(board, writer.id)
    if saved is None:
        return _form_page(drafts.empty(board, request.args.get("category", "")))
    return _form_page(drafts.from_content(board, saved.content), submission=saved.submission)


@blueprint.post("/write")
@login_required
def publish() -> ResponseReturnValue:
    board = this_board()
    writer = writers.require_publisher(board)
    draft = drafts.from_form(board)
    form = _form(draft)
    if _asks_preview():
        return show("boards/write.html", **form | {"preview": images.render(board, draft.body)}, errors={})
    forms.show_again("boards/write.html", board=board, **form)
    if forms.checked("upload"):
        return _with_picture(board, writer, form)
    if forms.checked("save"):
        return _save(board, writer, draft, form["submission"])
    post_id = posts.publish(board, writer, draft, form["submission"])
    row = rows.find(board, post_id)
    notice("success", _("글을 올렸어요") if row.placement else _("글을 받았어요. 아직 다른 사람에게는 보이지 않아요"))
    return to_post(post_id)


@blueprint.get("/<int:post_id>/edit")
@login_required
def edit(post_id: int) -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    post = _editable(board, writer, post_id)
    saved = _saved(board, writer.id)
    if saved is not None and saved.post_id == post_id:
        return _form_page(drafts.from_content(board, saved.content), post, submission=saved.submission)
    return _form_page(drafts.from_post(board, post), post)


@blueprint.post("/<int:post_id>/edit")
@login_required
def save(post_id: int) -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    post = _editable(board, writer, post_id)
    draft = drafts.from_form(board)
    form = _form(draft, post)
    read_at = forms.text("revision")
    if _asks_preview():
        kept = {"revision": read_at, "preview": images.render(board, draft.body)}
        return show("boards/write.html", **form | kept, errors={})
    if forms.checked("upload"):
        form |= {"revision": read_at}
        forms.show_again("boards/write.html", board=board, **form)
        return _with_picture(board, writer, form)
    # After a conflict the form carries the revision of now: who has seen the message may save over it.
    forms.show_again("boards/write.html", board=board, **form)
    if forms.checked("save"):
        return _save(board, writer, draft, form["submission"], post_id)
    revision = int(read_at) if read_at.isdecimal() and len(read_at) < 10 else 0
    posts.edit(board, writer, post_id, draft, revision, form["submission"])
    notice("success", _("글을 수정했어요"))
    return to_post(post_id)


def _save(
    board: Board, writer: writers.Writer, draft: Draft, name: str, post_id: int | None = None
) -> ResponseReturnValue:
    """Keep what is written without publishing it. The page's own script saves the same way and needs no page."""
    saved_drafts.save(board, writer, draft, name, post_id)
    if request.headers.get("Accept") == "application/json":
        return "", 204
    notice("success", _("초안을 저장했어요"))
    return to_board("/drafts")


def _with_picture(board: Board, writer: writers.Writer, form: dict[str, Any]) -> ResponseReturnValue:
    """The form again, with the picture that came with it at the end of its text."""
    draft: Draft = form["draft"]
    draft = replace(draft, body=with_picture(board, writer, draft.body))
    return show("boards/write.html", **form | {"draft": draft}, errors={})


def _form_page(draft: Draft, post: AnyRow | None = None, submission: str = "") -> str:
    form = _form(draft, post)
    return show("boards/write.html", **form | ({"submission": submission} if submission else {}), errors={})


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
        "published": post is not None and not reading.is_removed(post),
    }


def _saved(board: Board, member_id: int) -> AnyRow | None:
    """The saved draft that the address names. NotFound for one that is not the member's."""
    text = request.args.get("draft", "")
    if not text:
        return None
    draft_id = whole_number(text)
    if draft_id is None:
        raise NotFound
    return saved_drafts.find(board, member_id, draft_id)


def _asks_preview() -> bool:
    return forms.checked("preview")


def _editable(board: Board, writer: writers.Writer, post_id: int) -> AnyRow:
    post = reading.find_post(board, post_id)
    posts.require_editable(board, writer, post)
    return post
