"""A board's pages read as before when every other service hangs, and when every other service is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.torture.apart import PROGRAM, Apart, Page, Seen, fill, look, pages

from archive_chassis.testing import SITE

pytestmark = [pytest.mark.slow, pytest.mark.alone]

BOARDS = ("news", "guides", "qa")
#: Where members only may read, or only moderators; nobody reports their own, and only a program shows an API token.
EXPECTED = {"visitor": {200, 303, 401}, "member": {200, 403}, "moderator": {200, 403}, PROGRAM: {200}}
#: What a page may take more than before: the machine's noise, far below any timeout.
TIMES, MORE_S = 3.0, 0.1


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Apart]:
    community = Apart(tmp_path)
    yield community
    community.close()


def worse(before: dict[Page, Seen], after: dict[Page, Seen]) -> list[str]:
    """The pages that answer otherwise than before, or later."""
    found: list[str] = []
    for page, was in before.items():
        now = after[page]
        if now.status != was.status or now.seconds > TIMES * was.seconds + MORE_S:
            found.append(f"{page}: {was} before, {now} now")
    return found


def test_every_page_of_a_board_reads_while_all_others_hang_or_are_gone(apart: Apart, tmp_path: Path) -> None:
    apart.start(*SITE)
    before: dict[str, dict[Page, Seen]] = {}
    for name in BOARDS:
        wire = apart.wire(name)
        before[name] = look(wire, list(pages(name, tmp_path, fill(wire, name))))
        unexpected = [
            f"{page}: {seen}" for page, seen in before[name].items() if seen.status not in EXPECTED[page.reader]
        ]
        assert unexpected == []
        read = sum(seen.status == 200 for seen in before[name].values())
        print(f"{name}: {len(before[name])} addresses and readers, {read} of them 200")
        assert read > 0.7 * len(before[name])
    for name in BOARDS:
        others = [service for service in SITE if service != name]
        apart.hold(*others)
        assert worse(before[name], look(apart.wire(name), list(before[name]))) == []
        apart.stop(*others)
        assert worse(before[name], look(apart.wire(name), list(before[name]))) == []
        apart.start(*others)


def test_a_page_that_asks_another_service_is_found(apart: Apart, tmp_path: Path) -> None:
    apart.start("home")
    apart.start("guides", bug="asks-home")
    wire = apart.wire("guides")
    everything = list(pages("guides", tmp_path, fill(wire, "guides")))[:6]
    before = look(wire, everything)
    apart.hold("home")
    assert len(worse(before, look(wire, everything))) == len(everything)
    apart.stop("home")
    assert len(worse(before, look(wire, everything))) == len(everything)
