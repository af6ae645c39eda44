"""E-mail addresses: what is accepted, and when two are the same mailbox."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254  # RFC 5321: the longest path, without its brackets


def normalised(address: str, *, testing: bool = False) -> str | None:
    """The address to send to, or None when it is not one. `testing` accepts domains under .test.

    Whether the mailbox exists is found out by mailing it, never by asking DNS while somebody waits.
    """
    if len(address) > MAX_LENGTH:
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=testing).normalized
    except EmailNotValidError:
        return None


def key(address: str) -> str:
    """Equal for addresses that are one mailbox: case tells none apart on any server in use."""
    return address.strip().casefold()
