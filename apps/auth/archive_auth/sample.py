"""`python -m archive_auth.sample FILE.jsonl`: make the members who wrote the sample content.

Each line is `{"id": 1001, "nickname": "새벽토끼", "email": "…@example.invalid"}`. Nobody can log in as them: they have
no password until it is reset by mail. Members that are there already are left alone. Prints `{"created", "unchanged"}`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from archive_auth.commands import CommandError, run
from archive_auth.services.provisioning import ensure_author
from archive_chassis.errors import Conflict, Invalid


def main() -> None:
    parser = argparse.ArgumentParser(prog="archive_auth.sample", description=__doc__)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    run("archive_auth.sample", lambda: _work(arguments.file))


def _work(file: Path) -> None:
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    authors = [_author(file, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    created = 0
    for number, (member_id, nickname, email) in authors:
        try:
            created += ensure_author(member_id, nickname, email).created
        except Invalid as error:
            raise CommandError(f"{file}, line {number}: {'; '.join(error.fields.values())}") from None
        except Conflict as error:
            raise CommandError(f"{file}, line {number}: {error.detail}") from None
    sys.stdout.write(json.dumps({"created": created, "unchanged": len(authors) - created}) + "\n")


def _author(file: Path, number: int, line: str) -> tuple[int, tuple[int, str, str]]:
    try:
        given: Any = json.loads(line)
        return number, (int(given["id"]), str(given["nickname"]), str(given["email"]))
    except (ValueError, KeyError, TypeError):
        raise CommandError(f'{file}, line {number}: must be {{"id": …, "nickname": "…", "email": "…"}}') from None


if __name__ == "__main__":
    main()
