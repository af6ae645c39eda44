"""Two at once: the database decides, and every count stays right."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from tests.apps.boards.site import OTHER, Site

TOGETHER = 6


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What the actions return, all started at the same moment, each in a thread of its own."""
    barrier = Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        barrier.wait(10)
        results[place] = action()

    threads = [Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def post(site: Site, number: int, path: str, **data: Any) -> Callable[[], int]:
    client = site.member(number)
    client.csrf_token()
    return lambda: client.post(f"/{site.name}{path}", data=data).status_code


def test_comments_at_once_are_all_counted(guides: Site) -> None:
    post_id = guides.write(guides.member())
    codes = at_once(*(post(guides, n, f"/{post_id}/comments", body="말") for n in range(1, TOGETHER + 1)))
    assert codes == [303] * TOGETHER
    assert guides.column("comments", post_id) == guides.count("comment") == TOGETHER
    counted = [one["data"]["comments"] for one in guides.events("post.changed")]
    assert counted == list(range(1, TOGETHER + 1))


def test_a_double_click_is_one_post_and_one_comment(guides: Site) -> None:
    form = guides.form(submission="the-same")
    assert at_once(*(post(guides, 1, "/write", **form) for _ in range(TOGETHER))) == [303] * TOGETHER
    assert guides.count("post") == 1
    said = {"body": "말", "submission": "the-same"}
    assert at_once(*(post(guides, 1, "/1/comments", **said) for _ in range(TOGETHER))) == [303] * TOGETHER
    assert guides.column("comments", 1) == guides.count("comment") == 1


def test_a_comment_is_deleted_once(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client)
    comment_id = guides.comment(client, post_id)
    guides.comment(client, post_id)
    codes = at_once(*(post(guides, 1, f"/comments/{comment_id}/delete") for _ in range(TOGETHER)))
    assert sorted(codes) == [303] + [410] * (TOGETHER - 1)
    assert guides.column("comments", post_id) == 1


def test_edits_at_once_do_not_overwrite_each_other(news: Site) -> None:
    post_id = news.write(news.admin())
    news.consume(*(("member.role_changed", {"id": n, "role": "moderator"}) for n in range(1, TOGETHER + 1)))
    edits = [
        post(news, n, f"/{post_id}/edit", **news.form(title=f"{n}번의 제목", revision="1"))
        for n in range(1, TOGETHER + 1)
    ]
    codes = at_once(*edits)
    assert sorted(codes) == [303] + [409] * (TOGETHER - 1)
    assert news.column("title", post_id) == f"{codes.index(303) + 1}번의 제목"


def test_an_answer_deleted_while_it_is_accepted_is_never_left_accepted(qa: Site) -> None:
    for _ in range(4):
        post_id = qa.write(qa.member())
        answer = qa.comment(qa.member(OTHER), post_id, kind="answers")
        at_once(
            post(qa, 1, f"/{post_id}/accept", answer=answer),
            post(qa, OTHER, f"/comments/{answer}/delete"),
        )
        assert qa.column("accepted_id", post_id) is None
        assert qa.column("answers", post_id) == 0


def test_views_written_by_two_processes_add_up(guides: Site) -> None:
    guides.many(20)
    elsewhere = guides.another_process()
    counters = [guides.views(), guides.views(elsewhere)]
    for place, counter in enumerate(counters):
        for post_id in range(1, 21):
            counter.count(post_id, f"reader {place}")
    at_once(*(counter.flush for counter in counters))
    assert [guides.column("views", post_id) for post_id in range(1, 21)] == [2] * 20
    counters[1].close()
