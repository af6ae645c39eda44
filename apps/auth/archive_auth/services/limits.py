"""How often what may be asked. Windows in seconds; an address is shared by a whole PC bang, so its limits are wide."""

from __future__ import annotations

from archive_chassis.ratelimit import spend

QUARTER, HOUR, DAY = 900, 3_600, 86_400


def registering(address: str, email_key: str) -> None:
    spend("register-address", address, 30, HOUR)
    spend("register-email", email_key, 5, HOUR)


def logging_in(address: str, name: str) -> None:
    """`name` is what was typed, as a key. By name and address: a stranger's guesses must not lock a member out."""
    spend("login-address", address, 100, QUARTER)
    spend("login-name-address", f"{name} {address}", 10, QUARTER)
    spend("login-name", name, 100, QUARTER)


def mailing(kind: str, address: str, email_key: str) -> None:
    """Before a mail that anybody may ask for (`kind`: resend, reset)."""
    spend(f"{kind}-address", address, 20, HOUR)
    spend(f"{kind}-email", email_key, 3, HOUR)


def opening_link(address: str) -> None:
    spend("link", address, 60, HOUR)


def proving(member_id: int) -> None:
    """Before a logged-in member's password is checked."""
    spend("password", str(member_id), 10, QUARTER)


def renaming(member_id: int) -> None:
    spend("rename", str(member_id), 5, DAY)


def changing_email(member_id: int) -> None:
    spend("email", str(member_id), 5, HOUR)


def uploading(member_id: int) -> None:
    spend("avatar", str(member_id), 20, HOUR)


def exporting(member_id: int) -> None:
    spend("export", str(member_id), 20, HOUR)
