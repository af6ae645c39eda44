"""A board's tables. Their migrations are in `archive_boards.schema`; a test compares the two.

content   post, post_text, comment, revision: what was written
around    what members and moderators do with it: votes, bookmarks, tags, drafts, pictures, reports, the moderation log
guide     series and confirmations, for boards that have them
"""

from __future__ import annotations

from collections.abc import Mapping

from archive_boards.tables import around, content, guide
from archive_boards.tables.columns import (
    ANSWER,
    COMMENT,
    DELETED,
    HELD,
    HIDDEN,
    LEFT,
    LISTED,
    PINNED,
    POST,
    REMOVED,
    SCHEDULED,
    key_text,
)
from archive_chassis.database import metadata

__all__ = [
    "ANSWER",
    "COMMENT",
    "DELETED",
    "HELD",
    "HIDDEN",
    "LEFT",
    "LISTED",
    "PINNED",
    "POST",
    "REMOVED",
    "SCHEDULED",
    "BoardTables",
    "key_text",
]


class BoardTables:
    """One board's tables, in a schema of its own.

    `fields` are the board's own text columns of `post`, name → length. With `answers`, posts count them and point to
    the accepted one. With `guides`, posts may belong to a series and be confirmed for a version of their game.
    """

    def __init__(self, fields: Mapping[str, int], *, answers: bool = False, guides: bool = False) -> None:
        self.metadata = metadata()
        self.post = content.post(self.metadata, fields, answers=answers, guides=guides)
        self.text = content.text(self.metadata)
        self.comment = content.comment(self.metadata)
        self.revision = content.revision(self.metadata)
        self.member_state = around.member_state(self.metadata)
        self.vote = around.vote(self.metadata)
        self.bookmark = around.bookmark(self.metadata)
        self.tag = around.tag(self.metadata)
        self.post_tag = around.post_tag(self.metadata)
        self.draft = around.draft(self.metadata)
        self.image = around.image(self.metadata)
        self.report = around.report(self.metadata)
        self.moderation_log = around.moderation_log(self.metadata)
        if guides:
            self.series = guide.series(self.metadata)
            self.confirmation = guide.confirmation(self.metadata)
