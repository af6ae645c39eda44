"""Members, sessions and keys: who somebody is, and how the other services know without asking."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from archive_chassis import Job, Service, Settings

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["service"]

VERSIONS = Path(__file__).parent / "migrations"


# The bodies import late: a migration or a look at the list of services needs neither Pillow nor argon2.
def _create_app(settings: Settings) -> Flask:
    from archive_auth.application import create_app

    return create_app(settings)


def _send_mail() -> None:
    from archive_chassis.mail import send_due

    send_due()


def _forget_expired() -> None:
    from archive_auth.services.expiry import forget_expired

    forget_expired()


service = Service(
    name="auth",
    title="회원",
    create_app=_create_app,
    versions=VERSIONS,
    jobs=(
        Job("send mail", timedelta(seconds=1), _send_mail),
        Job("forget what has expired", timedelta(minutes=10), _forget_expired),
    ),
)
