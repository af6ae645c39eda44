"""What members are told of, and what each of them does not want to be told of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, SmallInteger, String, Table

from archive_chassis.database import Id, Timestamp
from archive_home.tables import home_metadata

#: The kinds of notifications, in the order of the settings.
REPLY, MENTION, ACCEPTED, MODERATION = KINDS = ("reply", "mention", "accepted", "moderation")
#: `withdrawn`: whether what it is about can be read: yes; not while its post is away; not any more.
SHOWN, WITH_POST, ITSELF = 0, 1, 2

#: One row for each thing that a member is told of. `id` grows in the order in which home heard of them.
notification = Table(
    "notification",
    home_metadata,
    Column[int]("id", Id, primary_key=True),
    Column[int]("member_id", Id, nullable=False),
    Column[str]("board", String(32), nullable=False),
    Column[str]("kind", String(16), nullable=False),
    # "comment 12", "post 3", or "event 45" for what may happen to the same thing again
    Column[str]("subject", String(40), nullable=False),
    Column[str]("action", String(24), nullable=False),  # what was done: comment, reply, answer; hide, move, …
    Column[int]("post_id", Id, nullable=False),
    Column[int]("comment_id", Id, nullable=False),  # 0: it is about the post itself
    Column[int]("actor_id", Id, nullable=False),  # 0: a moderator, whose name is nobody's business
    Column[str]("title", String(200), nullable=False),  # the post's, until the front page's read model knows it better
    Column[str]("text", String(500), nullable=False),  # the beginning of the comment, or a moderator's reason
    Column[str]("url", String(300), nullable=False),
    Column[datetime]("created_at", Timestamp, nullable=False),
    Column[bool]("unread", Boolean(create_constraint=False), nullable=False),
    Column[int]("withdrawn", SmallInteger, nullable=False),
)
#: Decides that the same thing is told once, however often its event is applied.
ONCE = ("member_id", "board", "kind", "subject")
Index("uq_notification_once", *(notification.c[name] for name in ONCE), unique=True)
Index("ix_notification_newest", notification.c.member_id, notification.c.withdrawn, notification.c.id)
Index("ix_notification_unread", notification.c.member_id, notification.c.unread, notification.c.withdrawn)
Index("ix_notification_post", notification.c.board, notification.c.post_id, notification.c.withdrawn)
Index("ix_notification_comment", notification.c.board, notification.c.comment_id)
Index("ix_notification_created_at", notification.c.created_at)

#: The kinds that a member has switched off, separated by spaces. No row: none.
notification_setting = Table(
    "notification_setting",
    home_metadata,
    Column[int]("member_id", Id, primary_key=True, autoincrement=False),
    Column[str]("muted", String(200), nullable=False),
)
