"""What is kept twice for the reader's sake: counters, scores, a tag's copy of a post's columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.torture.checks.scene import Broken, Row, Scene, Schema

from archive_boards.tables import ANSWER, POST

WHOLE = "a post has a text, and a comment has a post"
COMMENTS = "a post counts the comments and answers that are shown"
SCORES = "a score is the sum of its votes"
TAGS = "a tag counts the posts that are shown"
COPIES = "a post's tags stand where it stands"

RULES = (WHOLE, COMMENTS, SCORES, TAGS, COPIES)


def check(scene: Scene) -> Iterator[Broken]:
    for board in scene.boards.values():
        yield from _whole(board)
        yield from _comments(board)
        yield from _scores(board)
        yield from _tags(board)


def _whole(board: Schema) -> Iterator[Broken]:
    posts, texts = board.by("post", "id"), board.by("post_text", "post_id")
    for number in posts.keys() ^ texts.keys():
        yield WHOLE, f"{board.service} {number}: in post {number in posts}, in post_text {number in texts}"
    for row in board["comment"]:
        if row["post_id"] not in posts:
            yield WHOLE, f"{board.service}: comment {row['id']} is about {row['post_id']}"


def _comments(board: Schema) -> Iterator[Broken]:
    shown = [row for row in board["comment"] if row["removed_at"] is None]
    said = Counter(row["post_id"] for row in shown if row["kind"] != ANSWER)
    answers = Counter(row["post_id"] for row in shown if row["kind"] == ANSWER)
    for post in board["post"]:
        counted, true = (post["comments"], post.get("answers", 0)), (said[post["id"]], answers[post["id"]])
        if counted != true:
            yield COMMENTS, f"{board.service} {post['id']}: counted {counted}, shown {true}"


def _scores(board: Schema) -> Iterator[Broken]:
    sums: Counter[tuple[str, int]] = Counter()
    for vote in board["vote"]:
        sums[vote["subject"], vote["subject_id"]] += vote["value"]
    for table, subject in (("post", POST), ("comment", "comment")):
        for row in board[table]:
            if row["score"] != sums[subject, row["id"]]:
                yield SCORES, f"{board.service} {subject} {row['id']}: {row['score']}, votes {sums[subject, row['id']]}"


def _tags(board: Schema) -> Iterator[Broken]:
    posts = board.by("post", "id")
    carried: dict[int, list[Row]] = {}
    for row in board["post_tag"]:
        carried.setdefault(row["post_id"], []).append(row)
    for number, post in posts.items():
        rows = carried.pop(number, [])
        if sorted(row["tag"] for row in rows) != sorted(post["tags"].split()):
            yield COPIES, f"{board.service} {number}: {post['tags']!r}, rows {[row['tag'] for row in rows]}"
        for row in rows:
            if (row["placement"], row["published_at"]) != (post["placement"], post["published_at"]):
                yield COPIES, f"{board.service} {number}: {row}, the post {post['placement']} {post['published_at']}"
    for number in carried:
        yield COPIES, f"{board.service}: tags of {number}, which is not there"
    true = Counter(row["tag"] for row in board["post_tag"] if row["placement"] > 0)
    counted = {row["name"]: row["posts"] for row in board["tag"]}
    for tag in true.keys() | counted.keys():
        if counted.get(tag, 0) != true[tag]:
            yield TAGS, f"{board.service} {tag}: counted {counted.get(tag)}, shown {true[tag]}"
