"""Operations on a post: publish, read, edit, remove, restore, vote, bookmark."""

from __future__ import annotations

from archive_boards import bookmarks, drafts, placing, posts, reading, votes, writers
from archive_boards.api.models import Confirmation, Vote
from archive_boards.api.posting import NewPost, PostChange, changed, draft_of, models, post_values
from archive_boards.board import Board
from archive_boards.guides import confirmations
from archive_boards.names import AnyRow
from archive_boards.pages.shared import new_submission
from archive_chassis.api.operations import Api, Reply
from archive_chassis.api.preconditions import expected_revision, idempotency_key
from archive_chassis.errors import Gone
from archive_chassis.identity import current_member, require_member

POSTS = "글"


def declare(api: Api, board: Board) -> None:
    """Declare them for a board."""
    known = models(board)

    def reply(row: AnyRow, location: str = "") -> Reply:
        value = known.post(**post_values(board, row, reading.is_removed(row)))
        return Reply(value, revision=row.revision, location=location)

    @api.get("/posts/<int:post_id>", "글 읽기", tag=POSTS, returns=known.post, scope=None, revision=True, errors=(410,))
    def read_post(post_id: int) -> Reply:
        return reply(_visible(board, post_id))

    @api.post(
        "/posts", "글 올리기", tag=POSTS, body=known.new, returns=known.post, status=201, idempotent=True, errors=(409,)
    )
    def publish_post(body: NewPost) -> Reply:
        writer = writers.require_publisher(board)
        key = idempotency_key() or new_submission()
        post_id = posts.publish(board, writer, draft_of(board, body), key)
        return reply(reading.find_post(board, post_id), location=f"/posts/{post_id}")

    @api.patch(
        "/posts/<int:post_id>",
        "글 고치기",
        tag=POSTS,
        body=known.change,
        returns=known.post,
        if_match=True,
        revision=True,
        errors=(410,),
    )
    def edit_post(post_id: int, body: PostChange) -> Reply:
        writer, revision = writers.acting(board), expected_revision()
        row = reading.find_post(board, post_id)
        posts.require_editable(board, writer, row)
        posts.edit(board, writer, post_id, changed(board, drafts.from_post(board, row), body), revision)
        return reply(reading.find_post(board, post_id))

    @api.delete("/posts/<int:post_id>", "글 지우기", tag=POSTS, errors=(409, 410))
    def remove_post(post_id: int) -> None:
        placing.remove(board, writers.acting(board), post_id)

    @api.post("/posts/<int:post_id>/restore", "글 복원하기", tag=POSTS, errors=(409,))
    def restore_post(post_id: int) -> None:
        placing.restore(board, writers.acting(board), post_id)

    @api.put("/posts/<int:post_id>/vote", "글 추천하기", tag=POSTS, body=Vote, errors=(410,))
    def vote_on_post(post_id: int, body: Vote) -> None:
        votes.cast_on_post(board, writers.acting(board), post_id, body.value)

    @api.put("/posts/<int:post_id>/bookmark", "북마크하기", tag=POSTS, errors=(410,))
    def keep_bookmark(post_id: int) -> None:
        bookmarks.keep(board, require_member().id, post_id)

    @api.delete("/posts/<int:post_id>/bookmark", "북마크 빼기", tag=POSTS)
    def drop_bookmark(post_id: int) -> None:
        bookmarks.drop(board, require_member().id, post_id)

    @api.put("/posts/<int:post_id>/confirmation", "아직 통하는지 알리기", tag=POSTS, body=Confirmation, errors=(410,))
    def confirm_guide(post_id: int, body: Confirmation) -> None:
        confirmations.confirm(board, writers.acting(board), post_id, body.version, works=body.works)


def _visible(board: Board, post_id: int) -> AnyRow:
    row = reading.find_post(board, post_id)
    if reading.is_removed(row) and not writers.may_see(current_member(), row):
        raise Gone
    return row
