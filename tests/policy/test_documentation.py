"""docs/policies.md lists the policies that there are."""

from __future__ import annotations

from tests.engine.project import CHECKOUT

from archive_platform.policy.exceptions import FIELDS
from archive_platform.policy.listing import BEGIN, END, listing
from archive_platform.policy.pack import ENDING, NEEDED, SIGNED

TEXT = (CHECKOUT / "docs" / "policies.md").read_text(encoding="utf-8")


def test_the_table_is_the_packs() -> None:
    table = TEXT.partition(BEGIN)[2].partition(END)[0].strip()
    assert table == listing(), "replace it by what `python -m archive_platform.policy.listing` prints"


def test_exceptions_are_described_as_they_are() -> None:
    told = TEXT.partition("## Except something")[2].partition("## checkov")[0]
    for name in (*FIELDS, "exceptions"):
        assert f'"{name}"' in told
    for policy in (SIGNED, ENDING, NEEDED):
        assert policy in told
