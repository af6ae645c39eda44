"""`make bench`: pages of the news board against this machine's own limit, measured in the same run.

Rounds are interleaved (the limit, each page, again), and medians are shown: these figures move with the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import content, load, report, servers, statements
from tests.bench.servers import Running
from tests.ports import free_port

from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.settings import Settings
from archive_chassis.testing import KEYS, make_app, make_settings, new_client
from archive_chassis.tokens import Member, Signer

READER = Member(id=7, nickname="새벽토끼", avatar="", role="member", verified=True, sid="bench")


@dataclass(frozen=True)
class Subject:
    """A page: `path(n)` is the address of its n-th request."""

    name: str
    path: Callable[[int], str]
    member: bool = False
    has_cpu_goal: bool = False
    far_from: str = ""


def subjects(posts: int) -> list[Subject]:
    """The pages. Each request for one that is rendered anew begins after another post, so no cache holds it."""
    rendered, last_page, span = "list, near page 1, rendered anew", posts // content.PAGE_SIZE, posts // 4

    def near(number: int) -> str:
        return f"/news/?cursor={content.cursor_after(posts - content.PAGE_SIZE - number % span)}"

    def far(number: int) -> str:
        return f"/news/?cursor={content.cursor_after(content.PAGE_SIZE + 1 + number % span)}"

    return [
        Subject("list, page 1", lambda _n: "/news/", has_cpu_goal=True),
        Subject("list, page 1, logged in", lambda _n: "/news/", member=True),
        Subject(rendered, near),
        Subject(f"list, near page {last_page:,}, rendered anew", far, far_from=rendered),
        Subject("post", lambda _n: "/news/1"),
        Subject("post, logged in", lambda _n: "/news/1", member=True),
    ]


def measure(folder: Path, posts: int, rounds: int, requests: int) -> list[report.Figures]:
    """Fill a board, start both servers, and measure every subject."""
    settings = make_settings("news", folder)
    file = folder / "news.sqlite3"
    _say(f"filling a board with {posts:,} posts")
    content.fill(file, posts)
    pages = subjects(posts)
    cookie = f"{ACCESS_COOKIE}={Signer(json.dumps(KEYS)).issue(READER)}"
    counted = dict(_count(settings, pages))
    results: dict[str, list[load.Round]] = {}
    with ExitStack() as running:
        limit, news = _start(running, settings, file)
        for number in range(-1, rounds):  # round -1 warms up
            _say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for page in [Subject(report.LIMIT, lambda _n: "/"), *pages]:
                server = limit if page.name == report.LIMIT else news
                start = (number + 1) * requests
                seen = load.run(server, _shifted(page.path, start), cookie if page.member else "", requests)
                if number >= 0:
                    results.setdefault(page.name, []).append(seen)
        memory = {name: (limit if name == report.LIMIT else news).largest_mib() for name in results}
    known = {page.name: page for page in pages}
    return [_figures(name, seen, counted, memory, known.get(name)) for name, seen in results.items()]


def _figures(
    name: str,
    seen: list[load.Round],
    counted: dict[str, tuple[int, int]],
    memory: dict[str, float],
    page: Subject | None,
) -> report.Figures:
    sql, connections = counted.get(name, (1, 0))
    return report.Figures(
        name,
        per_second=median(one.per_second for one in seen),
        p50=median(one.p50 for one in seen),
        p99=median(one.p99 for one in seen),
        cpu=median(one.cpu for one in seen),
        statements=sql,
        connections=connections,
        memory_mib=memory[name],
        has_cpu_goal=page is not None and page.has_cpu_goal,
        far_from=page.far_from if page else "",
    )


def _count(settings: Settings, pages: list[Subject]) -> Generator[tuple[str, tuple[int, int]]]:
    app = make_app("news", settings)
    for page in pages:
        client = new_client(app)
        if page.member:
            client.login()
        client.get(page.path(-1))  # connections are open, templates compiled, the page cache filled
        yield page.name, statements.count(app, client, page.path(-2))


def _start(running: ExitStack, settings: Settings, file: Path) -> tuple[Running, Running]:
    limit_port, news_port = free_port(), free_port()
    environment = {
        "ARCHIVE_SITE": " ".join(f"{name}={path}" for name, path in settings.site.items()),
        "ARCHIVE_TITLES": json.dumps(settings.titles),
        "ARCHIVE_MOUNT": "news",
        "ARCHIVE_NEWS_DATABASE_URL": settings.database_url.get_secret_value(),
        "ARCHIVE_DATA_DIR": str(settings.data_dir),
        "ARCHIVE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "ARCHIVE_INTERNAL_TOKEN": settings.internal_token.get_secret_value(),
        "ARCHIVE_VERIFICATION_KEYS": settings.verification_keys,
    }
    port = ("--port", str(news_port))
    limit = servers.serving(
        "tests.bench.limit", limit_port, str(limit_port), str(file), environment={}, log=file.with_name("limit.log")
    )
    news = servers.serving(
        "archive_chassis.serve", news_port, *port, environment=environment, log=file.with_name("news.log")
    )
    return running.enter_context(limit), running.enter_context(news)


def _shifted(path: Callable[[int], str], start: int) -> Callable[[int], str]:
    return lambda number: path(start + number)


def _say(text: str) -> None:
    sys.stderr.write(f"… {text}\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=3_000, help="for each page in each round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as name:
        figures = measure(Path(name), arguments.posts, arguments.rounds, arguments.requests)
    sys.stdout.write(report.table(figures) + "\n\n")
    failures = report.missed(figures)
    sys.stdout.write("\n".join(f"missed: {sentence}" for sentence in failures) or "All goals are met.")
    sys.stdout.write("\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
