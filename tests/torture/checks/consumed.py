"""Consumption: every event applied once by every consumer, and the read models are what the boards say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.torture.checks.scene import Broken, Row, Scene, Schema

ALL = "everything that was told has been heard"
ONCE = "an event is applied once, with its offset"
FRONT = "the front page's read model says what the boards say"
SEARCH = "the index holds what the boards show"
NOTICES = "the author of a post is notified of a comment once"
STATES = "the boards know of suspensions and roles what auth says"
ECHOES = "an event that makes another makes it once"

RULES = (ALL, ONCE, FRONT, SEARCH, NOTICES, STATES, ECHOES)


def check(scene: Scene) -> Iterator[Broken]:
    producers = {service.service: service for service in scene.services}
    for service in scene.services:
        yield from _offsets(service, producers)
    for board in scene.boards.values():
        yield from _front(board, scene.home)
        yield from _search(board, scene.home)
        yield from _notices(board, scene.home)
        yield from _states(board, scene.auth)
        yield from _echoes(board, scene.auth)


def _offsets(service: Schema, producers: dict[str, Schema]) -> Iterator[Broken]:
    applied: dict[str, list[int]] = {}
    for row in sorted(service["torture_applied"], key=lambda row: row["id"]):
        applied.setdefault(row["source"], []).append(row["event_id"])
    for row in service["event_offset"]:
        source, position = row["source"], row["position"]
        there = producers[producer_of(source)].sequence
        if position != there:
            yield ALL, f"{service.service} has heard {position} of {there} from {source!r}"
        ids = applied.pop(source, [])
        if ids != list(range(1, position + 1)):
            counts = Counter(ids)
            wrong = [f"{n}: {counts[n]} times" for n in range(1, position + 1) if counts[n] != 1]
            yield ONCE, f"{service.service} from {source!r} up to {position}: {wrong[:5] or 'out of order'}"
    for source in applied:
        yield ONCE, f"{service.service} has applied events of {source!r} without an offset"


def producer_of(source: str) -> str:
    """The service that an offset is about: a second consumer of the same feed adds a word ("guides search")."""
    return source.split()[0]


def _front(board: Schema, home: Schema) -> Iterator[Broken]:
    rows = {row["post_id"]: row for row in home["front_post"] if row["board"] == board.service}
    for post in board["post"]:
        row = rows.pop(post["id"], None)
        wrong = ["no row"] if row is None else _front_differences(row, post)
        if wrong:
            yield FRONT, f"{board.service} {post['id']}: {', '.join(wrong)}"
    for number in rows:
        yield FRONT, f"{board.service} {number} is on the front page and nowhere else"


def _front_differences(row: Row, post: Row) -> list[str]:
    shown = post["placement"] > 0
    if row["removed"] == shown:
        return [f"removed {row['removed']}"]
    if not shown:
        return []
    true = {
        "title": post["title"],
        "summary": post["excerpt"],
        "author_id": post["author_id"],
        "author": post["author_name"],
        "image": post["image"],
        "published_at": post["published_at"],
        "comments": post["comments"] + post.get("answers", 0),
        "score": post["score"],
    }
    return [f"{name} {row[name]!r}, is {value!r}" for name, value in true.items() if row[name] != value]


def _search(board: Schema, home: Schema) -> Iterator[Broken]:
    found = {
        row["post_id"]: (row["title"], row["tags"].split(), row["score"])
        for row in home["search_document"]
        if row["board"] == board.service and not row["removed"]
    }
    stands = [row for row in board["post"] if row["placement"] > 0]
    shown = {row["id"]: (row["title"], row["tags"].split(), row["score"]) for row in stands}
    for number in found.keys() | shown.keys():
        if found.get(number) != shown.get(number):
            yield SEARCH, f"{board.service} {number}: {found.get(number)}, is {shown.get(number)}"


def _notices(board: Schema, home: Schema) -> Iterator[Broken]:
    told = Counter(
        (row["member_id"], row["comment_id"])
        for row in home["notification"]
        if row["board"] == board.service and row["kind"] == "reply"
    )
    authors = {post["id"]: post["author_id"] for post in board["post"]}
    due = {
        (authors[said["post_id"]], said["id"])
        for said in board["comment"]
        if said["post_id"] in authors and authors[said["post_id"]] != said["author_id"]
    }
    for key in due | told.keys():
        if told[key] != (1 if key in due else 0):
            yield NOTICES, f"{board.service}: member {key[0]} was notified of comment {key[1]} {told[key]} times"


def _states(board: Schema, auth: Schema) -> Iterator[Broken]:
    members, states = auth.by("member", "id"), board.by("member_state", "member_id")
    kinds = ("member.suspended", "member.reinstated", "member.role_changed")
    heard = {event["data"]["id"] for event in auth.events(*kinds)}
    for number in heard | states.keys():
        member, state = members.get(number), states.get(number)
        if member is None or state is None or state["suspended"] != (member["suspended_at"] is not None):
            yield STATES, f"{board.service} {number}: {state}, auth says {member}"
        elif state["role"] not in (None, member["role"]):
            yield STATES, f"{board.service} {number}: {state['role']}, auth says {member['role']}"
    for post in board["post"]:
        if post["author_id"] in members and post["author_role"] != members[post["author_id"]]["role"]:
            yield STATES, f"{board.service} {post['id']}: by a {post['author_role']}"


def _echoes(board: Schema, auth: Schema) -> Iterator[Broken]:
    """Auth's word of a new role rewrites the author's posts, and the board tells of that: once for each word."""
    authors = {post["author_id"] for post in board["post"]}
    words = Counter(event["data"]["id"] for event in auth.events("member.role_changed"))
    echoes = Counter(event["data"]["id"] for event in board.events("author.changed"))
    for number in authors & (words.keys() | echoes.keys()):
        if words[number] != echoes[number]:
            yield ECHOES, f"{board.service} {number}: {words[number]} words, {echoes[number]} echoes"
