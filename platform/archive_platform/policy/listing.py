"""The policies as a table for their readers: `python -m archive_platform.policy.listing` prints what is in the docs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from archive_platform.policy.catalogue import AREAS, POLICIES
from archive_platform.policy.model import Policy

BEGIN, END = "<!-- policies: begin -->", "<!-- policies: end -->"


def listing() -> str:
    """A table for each area, in Markdown."""
    return "\n".join([f"{len(POLICIES)} policies.", *_lines()])


def _lines() -> Iterator[str]:
    for area, policies in AREAS.items():
        yield from (
            "",
            f"### {area}",
            "",
            "| policy | demands, because otherwise | CIS | FSBP | checkov |",
            "|---|---|---|---|---|",
        )
        yield from (_row(policy) for policy in policies)


def _row(policy: Policy) -> str:
    references = policy.references
    cells = [
        f"`{policy.name}`",
        f"{policy.demands}: {policy.why}",
        *(", ".join(ids) for ids in (references.cis, references.fsbp, references.checkov)),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(f"{listing()}\n")
