"""What was said before an edit is kept, and shown as a difference."""

from __future__ import annotations

import time

import pytest
from tests.apps.boards.site import OTHER, Site

from archive_boards import revisions


def test_an_edit_shows_what_changed(guides: Site) -> None:
    client = guides.member(nickname="새벽토끼")
    post_id = guides.write(client, title="처음 제목", body="첫 줄\n\n둘째 줄은 그대로")
    client.post(
        f"/guides/{post_id}/edit", data=guides.form(title="새 제목", body="바뀐 줄\n\n둘째 줄은 그대로", revision="1")
    )
    client.post(f"/guides/{post_id}/edit", data=guides.form(title="새 제목", body="끝", revision="2"))
    page = guides.member(OTHER).get(f"/guides/{post_id}/history").text
    assert "<del>처음</del><ins>새</ins> 제목" in page
    assert "<del>첫</del><ins>바뀐</ins> 줄" in page
    assert page.index("2번째 수정") < page.index("1번째 수정")
    assert "새벽토끼" in page
    assert f'href="/guides/{post_id}/history"' in guides.visitor.get(f"/guides/{post_id}").text
    assert "/auth/login" in guides.visitor.get(f"/guides/{post_id}/history").location


def test_a_comments_edits_are_kept_too(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    comment_id = guides.comment(client, post_id, "처음 한 말")
    assert "수정한 적이 없어요" in client.get(f"/guides/comments/{comment_id}/history").text
    client.post(f"/guides/comments/{comment_id}/edit", data={"body": "고쳐 한 말"})
    page = client.get(f"/guides/comments/{comment_id}/history").text
    assert "<del>처음</del><ins>고쳐</ins> 한 말" in page
    assert f"/guides/comments/{comment_id}/history" in guides.visitor.get(f"/guides/{post_id}").text


def test_history_goes_with_the_post(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, body="비밀이었던 말")
    client.post(f"/guides/{post_id}/edit", data=guides.form(body="이제 없는 말", revision="1"))
    guides.moderator().post(f"/guides/{post_id}/delete")
    for reader in (client, guides.member(OTHER)):
        answer = reader.get(f"/guides/{post_id}/history")
        assert answer.status_code == 410
        assert "비밀이었던" not in answer.text


def test_markup_in_a_difference_is_text(lite: Site) -> None:
    client = lite.member()
    post_id = lite.write(client, body="<script>alert(1)</script> 하나")
    client.post(f"/guides/{post_id}/edit", data=lite.form(body="<script>alert(1)</script> 둘", revision="1"))
    page = client.get(f"/guides/{post_id}/history").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <del>하나</del><ins>둘</ins>" in page


def test_the_pieces_of_a_difference_make_both_texts() -> None:
    before, after = "가 나 다\n라 마\n바", "가 하 다\n바\n사"
    pieces = revisions.differences(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "dropped") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 25_000, "b\n" * 25_000),
        ("a b " * 12_500, "b a " * 12_500),
        ("".join(f"{n}\n" for n in range(8_000)), "".join(f"{n}\n" for n in range(8_000, 0, -1))),
        ("가" * 50_000, "나" * 50_000),
    ],
)
def test_no_two_texts_take_long_to_compare(before: str, after: str) -> None:
    """Against the time of what is sure to be linear, on the same machine at the same moment."""
    begun = time.perf_counter()
    for _ in range(300):
        before.splitlines()
    linear = time.perf_counter() - begun
    begun = time.perf_counter()
    revisions.differences(before, after)
    assert time.perf_counter() - begun < max(linear * 20, 2.0)
