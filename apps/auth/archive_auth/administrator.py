"""`python -m archive_auth.administrator`: make or update the administrator's account.

Reads one JSON line `{"nickname", "email", "password"}` from standard input, so that the password shows in no argument,
and prints `{"id", "created"}`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from archive_auth.commands import CommandError, run
from archive_auth.services.provisioning import ensure_administrator
from archive_chassis.errors import Conflict, Invalid

FIELDS = ("nickname", "email", "password")


def main() -> None:
    run("archive_auth.administrator", _work)


def _work() -> None:
    given = _read(sys.stdin.readline())
    try:
        made = ensure_administrator(given["nickname"], given["email"], given["password"])
    except Invalid as error:
        reasons = "; ".join(f"{field}: {reason}" for field, reason in error.fields.items())
        raise CommandError(f"the account was refused: {reasons}") from None
    except Conflict as error:
        raise CommandError(f"the account was refused: {error.detail}") from None
    sys.stdout.write(json.dumps({"id": made.id, "created": made.created}) + "\n")


def _read(line: str) -> dict[str, str]:
    try:
        given: Any = json.loads(line)
        fields = {field: given[field] for field in FIELDS}
    except (ValueError, KeyError, TypeError):
        fields = {}
    if not fields or not all(isinstance(value, str) and value for value in fields.values()):
        raise CommandError('standard input must hold one JSON line: {"nickname": "…", "email": "…", "password": "…"}')
    return fields


if __name__ == "__main__":
    main()
