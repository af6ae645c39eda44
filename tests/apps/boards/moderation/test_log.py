"""The log says what was done, and whoever touches it is found out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from tests.apps.boards.moderation.desk import order, rows, tamper
from tests.apps.boards.site import Site

from archive_boards.moderation import log
from archive_boards.moderation.verify import Verdict, check, main
from archive_chassis.tables import outbox

ROWS = 7


def filled(site: Site) -> Site:
    """A log of seven rows, about seven posts of member 100."""
    site.many(ROWS)
    moderator = site.moderator()
    for number in range(1, ROWS + 1):
        reason = f"{number}번째 이유"
        assert order(moderator, site, "post", number, "hide", reason=reason).status_code == 303
    return site


def verdict(site: Site, noted: dict[int, str] | None = None) -> Verdict:
    with site.database() as store, store.reading.connect() as connection:
        return check(connection, site.board, noted)


def test_an_untouched_log_is_whole(guides: Site) -> None:
    assert verdict(guides) == Verdict(0, "")
    filled(guides)
    newest = rows(guides, "moderation_log")[-1]["digest"]
    assert verdict(guides) == Verdict(ROWS, newest)
    assert verdict(guides, {3: rows(guides, "moderation_log")[2]["digest"][:12]}) == Verdict(ROWS, newest)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": None},
        {"actor_id": 9},
        {"actor_name": "다른 사람"},
        {"action": "dismiss"},
        {"subject": "comment"},
        {"subject_id": 999},
        {"member_id": 8},
        {"detail": {"reason": "지어낸 이유"}},
        {"digest": "0" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_changed_row_is_named(guides: Site, changes: dict[str, Any]) -> None:
    filled(guides)
    if "at" in changes:
        changes = {"at": rows(guides, "moderation_log")[2]["at"] + timedelta(microseconds=1)}
    tamper(guides, 3, **changes)
    found = verdict(guides)
    assert (found.broken, found.rows) == (3, 3)
    assert "changed" in found.why


def _remove(site: Site, number: int) -> None:
    t = site.board.tables.moderation_log
    with site.database() as store, store.engine.begin() as connection:
        connection.execute(delete(t).where(t.c.id == number))


def _swap(site: Site) -> None:
    """Rows 3 and 4 change places, each with its own digest."""
    t = site.board.tables.moderation_log
    with site.database() as store, store.engine.begin() as connection:
        for number, new in ((3, 1000), (4, 3), (1000, 4)):
            connection.execute(update(t).where(t.c.id == number).values(id=new))


def _close_the_gap(site: Site) -> None:
    """Row 3 goes and those after it move up."""
    _remove(site, 3)
    t = site.board.tables.moderation_log
    with site.database() as store, store.engine.begin() as connection:
        for number in range(4, ROWS + 1):
            connection.execute(update(t).where(t.c.id == number).values(id=number - 1))


def _rewrite(site: Site) -> None:
    """Row 3 says something else, and every digest from there on is made anew."""
    found = rows(site, "moderation_log")
    found[2]["detail"] = {"reason": "지어낸 이유"}
    before = found[1]["digest"]
    for one in found[2:]:
        one["digest"] = before = log.digest(one, before)
        tamper(site, one["id"], detail=one["detail"], digest=one["digest"])


def _add(site: Site) -> None:
    """A row that fits the chain, and that no moderator's action has written."""
    last = rows(site, "moderation_log")[-1]
    forged = last | {"id": ROWS + 1, "actor_id": 9, "detail": {"reason": "내가 안 했어요"}}
    forged["digest"] = log.digest(forged, last["digest"])
    with site.database() as store, store.engine.begin() as connection:
        connection.execute(insert(site.board.tables.moderation_log).values(forged))


