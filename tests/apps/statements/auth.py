"""The pages of auth, and an auth with a given number of members, log-ins and what moderators did."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from tests.apps.auth.site import PASSWORD, Site, token_of
from tests.apps.statements.visits import Browser, Place, Table, Visit, browsers

from archive_auth.models import ApiToken, AuditEntry, Base, LoginSession, Member, NicknameClaim
from archive_chassis import clock
from archive_chassis.database import database
from archive_chassis.testing import Client, make_app, make_settings

PICTURE = "A" * 22 + ".webp"
EMAIL, NEW_EMAIL, WAITING_EMAIL = "rabbit@example.com", "hare@example.com", "waiting@example.com"

AUTH_VISITS: Table = {
    "/.well-known/jwks.json": [Visit("/.well-known/jwks.json")],
    "/admin": [Visit("/admin", "moderator")],
    "/admin/audit": [Visit("/admin/audit", "moderator")],
    "/admin/members": [Visit("/admin/members?q=회원", "moderator")],
    "/admin/members/<int:member_id>": [Visit("/admin/members/{member}", "moderator")],
    "/avatars/<name>": [Visit("/avatars/{picture}")],
    "/email/confirm": [Visit("/email/confirm?token={email_token}")],
    "/health/live": [Visit("/health/live")],
    "/health/ready": [Visit("/health/ready")],
    "/internal/events": [Visit("/internal/events", "service")],
    "/login": [Visit("/login"), Visit("/login", "member", 303)],
    "/me": [Visit("/me", "member")],
    "/me/account": [Visit("/me/account", "member")],
    "/me/devices": [Visit("/me/devices", "member")],
    "/me/export": [Visit("/me/export", "member")],
    "/me/security": [Visit("/me/security", "member")],
    "/me/tokens": [Visit("/me/tokens", "member")],
    "/members/<int:member_id>": [Visit("/members/1", status=301)],
    "/metrics": [Visit("/metrics", "service")],
    "/refresh": [Visit("/refresh", status=303), Visit("/refresh", "member", 303)],
    "/register": [Visit("/register")],
    "/register/finish": [Visit("/register/finish?token={register_token}")],
    "/register/resend": [Visit("/register/resend")],
    "/register/sent": [Visit("/register/sent")],
    "/reset": [Visit("/reset")],
    "/reset/new": [Visit("/reset/new?token={reset_token}")],
    "/reset/sent": [Visit("/reset/sent")],
    "/static/<path:name>": [Visit("/static/base.css")],
}


@contextmanager
def filled(folder: Path, rows: int) -> Generator[Place]:
    """Auth with `rows` members, and for one of them as many log-ins, API tokens and rows of the audit log."""
    folder.mkdir()
    site = Site(make_app("auth", make_settings("auth", folder)))
    member, moderator = site.join(email=EMAIL), site.join("지킴이", "keeper@example.com", "moderator")
    made = {"picture": PICTURE, "member": str(site.member("새벽토끼").id), **_links(site, member)}
    _add_rows(site, rows)
    avatars = folder / "data" / "auth" / "avatars"
    avatars.mkdir(parents=True, exist_ok=True)
    (avatars / PICTURE).write_bytes(b"a picture")
    known = browsers(site.app) | {"member": _same(member), "moderator": _same(moderator)}
    yield Place(site.app, "/auth", known, made)
    with site.app.app_context():
        database().close()


def _same(client: Client) -> Callable[[], Browser]:
    """A browser that is logged in here: an access token alone does not open these pages."""
    return lambda: (client, {})


def _links(site: Site, member: Client) -> dict[str, str]:
    """The tokens of one link of each kind that the service mails."""
    site.register(site.visitor(), "기다리는이", WAITING_EMAIL)
    member.post("/auth/me/email", data={"email": NEW_EMAIL, "email_password": PASSWORD})
    site.visitor().post("/auth/reset", data={"email": EMAIL})
    return {
        "register_token": token_of(site.link(WAITING_EMAIL, "/register/finish")),
        "email_token": token_of(site.link(NEW_EMAIL, "/email/confirm")),
        "reset_token": token_of(site.link(EMAIL, "/reset/new")),
    }


def _add_rows(site: Site, rows: int) -> None:
    now, own = clock.naive_now(), site.member("새벽토끼").id
    later, numbers = now + timedelta(days=7), range(1_000, 1_000 + rows)
    blank = {"role": "member", "avatar": "", "language": "ko", "suspension_reason": ""}
    added: dict[type[Base], list[dict[str, Any]]] = {
        Member: [{"id": n, "nickname": f"회원{n}", "created_at": now, "verified_at": now, **blank} for n in numbers],
        NicknameClaim: [{"key": f"회원{n}", "member_id": n} for n in numbers],
        LoginSession: [
            {"id": f"log-in {n}", "member_id": own, "user_agent": "Mozilla/5.0 (Windows) Firefox/140"}
            | {"created_at": now, "last_used_at": now, "expires_at": later}
            for n in numbers
        ],
        ApiToken: [
            {"jti": f"token {n}", "member_id": own, "submission": str(n), "name": "봇", "scopes": "read"}
            | {"created_at": now, "expires_at": later}
            for n in numbers
        ],
        AuditEntry: [{"at": now, "actor_id": n, "action": "lift", "subject_id": own, "detail": {}} for n in numbers],
    }
    with site.app.app_context(), database().engine.begin() as connection:
        for model, values in added.items():
            connection.execute(insert(model), values)
