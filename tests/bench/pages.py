"""What is measured: each page with the requests for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask
from tests.bench.content import PAGE_SIZE, TAGS, Content
from tests.bench.korean import Korean
from tests.bench.load import Expected, Request
from tests.bench.visitors import READER, Form, Members, visitor_address, writer_address

GROUPS = ("list", "filtered", "read", "search", "front", "write")
QUERIES, COMMON_QUERIES = 2_000, 10
#: Posts that are read again and again: so few that it does not show when a change made their pages old.
POPULAR = 10
#: What an ordinary page answers.
PAGE = Expected(200)


@dataclass(frozen=True)
class Page:
    """A page of a service: `request(n)` is the n-th request for it.

    `anew`: each request asks for something else, so that nothing can be kept for the next one. `writes`: each request
    changes something. `far_from` names the page that this one must not cost much more than.
    """

    name: str
    group: str
    service: str
    request: Callable[[int], Request]
    expected: Expected = PAGE
    anew: bool = False
    writes: bool = False
    far_from: str = ""


def pages(content: Content, members: Members, news: Flask, groups: Sequence[str] = GROUPS) -> list[Page]:
    """The pages of the groups. `news` is the board's app, for the form that is written in."""
    every = [*_lists(content, members), *_filtered(content), *_posts(content, members)]
    every += [*_searches(members), *_fronts(members)]
    if "write" in groups:
        every += _writes(content, members, Form.opened(news, "/news/write", members.writer(0)))
    return [page for page in every if page.group in groups]


def _lists(content: Content, members: Members) -> list[Page]:
    rendered, span = "list, near page 1, rendered anew", max(content.posts // 4, 1)
    last_page = content.posts // PAGE_SIZE

    def near(number: int) -> Request:
        return Request(f"/news/?cursor={content.cursor_after(content.posts - PAGE_SIZE - number % span)}")

    def far(number: int) -> Request:
        return Request(f"/news/?cursor={content.cursor_after(PAGE_SIZE + 1 + number % span)}")

    return [
        Page("list, page 1", "list", "news", lambda _n: Request("/news/")),
        Page("list, page 1, logged in", "list", "news", lambda _n: Request("/news/", members.cookie(READER))),
        Page(rendered, "list", "news", near, anew=True),
        Page(f"list, near page {last_page:,}, rendered anew", "list", "news", far, anew=True, far_from=rendered),
    ]


def _filtered(content: Content) -> list[Page]:
    def anew(number: int) -> Request:
        cursor = content.cursor_after(content.posts - number % max(content.posts // 4, 1))
        return Request(f"/news/?tag={quote(TAGS[number % len(TAGS)])}&cursor={cursor}")

    def page(name: str, query: str) -> Page:
        return Page(f"filtered list, {name}", "filtered", "news", lambda _n: Request(f"/news/?{query}"))

    return [
        page("a category", "category=update"),
        page("a tag", f"tag={quote(TAGS[0])}"),
        page("an author", f"author={READER}"),
        page("by votes", "sort=votes"),
        page("a category by votes", "category=update&sort=votes"),
        Page("filtered list, a tag, rendered anew", "filtered", "news", anew, anew=True),
    ]


def _posts(content: Content, members: Members) -> list[Page]:
    def popular(number: int) -> str:
        return f"/news/{content.busy(number % POPULAR)}"

    return [
        Page("post with comments", "read", "news", lambda n: Request(popular(n), address=visitor_address(n))),
        Page("post with comments, logged in", "read", "news", lambda n: Request(popular(n), members.cookie(READER))),
        Page(
            "post with comments, rendered anew",
            "read",
            "news",
            lambda n: Request(f"/news/{content.busy(POPULAR + n)}", address=visitor_address(n)),
            anew=True,
        ),
    ]


def _searches(members: Members) -> list[Page]:
    korean = Korean(seed=5)
    addresses = [f"/search?q={quote(korean.query())}" for _ in range(QUERIES)]

    def common(number: int) -> str:
        return addresses[number % COMMON_QUERIES]

    def anew(number: int) -> str:
        return f"{addresses[number % QUERIES]}&nth={number}"  # another address, and so no page that was kept

    return [
        Page("search, asked before", "search", "home", lambda n: Request(common(n), address=visitor_address(n))),
        Page("search, asked before, logged in", "search", "home", lambda n: Request(common(n), members.cookie(READER))),
        Page("search, anew", "search", "home", lambda n: Request(anew(n), address=visitor_address(n)), anew=True),
        Page(
            "search, anew, logged in", "search", "home", lambda n: Request(anew(n), members.cookie(READER)), anew=True
        ),
    ]


def _fronts(members: Members) -> list[Page]:
    return [
        Page("front page", "front", "home", lambda _n: Request("/")),
        Page("front page, logged in", "front", "home", lambda _n: Request("/", members.cookie(READER))),
    ]


def _writes(content: Content, members: Members, form: Form) -> list[Page]:
    korean = Korean(seed=6)
    bodies = [(korean.title(), korean.body(), korean.comment()) for _ in range(200)]

    def send(path: str, number: int, **values: str) -> Request:
        cookie, address = f"{members.writer(number)}; {form.cookie}", writer_address(number)
        return Request(path, cookie, address, {"csrf_token": form.token, "submission": f"bench-{number}", **values})

    def post(number: int) -> Request:
        title, body, _comment = bodies[number % len(bodies)]
        tags = f"{TAGS[number % len(TAGS)]} {TAGS[number // 7 % len(TAGS)]}"
        return send("/news/write", number, title=title, category="update", body=body, tags=tags)

    def comment(number: int) -> Request:
        return send(f"/news/{content.busy(number)}/comments", number, body=bodies[number % len(bodies)][2])

    sent = Expected(303, r"/news/\d+")
    said = Expected(303, r"/news/\d+(\?after=\d+)?#comment-\d+")
    return [
        Page("write a post", "write", "news", post, sent, anew=True, writes=True),
        Page("write a comment", "write", "news", comment, said, anew=True, writes=True),
    ]
