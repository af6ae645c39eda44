"""How things are called. Pure functions: the same words give the same name everywhere."""

from __future__ import annotations

import re

MYSQL_USER_LENGTH = 32  # MySQL 8.4 Reference Manual, "Account User Names"; MariaDB allows 128
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def schema(prefix: str, service: str) -> str:
    """The database schema of a service, and the name of the account that owns it.

    >>> schema("archive", "timed-deal")
    'archive_timed_deal'

    ValueError when the name is not a plain identifier of at most 32 characters.
    """
    name = f"{prefix}_{service.replace('-', '_')}"
    if not _IDENTIFIER.fullmatch(name) or len(name) > MYSQL_USER_LENGTH:
        raise ValueError(
            f"schema name {name!r}: use lower-case letters, digits and _, {MYSQL_USER_LENGTH} characters or fewer"
        )
    return name


def database_variable(service: str) -> str:
    """The environment variable that holds a service's database URL.

    >>> database_variable("timed-deal")
    'ARCHIVE_TIMED_DEAL_DATABASE_URL'
    """
    return f"ARCHIVE_{service.upper().replace('-', '_')}_DATABASE_URL"


def reachable(host: str) -> str:
    """The address at which a server that listens on `host` is reached from here: a wildcard means loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison, nothing is bound


def origin(host: str, port: int) -> str:
    """The URL of an HTTP server; an IPv6 address gets its brackets.

    >>> origin("0.0.0.0", 8080), origin("::1", 8080)
    ('http://127.0.0.1:8080', 'http://[::1]:8080')
    """
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
