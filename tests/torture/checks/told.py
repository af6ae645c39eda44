"""The outbox: every change is in it, in order, once; and its last word about each post is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.torture.checks.scene import Broken, Row, Scene, Schema

NO_GAPS = "the ids of a service's events are 1 to its counter, without gaps"
PUBLISHED = "a post is told of when it is published, once"
ADDED = "a comment is told of when it is written, once"
LAST_WORD = "the last event about a post says how it stands"

RULES = (NO_GAPS, PUBLISHED, ADDED, LAST_WORD)


def check(scene: Scene) -> Iterator[Broken]:
    for service in scene.services:
        ids = sorted(row["id"] for row in service["outbox"])
        if ids != list(range(1, service.sequence + 1)):
            missing = sorted(set(range(1, service.sequence + 1)).symmetric_difference(ids))
            yield NO_GAPS, f"{service.service}: the counter says {service.sequence}; wrong: {missing[:10]}"
    for board in scene.boards.values():
        yield from _once(board, "post", "post.published", PUBLISHED)
        yield from _once(board, "comment", "comment.added", ADDED)
        yield from _last_words(board)


def _once(board: Schema, table: str, kind: str, rule: str) -> Iterator[Broken]:
    told = Counter(event["data"]["id"] for event in board.events(kind))
    there = {row["id"] for row in board[table]}
    for number in there | told.keys():
        if told[number] != 1 or number not in there:
            yield rule, f"{board.service} {table} {number}: told {told[number]} times, there: {number in there}"


def _last_words(board: Schema) -> Iterator[Broken]:
    last = {event["data"]["id"]: event for event in board.events("post.published", "post.changed", "post.removed")}
    for post in board["post"]:
        event = last.get(post["id"])
        if event is None:
            continue  # PUBLISHED has said so
        if post["placement"] > 0:
            differing = [] if event["type"] == "post.removed" else _differences(event["data"], post)
            if event["type"] == "post.removed" or differing:
                yield LAST_WORD, f"{board.service} {post['id']} is shown; {event['type']} {event['id']}: {differing}"
        elif event["type"] != "post.removed":
            yield LAST_WORD, f"{board.service} {post['id']} is not shown; {event['type']} {event['id']}"


def _differences(data: Row, post: Row) -> list[str]:
    """What an event says otherwise than the post's row. Views are told with whatever comes next."""
    true = {
        "title": post["title"],
        "comments": post["comments"] + post.get("answers", 0),
        "score": post["score"],
        "tags": post["tags"].split(),
        "image": post["image"],
        "url": f"/{data['board']}/{post['id']}",
        "published_at": post["published_at"].isoformat() + "Z",
    }
    wrong = [f"{name} {data[name]!r}, is {value!r}" for name, value in true.items() if data[name] != value]
    return wrong + ([] if data["author"]["id"] == post["author_id"] else ["author"])
