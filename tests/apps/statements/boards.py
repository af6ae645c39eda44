"""The boards' pages, and boards with a given number of everything that a page may show."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from tests.apps.boards.site import Site
from tests.apps.statements.visits import MEMBER, MODERATOR, Place, Table, Visit, browsers

from archive_boards import drafts
from archive_boards.images import storing
from archive_boards.tables import COMMENT, HELD, POST, REMOVED
from archive_chassis import clock
from archive_chassis.pagination import Cursor

PICTURE = "A" * 22 + ".webp"
#: The post that has everything, and its first comment.
BUSY = 1
FAR = Cursor("after", ("2100-01-01T00:00:00", 1)).encode()

BOARD_VISITS: Table = {
    "/": [
        Visit("/"),
        Visit("/", "member"),
        Visit("/", "moderator"),
        Visit("/?category={category}"),
        Visit("/?tag=흔한"),
        Visit("/?author=1"),
        Visit("/?sort=votes"),
        Visit("/?category={category}&tag=흔한&author=1&sort=active", "member"),
        Visit("/?cursor={far}"),
    ],
    "/<int:post_id>": [
        Visit("/1"),
        Visit("/1", "member"),
        Visit("/1", "moderator"),
        Visit("/1?after=1", "member"),
    ],
    "/<int:post_id>/delete": [Visit("/1/delete", "member")],
    "/<int:post_id>/edit": [Visit("/1/edit", "member")],
    "/<int:post_id>/history": [Visit("/1/history", "member")],
    "/<int:post_id>/report": [Visit("/1/report", "other")],
    "/api/v1/": [Visit("/api/v1/")],
    "/api/v1/bookmarks": [Visit("/api/v1/bookmarks", "program")],
    "/api/v1/categories": [Visit("/api/v1/categories"), Visit("/api/v1/categories", "program")],
    "/api/v1/comments/<int:comment_id>": [Visit("/api/v1/comments/1"), Visit("/api/v1/comments/1", "program")],
    "/api/v1/openapi.json": [Visit("/api/v1/openapi.json")],
    "/api/v1/posts": [
        Visit("/api/v1/posts"),
        Visit("/api/v1/posts", "program"),
        Visit("/api/v1/posts?category={category}&tag=흔한&author=1&sort=votes", "program"),
    ],
    "/api/v1/posts/<int:post_id>": [Visit("/api/v1/posts/1"), Visit("/api/v1/posts/1", "program")],
    "/api/v1/posts/<int:post_id>/comments": [
        Visit("/api/v1/posts/1/comments"),
        Visit("/api/v1/posts/1/comments", "program"),
    ],
    "/api/v1/tags": [Visit("/api/v1/tags"), Visit("/api/v1/tags", "program")],
    "/bookmarks": [Visit("/bookmarks", "member")],
    "/comments/<int:comment_id>": [Visit("/comments/1", status=303)],
    "/comments/<int:comment_id>/delete": [Visit("/comments/1/delete", "member")],
    "/comments/<int:comment_id>/edit": [Visit("/comments/1/edit", "member")],
    "/comments/<int:comment_id>/history": [Visit("/comments/1/history", "member")],
    "/comments/<int:comment_id>/report": [Visit("/comments/1/report", "other")],
    "/drafts": [Visit("/drafts", "moderator")],
    "/feed.atom": [Visit("/feed.atom"), Visit("/feed.atom?category={category}&tag=흔한&author=1")],
    "/health/live": [Visit("/health/live")],
    "/health/ready": [Visit("/health/ready")],
    "/images": [Visit("/images", "member")],
    "/images/<name>": [Visit("/images/{picture}")],
    "/internal/events": [Visit("/internal/events", "service")],
    "/metrics": [Visit("/metrics", "service")],
    "/moderation": [Visit("/moderation", "moderator")],
    "/moderation/<any(posts, comments):kinds>/<int:subject_id>": [
        Visit("/moderation/posts/1", "moderator"),
        Visit("/moderation/comments/1", "moderator"),
    ],
    "/moderation/held": [Visit("/moderation/held", "moderator")],
    "/moderation/log": [Visit("/moderation/log", "moderator")],
    "/moderation/members/<int:member_id>": [Visit("/moderation/members/1", "moderator")],
    "/sitemap-<int:block>.xml": [Visit("/sitemap-0.xml")],
    "/sitemap.xml": [Visit("/sitemap.xml")],
    "/static/<path:name>": [Visit("/static/base.css")],
    "/tags": [Visit("/tags")],
    "/write": [Visit("/write", "moderator"), Visit("/write?draft=1", "moderator")],
}
GUIDE_VISITS: Table = {"/series/<int:series_id>": [Visit("/series/1"), Visit("/series/1", "member")]}
QUESTION_VISITS: Table = {"/": [*BOARD_VISITS["/"], Visit("/?sort=unanswered")]}


def visits(site: Site) -> Table:
    """The visits of a board."""
    table = dict(BOARD_VISITS)
    table.update(GUIDE_VISITS if site.board.guides else {})
    table.update(QUESTION_VISITS if site.board.answers else {})
    return table


def filled(name: str, folder: Path, rows: int) -> tuple[Site, Place]:
    """A board with `rows` of everything, most of it around one post of the member's."""
    folder.mkdir()
    site = Site(name, folder)
    _write_posts(site, rows)
    with site.database() as store, store.engine.begin() as connection:
        for table, values in _around(site, rows).items():
            connection.execute(insert(getattr(site.board.tables, table)), values)
        post, comment = site.board.tables.post, site.board.tables.comment
        connection.execute(update(post).where(post.c.id > rows + 1).values(placement=REMOVED, withheld=HELD))
        edited = {"edited_at": clock.naive_now(), "revision": rows + 1}
        connection.execute(update(post).where(post.c.id == BUSY).values(edited))
        connection.execute(update(comment).where(comment.c.id == 1).values(edited))
        if site.board.guides:
            connection.execute(update(post).where(post.c.id <= rows).values(series_id=1, series_place=1))
    with site.app.app_context():
        storing.store().put(PICTURE, b"a picture")
    made = {"category": site.board.categories[0].key, "far": FAR, "picture": PICTURE}
    return site, Place(site.app, f"/{name}", browsers(site.app), made)


