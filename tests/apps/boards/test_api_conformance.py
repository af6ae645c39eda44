"""Every board's API answers as its own document says, whatever schemathesis sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from schemathesis import Case
from tests.apps.boards.site import OTHER, WRITER, Site
from tests.apps.chassis import conformance
from tests.apps.chassis.programs import new_token

from archive_boards import limits, tags
from archive_boards.api import without
from archive_boards.limits import Limit
from archive_chassis.api import bearer, operations
from archive_chassis.pagination import Cursor

pytestmark = pytest.mark.slow

#: What somebody else's post, or one that was deleted just before, is needed for. test_api.py carries them out.
BY_CHANCE = {"accept_answer", "restore_comment", "restore_post", "vote_on_comment", "vote_on_post"}
#: Posts, and comments on the first of them: numbers that schemathesis makes up are small ones.
FILLED = 40
#: Fits every list of posts.
CURSOR = Cursor("after", ("2026-01-31T09:00:00", 10)).encode()


def _possible(case: Case) -> bool:
    """Whether the cursor fits the order, and tags stay within their length once they are folded: ǋ is two letters."""
    if case.method == "GET" and dict(case.query or {}).get("sort") == "votes":
        return False
    given: Any = case.body.get("tags") if isinstance(case.body, dict) else None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return True
    return not tags.problem(tags.parse(" ".join(given)))


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ALLOWED", 10**9)
    monkeypatch.setattr(limits, "LIMITS", dict.fromkeys(limits.LIMITS, Limit(10**9, 10**9, 60)))


@pytest.mark.parametrize("board", ["news", "guides", "qa"])
def test_every_answer_is_as_the_document_says(tmp_path: Path, board: str) -> None:
    site = Site(board, tmp_path)
    mine, others = site.member(WRITER, role="admin"), site.member(OTHER, role="moderator")  # editors, on the news
    posts = [site.write((mine, others)[number % 2], title=f"글 {number}", tags="보스 초보") for number in range(FILLED)]
    for number in range(FILLED):
        kind = "answers" if board == "qa" and number % 3 == 0 else "comments"
        site.comment((mine, others)[number % 2], posts[number % 2], f"댓글 {number}", kind)
    document, token = f"/{board}/api/v1/openapi.json", new_token(WRITER, "지킴이", role="admin")
    found = conformance.hold(
        site.app, document, token, parameters={"query.cursor": CURSOR}, possible=_possible, keeps_deleted=True
    )
    assert found.failures == []
    names = {f"{one.method} {one.path}": one.name for one in site.app.extensions[bearer.INSTALLED].operations}
    done = {name for name, counter in found.answers.items() if any(status < 300 for status in counter)}
    print(f"{board}: {found.requests} requests, {len(done)} of {len(names)} operations carried out")
    left = {name for label, name in names.items() if label not in done} - without(site.board)
    assert left <= (BY_CHANCE | {"publish_post", "edit_post"} if board == "news" else BY_CHANCE)
    site.close()
