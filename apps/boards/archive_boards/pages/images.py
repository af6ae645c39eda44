"""Pictures: uploaded by the editor's script or a form, and shown.

Whatever a picture was, it is served as WebP and nothing else, under a policy that lets a page made of it do nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from archive_boards import writers
from archive_boards.board import Board, this_board
from archive_boards.images import storing
from archive_boards.images.uploading import FIELD, LIMITS, Picture, upload
from archive_boards.images.usage import FILE
from archive_boards.pages.shared import show
from archive_boards.writers import Writer
from archive_chassis import forms
from archive_chassis.errors import Invalid, NotFound, RateLimited, Unavailable
from archive_chassis.i18n import _
from archive_chassis.identity import login_required, wants_page

blueprint = Blueprint("images", __name__)

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
#: Where the files are may be changed in the settings, so this is not kept for ever.
MOVED_S = 86_400

TOO_OFTEN = "사진을 너무 자주 올렸어요. 잠시 뒤에 다시 시도해 주세요"


@blueprint.get("/images")
@login_required
def upload_form() -> ResponseReturnValue:
    """For comments, and for whoever writes elsewhere: a page that gives the Markdown of a picture."""
    writers.acting(this_board())
    return show("boards/image_upload.html", picture=None, errors={})


@blueprint.post("/images")
@login_required
def take() -> ResponseReturnValue:
    board = this_board()
    writer = writers.acting(board)
    forms.show_again("boards/image_upload.html", board=board, picture=None)
    picture = upload(board, writer, _sent())
    if wants_page():
        return show("boards/image_upload.html", picture=picture, errors={}), 201
    answer = jsonify(url=picture.path, thumbnail=picture.thumbnail, width=picture.width, height=picture.height)
    return answer, 201


@blueprint.get("/images/<name>")
def serve(name: str) -> ResponseReturnValue:
    if not FILE.fullmatch(name):
        raise NotFound
    store = storing.store()
    if address := store.address(name):
        moved = redirect(address, 302)
        moved.headers["Cache-Control"] = f"public, max-age={MOVED_S}"
        return moved
    data = store.get(name)
    if data is None:
        raise NotFound
    response = Response(data, content_type=storing.CONTENT_TYPE)
    response.headers["Cache-Control"] = storing.CACHING
    response.headers["Content-Security-Policy"] = POLICY
    response.set_etag(name)
    return response.make_conditional(request)


def with_picture(board: Board, writer: Writer, body: str) -> str:
    """A text with the picture of this request at its end: a form has a button for that, for browsers without a script.

    Invalid (field `picture`) for whatever fails, so that the form is shown again and no word is lost.
    """
    try:
        picture = upload(board, writer, _sent())
    except RateLimited:
        raise Invalid({FIELD: TOO_OFTEN}) from None
    except Unavailable as error:
        raise Invalid({FIELD: error.detail}) from error
    return f"{body}\n\n{markdown_of(picture)}\n".lstrip()


def markdown_of(picture: Picture) -> str:
    """What is written in a text to show the picture there."""
    return f"![{_('사진')}]({picture.path})"


def _sent() -> bytes:
    """The file in the form, or as much of it as shows that it is too large; b"" for none."""
    found = request.files.get(FIELD)
    return found.stream.read(LIMITS.bytes + 1) if found else b""
