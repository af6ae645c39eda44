"""What whoever guards the site looks for, as lines of one logger: log-ins, refusals, what only an attack does.

A line says who (a member's number, never a name), what, and in which request. It holds no secret, nothing that somebody
typed, and no address of the network: the entrance's own log has those.
"""

from __future__ import annotations

import logging

from flask import g, request

log = logging.getLogger("archive.security")

#: Answers that are lines of this log.
REFUSALS = frozenset((401, 403, 413, 429))


def record(event: str, member_id: int | None, **more: str | int) -> None:
    """Write one line.

    Args:
        event: what happened, such as `login` or `login-failed`.
        member_id: whom it is about; None for nobody known.
        more: what else there is to say, none of it as somebody typed it.
    """
    who = {} if member_id is None else {"member": member_id}
    fields = {"event": event, **who, **more}
    log.warning(" ".join(f"{name}={value}" for name, value in fields.items()), extra={"fields": fields})


def refused(status: int, reason: str) -> None:
    """Record an answer that refuses, if it is one of REFUSALS. `reason` is the name of a kind of failure."""
    if status in REFUSALS:
        asking = g.get("archive_member")
        where = request.root_path + request.path  # never the query: links in mail carry tokens there
        member_id = asking.id if asking else None
        record("refused", member_id, status=status, reason=reason, method=request.method, path=where)
