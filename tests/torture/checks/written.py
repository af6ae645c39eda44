"""What players were told, against what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.torture.checks.scene import Broken, Row, Scene, Schema
from tests.torture.journal import Comment, Draft, Post

from archive_boards.tables import POST

ANSWERED = "nobody is answered otherwise than in peace"
POSTS = "an acknowledged post is there once"
TEXTS = "an acknowledged edit is in the history once"
COMMENTS = "an acknowledged comment is there once"
PLACES = "what was deleted or restored is where that left it"
VOTES = "a vote is the last one that was acknowledged"
BOOKMARKS = "a bookmark is as it was acknowledged"
DRAFTS = "a draft is there until it is published"
ACCEPTED = "the accepted answer is the acknowledged one"
ACCOUNTS = "what was decided about an account holds"
NOTHING_ELSE = "nothing is there that nobody wrote"

RULES = (ANSWERED, POSTS, TEXTS, COMMENTS, PLACES, VOTES, BOOKMARKS, DRAFTS, ACCEPTED, ACCOUNTS, NOTHING_ELSE)


def check(scene: Scene) -> Iterator[Broken]:
    yield from ((ANSWERED, text) for text in scene.journal.wrongs)
    for board in scene.boards.values():
        yield from _posts(board, [one for one in scene.journal.posts if one.board == board.service])
        yield from _comments(board, [one for one in scene.journal.comments if one.board == board.service])
        yield from _drafts(board, [one for one in scene.journal.drafts if one.board == board.service])
        yield from _votes(board, scene)
        yield from _bookmarks(board, scene)
    yield from _accounts(scene)


def _posts(board: Schema, written: list[Post]) -> Iterator[Broken]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in board["post"]:
        rows[row["title"]].append(row)
    texts, older = board.by("post_text", "post_id"), defaultdict[int, list[Row]](list)
    for row in board["revision"]:
        if row["subject"] == POST:
            older[row["subject_id"]].append(row)
    for post in written:
        found = rows.pop(post.token, [])
        if bool(found) not in post.exists.values or len(found) > 1:
            yield POSTS, f"{board.service} {post.token} ({post.exists.values}): {len(found)} rows"
        if len(found) != 1:
            continue
        row = found[0]
        if post.id not in (None, row["id"]) or row["author_id"] != post.author:
            yield POSTS, f"{board.service} {post.token}: told {post.id}, is {row['id']} by {row['author_id']}"
        if (row["placement"] > 0) not in post.shown.values:
            yield PLACES, f"{board.service} {post.token}: placement {row['placement']}, shown {post.shown.values}"
        if row.get("accepted_id") not in post.accepted.values:
            yield ACCEPTED, f"{board.service} {post.token}: {row['accepted_id']}, not {post.accepted.values}"
        versions = sorted(older[row["id"]], key=lambda one: one["number"])
        numbers = [one["number"] for one in versions]
        if numbers != list(range(1, row["revision"])) or row["id"] not in texts:
            yield TEXTS, f"{board.service} {post.token}: revision {row['revision']}, kept {numbers}"
            continue
        bodies = [one["body"] for one in versions] + [texts[row["id"]]["body"]]
        if not _may_be(bodies, post):
            yield TEXTS, f"{board.service} {post.token}: {bodies}, but asked for {post.texts}"
    for title, found in rows.items():
        yield NOTHING_ELSE, f"{board.service}: {len(found)} posts {title!r}"


def _may_be(bodies: list[str], post: Post) -> bool:
    """Whether these versions are the texts that were asked for, in order, but for some of which nobody knows."""
    left = list(bodies)
    for text in post.texts:
        if left and left[0] == text.token:
            left.pop(0)
        elif text.certain:
            return False
    return not left


def _comments(board: Schema, written: list[Comment]) -> Iterator[Broken]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in board["comment"]:
        rows[row["body"]].append(row)
    for said in written:
        found = rows.pop(said.token, [])
        if bool(found) not in said.exists.values or len(found) > 1:
            yield COMMENTS, f"{board.service} {said.token} ({said.exists.values}): {len(found)} rows"
        for row in found[:1]:
            if said.id not in (None, row["id"]) or (row["post_id"], row["kind"]) != (said.post_id, said.kind):
                yield COMMENTS, f"{board.service} {said.token}: told {said.id}, is {row['id']} of {row['post_id']}"
            if (row["removed_at"] is None) not in said.shown.values:
                yield PLACES, f"{board.service} {said.token}: removed {row['removed_at']}, not {said.shown.values}"
    for body, found in rows.items():
        yield NOTHING_ELSE, f"{board.service}: {len(found)} comments {body!r}"


def _drafts(board: Schema, saved: list[Draft]) -> Iterator[Broken]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in board["draft"]:
        rows[row["content"]["title"]].append(row)
    for draft in saved:
        found = rows.pop(draft.token, [])
        if bool(found) not in draft.exists.values or len(found) > 1:
            yield DRAFTS, f"{board.service} {draft.token} ({draft.exists.values}): {len(found)} rows"
    for title, found in rows.items():
        yield NOTHING_ELSE, f"{board.service}: {len(found)} drafts {title!r}"


def _votes(board: Schema, scene: Scene) -> Iterator[Broken]:
    rows = {(row["subject"], row["subject_id"], row["member_id"]): row["value"] for row in board["vote"]}
    for (name, subject, subject_id, member), vote in scene.journal.votes.items():
        if name == board.service:
            value = rows.pop((subject, subject_id, member), 0)
            if value not in vote.values:
                yield VOTES, f"{name} {subject} {subject_id} of {member}: {value}, not {vote.values}"
    for key in rows:
        yield NOTHING_ELSE, f"{board.service}: a vote {key}"


def _bookmarks(board: Schema, scene: Scene) -> Iterator[Broken]:
    rows = {(row["post_id"], row["member_id"]) for row in board["bookmark"]}
    for (name, post_id, member), kept in scene.journal.bookmarks.items():
        if name == board.service:
            if ((post_id, member) in rows) not in kept.values:
                yield BOOKMARKS, f"{name} {post_id} of {member}: not {kept.values}"
            rows.discard((post_id, member))
    for key in rows:
        yield NOTHING_ELSE, f"{board.service}: a bookmark {key}"


def _accounts(scene: Scene) -> Iterator[Broken]:
    suspended = {row["id"]: row["suspended_at"] is not None for row in scene.auth["member"]}
    roles = {row["id"]: row["role"] for row in scene.auth["member"]}
    for member, state in scene.journal.suspended.items():
        if suspended.get(member) not in state.values:
            yield ACCOUNTS, f"{member}: suspended {suspended.get(member)}, not {state.values}"
    for member, role in scene.journal.roles.items():
        if roles.get(member) not in role.values:
            yield ACCOUNTS, f"{member}: {roles.get(member)}, not {role.values}"