WAYS: dict[str, tuple[Callable[[Site], None], int]] = {
    "the first row removed": (lambda site: _remove(site, 1), 1),
    "a row in the middle removed": (lambda site: _remove(site, 3), 3),
    "the last row removed": (lambda site: _remove(site, ROWS), ROWS),
    "two rows swapped": (_swap, 3),
    "a row removed and the rest moved up": (_close_the_gap, 3),
    "written anew from a row on": (_rewrite, 3),
    "a row added": (_add, ROWS + 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_tamper_is_found_out(guides: Site, way: str) -> None:
    filled(guides)
    how, number = WAYS[way]
    how(guides)
    assert verdict(guides).broken == number


def test_a_noted_digest_finds_out_even_who_rewrote_the_outbox(guides: Site) -> None:
    filled(guides)
    noted = {ROWS: rows(guides, "moderation_log")[-1]["digest"]}
    _rewrite(guides)
    digests = {one["id"]: one["digest"] for one in rows(guides, "moderation_log")}
    with guides.database() as store, store.engine.begin() as connection:
        logged = connection.execute(select(outbox).where(outbox.c.type == "moderation.logged")).all()
        for one in logged:
            changed = one.data | {"digest": digests[one.data["id"]]}
            connection.execute(update(outbox).where(outbox.c.id == one.id).values(data=changed))
    assert verdict(guides).broken == 0, "the forger was thorough"
    found = verdict(guides, noted)
    assert found.broken == ROWS
    assert "anew" in found.why


def test_the_command_says_so(guides: Site, capsys: pytest.CaptureFixture[str]) -> None:
    filled(guides)
    environ = {"ARCHIVE_GUIDES_DATABASE_URL": guides.settings.database_url.get_secret_value()}
    assert main(["guides"], environ) == 0
    printed = capsys.readouterr().out
    newest = rows(guides, "moderation_log")[-1]["digest"]
    assert f"whole, {ROWS} rows; note elsewhere: {ROWS}={newest}" in printed
    assert main(["guides", "--noted", f"{ROWS}={newest}"], environ) == 0
    assert main(["guides", "--noted", f"{ROWS}={'0' * 64}"], environ) == 1
    assert f"row {ROWS} has another digest" in capsys.readouterr().err
    tamper(guides, 2, actor_name="다른 사람")
    assert main(["guides"], environ) == 1
    assert "row 2 does not fit its digest" in capsys.readouterr().err


def test_the_command_wants_a_board_and_its_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"], {}) == 2
    assert main(["auth"], {}) == 2
    assert main(["guides"], {}) == 2
    assert "ARCHIVE_GUIDES_DATABASE_URL is not set" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["guides", "--noted", "12:abc"], {})


def test_rows_are_found_by_member_moderator_and_action(guides: Site) -> None:
    first, second = guides.write(guides.member(1)), guides.write(guides.member(2))
    moderator, other = guides.moderator(), guides.member(7, "동료지킴이", "moderator")
    order(moderator, guides, "post", first, "hide", reason="첫째 이유")
    order(other, guides, "post", second, "lock", reason="둘째 이유")
    order(other, guides, "post", first, "unhide", "hidden", reason="셋째 이유")

    def shown(query: str) -> list[str]:
        return re.findall(r"“(.)째 이유”", moderator.get(f"/guides/moderation/log{query}").text)

    assert shown("") == ["셋", "둘", "첫"]
    assert shown("?member=1") == ["셋", "첫"]
    assert shown("?moderator=7") == ["셋", "둘"]
    assert shown("?action=lock") == ["둘"]
    assert shown("?member=1&moderator=8&action=hide") == ["첫"]
    assert shown("?member=3") == []


def test_the_log_comes_in_pages(guides: Site) -> None:
    guides.many(90)
    moderator = guides.moderator()
    for number in range(1, 91):
        order(moderator, guides, "post", number, "hide")
    seen: list[int] = []
    address = "/guides/moderation/log?moderator=8"
    while address:
        page = moderator.get(address).text
        seen += [int(number) for number in re.findall(r"기록 (\d+) ·", page)]
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
        assert not address or "moderator=8" in address
    assert seen == list(range(90, 0, -1))


def test_no_address_changes_the_log(lite: Site) -> None:
    lite.write(lite.member())
    order(lite.moderator(), lite, "post", 1, "hide")
    before = rows(lite, "moderation_log")
    admin = lite.admin()
    rules = [rule for rule in lite.app.url_map.iter_rules() if "/moderation/log" in rule.rule]
    assert {rule.rule for rule in rules} == {"/moderation/log", "/moderation/log/<int:row_id>/give-back"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/moderation/log", "/moderation/log/1", "/moderation/log/1/give-back"):
            answer = admin.open(f"/guides{path}", method=method, data={"detail": "{}"})
            assert answer.status_code in (404, 405)
    assert rows(lite, "moderation_log") == before
