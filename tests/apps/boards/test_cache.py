"""Cached pages show what is there, and views are counted without a write per view."""

from __future__ import annotations

from xml.etree import ElementTree

from sqlalchemy import text
from tests.apps.boards.site import OTHER, Site

from archive_boards.views import ViewCounter
from archive_chassis.testing import new_client


def test_a_change_by_another_process_is_seen_at_once(guides: Site) -> None:
    client = guides.member()
    post_id = guides.write(client, title="처음 제목")
    elsewhere = guides.another_process()
    reader = new_client(elsewhere)
    for _ in range(2):
        assert "처음 제목" in reader.get(f"/guides/{post_id}").text
        assert "처음 제목" in reader.get("/guides/").text
    client.post(f"/guides/{post_id}/edit", data=guides.form(title="새 제목", revision="1"))
    assert "새 제목" in reader.get(f"/guides/{post_id}").text
    assert "새 제목" in reader.get("/guides/").text
    guides.comment(client, post_id, "방금 단 댓글")
    assert "방금 단 댓글" in reader.get(f"/guides/{post_id}").text
    client.post(f"/guides/{post_id}/delete")
    assert reader.get(f"/guides/{post_id}").status_code == 410
    guides.views(elsewhere).close()


def test_an_anonymous_page_says_nothing_of_a_member(guides: Site) -> None:
    client = guides.member(nickname="새벽토끼")
    post_id = guides.write(guides.member(OTHER))
    assert f"/guides/{post_id}/comments" in client.get(f"/guides/{post_id}").text
    page = guides.visitor.get(f"/guides/{post_id}")
    assert "새벽토끼" not in page.text
    assert "csrf_token" not in page.text
    assert "Set-Cookie" not in page.headers
    again = guides.visitor.get(f"/guides/{post_id}", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304


def test_views_are_counted_once_per_reader_and_written_together(guides: Site) -> None:
    post_id = guides.write(guides.member())
    for reader in (guides.visitor, guides.visitor, guides.member(OTHER), guides.member(OTHER), guides.member(3)):
        with guides.statements() as sent:
            reader.get(f"/guides/{post_id}")
        assert not any(statement.startswith(("UPDATE", "INSERT")) for statement, _values in sent)
    assert guides.column("views", post_id) == 0
    guides.views().flush()
    assert guides.column("views", post_id) == 3
    assert guides.events("views.counted")[-1]["data"] == {"board": "guides", "views": [[post_id, 3]]}
    assert "조회 </span>3" in guides.visitor.get(f"/guides/{post_id}").text


def test_nothing_read_is_nothing_written(guides: Site) -> None:
    post_id = guides.write(guides.member())
    guides.visitor.get("/guides/999")
    guides.visitor.head(f"/guides/{post_id}")
    before = len(guides.events())
    guides.views().flush()
    assert len(guides.events()) == before


def test_views_wait_while_the_database_refuses(guides: Site) -> None:
    post_id = guides.write(guides.member())
    guides.visitor.get(f"/guides/{post_id}")
    with guides.database() as store, store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE post RENAME TO post_away"))
    guides.views().flush()
    with guides.database() as store, store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE post_away RENAME TO post"))
    assert guides.column("views", post_id) == 0
    guides.views().flush()
    assert guides.column("views", post_id) == 1


def test_a_flush_comes_by_itself(guides: Site) -> None:
    post_id = guides.write(guides.member())
    quick = ViewCounter(guides.app, guides.board, flush_every_s=0.01)
    quick.count(post_id, "203.0.113.7")
    assert guides.eventually(lambda: guides.column("views", post_id) == 1)
    quick.close()


def test_the_feed_holds_the_newest_posts(guides: Site) -> None:
    post_id = guides.write(guides.member(nickname="새벽토끼"), title="<공략> & 팁", body="**굵게**")
    feed = guides.visitor.get("/guides/feed.atom")
    assert feed.content_type.startswith("application/atom+xml")
    root = ElementTree.fromstring(feed.data)  # noqa: S314 - our own output
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = root.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "<공략> & 팁"
    assert entry.findtext(f"{atom}id") == f"http://localhost/guides/{post_id}"
    assert entry.findtext(f"{atom}content") == "<p><strong>굵게</strong></p>\n"
    assert entry.findtext(f"{atom}author/{atom}name") == "새벽토끼"
