"""The steps of the product's code at which a process can be killed, found from outside: listeners and wrappers.

request          a form has arrived, nothing has been done (server)
statement        an INSERT, UPDATE or DELETE has been carried out, in whatever transaction
outbox.before    a transaction has done its work and is about to write its events
outbox.counted   it has taken its events' ids, and the events are not written
commit.before    everything is written, nothing committed
commit.after     committed, and nobody knows
answer           the answer is made and not sent (server)
feed.before      somebody asks for events (server)
feed.after       events were read and not sent (server)
fetched          events have come, and nothing has been done with them (worker)
claimed          the offset has been moved in the transaction (worker)
applied          one more event of a batch has been applied (worker)
"""

# A step is found where nobody else looks:
# pyright: reportPrivateUsage=false
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from tests.torture.trigger import Trigger

from archive_chassis import consumer, events, serving
from archive_chassis.consumer import FeedReader
from archive_chassis.service import Event

FEED = "/internal/events"
#: A feed's answer without events is shorter than this; killing there would interrupt nothing.
EMPTY_FEED_BYTES = 64


def install(trigger: Trigger) -> None:
    """Let this process come to the steps."""
    _watch_transactions(trigger)
    _watch_requests(trigger)
    _watch_consumption(trigger)


def _watch_transactions(trigger: Trigger) -> None:
    def before_outbox(current: Session) -> None:
        if current.info.get(events._PENDING):
            trigger.reach("outbox.before")

    def before_commit(_current: Session) -> None:
        trigger.reach("commit.before")

    def after_commit(_current: Session) -> None:
        trigger.reach("commit.after")

    def after_statement(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        text = statement.lstrip()
        if text.startswith(("INSERT", "UPDATE", "DELETE")):
            trigger.reach("statement")
        if text.startswith("UPDATE outbox_sequence"):
            trigger.reach("outbox.counted")

    # The chassis' own listener, which writes the outbox, is between these two.
    event.listen(Session, "before_commit", before_outbox, insert=True)
    event.listen(Session, "before_commit", before_commit)
    event.listen(Session, "after_commit", after_commit)
    event.listen(Engine, "after_cursor_execute", after_statement)


def _watch_requests(trigger: Trigger) -> None:
    build = serving.application

    def application() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
        dispatch = build()

        def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            is_form, is_feed = environ["REQUEST_METHOD"] == "POST", environ["PATH_INFO"].endswith(FEED)
            if is_form or is_feed:
                trigger.reach("request" if is_form else "feed.before")
            body = list(dispatch(environ, start_response))
            if is_form:
                trigger.reach("answer")
            elif is_feed and sum(map(len, body)) > EMPTY_FEED_BYTES:
                trigger.reach("feed.after")
            return body

        return watched

    serving.application = application


def _watch_consumption(trigger: Trigger) -> None:
    fetch, claim = FeedReader.fetch, consumer._claim

    def watched_fetch(self: FeedReader, source: str, after: int) -> list[Event]:
        found = fetch(self, source, after)
        if found:
            trigger.reach("fetched")
        return found

    def watched_claim(current: Session, place: str, position: int | None, new: int) -> bool:
        claimed = claim(current, place, position, new)
        if claimed:
            trigger.reach("claimed")
        return claimed

    FeedReader.fetch = watched_fetch  # type: ignore[method-assign] - from outside, on purpose
    consumer._claim = watched_claim
