"""Bugs for the checker to find, put into a process from outside. Each is a mistake that somebody could really make."""

# A bug is put where nobody else reaches:
# pyright: reportPrivateUsage=false
from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from archive_chassis import consumer, events, forms, serving

OFFSET_LAST = "offset-last"
#: Of a schema: nothing keeps two posts, or two comments, of the same form apart.
KEY_NOT_UNIQUE = "key-not-unique"
#: Of MariaDB: it acknowledges what it keeps in memory alone.
UNFLUSHED = "unflushed"


def offset_first() -> None:
    """The offset is moved in a transaction of its own, before the events are applied: a crash loses them."""
    claim = consumer._claim

    def claim_and_commit(current: Session, source: str, position: int | None, new: int) -> bool:
        claimed = claim(current, source, position, new)
        if claimed:
            current.commit()
        return claimed

    consumer._claim = claim_and_commit


def offset_last() -> None:
    """The offset is moved in a transaction of its own, after the events were applied: a crash applies them again."""
    claim = consumer._claim
    owed = "torture_offset"

    def put_off(current: Session, source: str, position: int | None, new: int) -> bool:
        current.info[owed] = (source, position, new)
        return True

    def move(current: Session) -> None:
        place = None if current.in_nested_transaction() else current.info.pop(owed, None)
        if place:
            with Session(current.get_bind()) as other:
                claim(other, *place)
                other.commit()

    consumer._claim = put_off
    event.listen(Session, "after_commit", move)


def outbox_apart() -> None:
    """Events are written in a transaction of their own, after the change was committed: a crash leaves it untold."""
    event.remove(Session, "before_commit", events._write_outbox)
    late = "torture_late_events"

    def put_off(current: Session) -> None:
        if current.in_nested_transaction():
            return  # a savepoint's end is no commit
        current.flush()
        pending = current.info.pop(events._PENDING, None)
        if pending:
            current.info[late] = pending

    def write(current: Session) -> None:
        pending = None if current.in_nested_transaction() else current.info.pop(late, None)
        if pending:
            with Session(current.get_bind()) as other:
                other.info[events._PENDING] = pending
                events._write_outbox(other)
                other.commit()

    event.listen(Session, "before_commit", put_off)
    event.listen(Session, "after_commit", write)


def key_ignored() -> None:
    """A form's name is not read: the form that is sent again after a lost answer is published again."""
    text = forms.text
    forms.text = lambda name: "" if name == "submission" else text(name)


def asks_home() -> None:
    """Every page asks another service before it answers: it stands and falls with that."""
    build = serving.application
    home = dict(word.split("=", 1) for word in os.environ["ARCHIVE_ORIGINS"].split())["home"]

    def application() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
        dispatch = build()

        def asking(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            try:
                urllib.request.urlopen(f"{home}/health/live", timeout=2).close()  # noqa: S310 - our own service
            except OSError:
                start_response("502 Bad Gateway", [("Content-Type", "text/plain"), ("Content-Length", "0")])
                return [b""]
            return dispatch(environ, start_response)

        return asking

    serving.application = application


#: What is planted in processes, by name. KEY_NOT_UNIQUE and UNFLUSHED are planted in databases (see `community`).
BUGS: dict[str, Callable[[], None]] = {
    "offset-first": offset_first,
    OFFSET_LAST: offset_last,
    "outbox-apart": outbox_apart,
    "key-ignored": key_ignored,
    "asks-home": asks_home,
}