def _write_posts(site: Site, rows: int) -> None:
    """The busy post with `rows` comments, half of them replies; `rows` that are shown, and as many that will wait."""
    author = {"id": MEMBER, "nickname": f"회원{MEMBER}"}
    said = {"author": author, "body": "말", "at": "-PT1M"}
    talk = [{**said, "replies": [said]} for _ in range(rows // 2 + 1)]
    busy = site.line("말 많은 글", author=author, comments=talk, tags=["흔한"], published_at="-PT3H")
    if site.board.answers:
        busy["answers"] = [{**said, "accepted": number == 0} for number in range(rows)]
    rest = [
        site.line(f"글 {number}", author=author if number % 2 else {"id": 100 + number, "nickname": f"회원{number}"})
        | {"tags": ["흔한", f"태그{number}"], "published_at": f"-PT{number + 60}M"}
        for number in range(2 * rows)
    ]
    site.fill([busy, *rest])


def _around(site: Site, rows: int) -> dict[str, list[dict[str, Any]]]:
    """What members and moderators did: table → `rows` rows."""
    now = clock.naive_now()
    numbers = range(1, rows + 1)
    logged: dict[str, Any] = {
        "at": now,
        "actor_id": MODERATOR,
        "actor_name": "지킴이",
        "action": "hide",
        "detail": {},
        "digest": "",
    }
    subjects = [(POST, BUSY), (COMMENT, 1)]
    unfinished = drafts.empty(site.board).as_content()
    found: dict[str, list[dict[str, Any]]] = {
        "bookmark": [{"member_id": MEMBER, "post_id": n, "at": now - timedelta(minutes=n)} for n in numbers],
        "draft": [
            {"member_id": MODERATOR, "submission": f"양식{n}", "post_id": None, "content": unfinished, "saved_at": now}
            for n in numbers
        ],
        "vote": [
            {"subject": kind, "subject_id": subject_id, "member_id": 100 + n, "value": 1, "at": now}
            for kind, subject_id in subjects
            for n in numbers
        ],
        "report": [
            _report(kind, subject_id, 100 + n, now)
            for n in numbers
            for kind, subject_id in (*subjects, (POST, n + 1), (COMMENT, n + 1))
        ],
        "revision": [
            {"subject": kind, "subject_id": subject_id, "number": n, "title": "전 제목", "body": f"전 본문 {n}"}
            | {"editor_id": MEMBER, "editor_name": "회원1", "until": now}
            for kind, subject_id in subjects
            for n in numbers
        ],
        "moderation_log": [
            logged | {"id": 3 * n + place, "subject": kind, "subject_id": subject_id, "member_id": MEMBER}
            for n in numbers
            for place, (kind, subject_id) in enumerate([*subjects, (POST, n + 1)])
        ],
    }
    if site.board.guides:
        found["series"] = [{"id": n, "member_id": MEMBER, "title": f"연재 {n}", "created_at": now} for n in numbers]
        found["confirmation"] = [
            {"post_id": BUSY, "member_id": 100 + n, "version": f"1.{n % 9}", "works": True, "at": now} for n in numbers
        ]
    return found


def _report(kind: str, subject_id: int, reporter: int, at: Any) -> dict[str, Any]:
    values = {"subject": kind, "subject_id": subject_id, "post_id": subject_id if kind == POST else BUSY}
    return values | {"reporter_id": reporter, "reporter_name": "신고자", "reason": "spam", "note": "", "at": at}
