"""The shortest ways to reports, to a moderator's orders, and to what the database holds afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, update
from tests.apps.boards.site import Site
from werkzeug.test import TestResponse

from archive_chassis.testing import Client

#: A second moderator, beside the site's own.
COLLEAGUE = 7
LINK = "여기 보세요 https://elsewhere.example/deal?a=1&b=2"


def colleague(site: Site) -> Client:
    return site.member(COLLEAGUE, "동료지킴이", "moderator")


def newcomer(site: Site, number: int = 50) -> Client:
    """A member who joined today: their links wait."""
    return site.member(number, joined=(datetime.now(UTC).date() - date(1970, 1, 1)).days)


def report(
    site: Site, number: int, kind: str, subject_id: int, reason: str = "spam", note: str = "", **more: Any
) -> TestResponse:
    """What member `number` is answered when they report a post or a comment."""
    place = f"/{subject_id}" if kind == "post" else f"/comments/{subject_id}"
    data = {"reason": reason, "note": note}
    return site.member(number).post(f"/{site.name}{place}/report", data=data, **more)


def order(
    client: Client, site: Site, kind: str, subject_id: int, action: str, standing: str = "shown", **more: Any
) -> TestResponse:
    """What a moderator is answered who saw a subject as `standing` and orders an action."""
    data = {"action": action, "standing": standing, **more}
    return client.post(f"/{site.name}/moderation/{kind}s/{subject_id}", data=data)


def rows(site: Site, table: str) -> list[dict[str, Any]]:
    """Every row of one of the board's tables, in the order of its key."""
    t = getattr(site.board.tables, table)
    with site.database() as store, store.engine.connect() as connection:
        found = connection.execute(select(t).order_by(*t.primary_key.columns)).mappings().all()
    return [dict(one) for one in found]


def row(site: Site, table: str, number: int) -> dict[str, Any]:
    return next(one for one in rows(site, table) if one["id"] == number)


def open_reports(site: Site) -> list[int]:
    return [one["id"] for one in rows(site, "report") if one["handled_at"] is None]


def actions(site: Site) -> list[str]:
    """What the log says was done, in order."""
    return [one["action"] for one in rows(site, "moderation_log")]


def tamper(site: Site, number: int, **changes: Any) -> None:
    """Change a row of the log behind everybody's back."""
    t = site.board.tables.moderation_log
    with site.database() as store, store.engine.begin() as connection:
        connection.execute(update(t).where(t.c.id == number).values(changes))
