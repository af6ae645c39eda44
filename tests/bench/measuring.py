"""Measuring on one kind of database: fill it, start the servers, count statements, send load in interleaved rounds."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import func, select
from tests.bench import content, databases, load, report, servers, statements
from tests.bench.content import Content
from tests.bench.databases import Databases
from tests.bench.home_content import HomeFiller
from tests.bench.load import OpenRound, Request, Round
from tests.bench.pages import GROUPS, Page, pages
from tests.bench.servers import Running
from tests.bench.visitors import READER, Members

from archive_boards.views import counter
from archive_chassis.database import database, reader
from archive_chassis.settings import Settings, variable
from archive_chassis.testing import make_app, make_settings
from archive_news import BOARD

SERVICES = ("news", "home")
#: Requests of each page that were made in this process.
COUNTED = 2
LIMIT_PAGE = Page(report.LIMIT, "limit", "limit", lambda _n: Request("/"))


@dataclass(frozen=True)
class Amounts:
    """How much is measured: posts on the board, rounds of both kinds, and requests for each page in each round."""

    posts: int = 100_000
    rounds: int = 5
    requests: int = 1_000
    open_rounds: int = 3


def measure(kind: str, folder: Path, amounts: Amounts, groups: Sequence[str] = GROUPS) -> list[report.Figures]:
    """The figures of the limit and of every page of the groups on one kind of database.

    RuntimeError for an answer that was not expected, for writes that are not there, and for too few requests.
    """
    with ExitStack() as open_now:
        stores = open_now.enter_context(databases.opened(kind, folder))
        settings = {name: make_settings(name, folder, stores.url(name), trusted_proxies=1) for name in SERVICES}
        filled = Content.of(amounts.posts)
        _fill(filled, settings)
        apps = open_now.enter_context(_apps(settings))
        chosen = pages(filled, Members(), apps["news"], groups)
        before = _posts_and_comments(apps["news"])
        counted = {page.name: _count(apps[page.service], page) for page in chosen}
        running = _start(open_now, settings, folder)
        closed = _closed_rounds(running, chosen, amounts, stores)
        at_half = _open_rounds(running, chosen, amounts, closed)
        memory = {name: one.largest_mib() for name, one in running.items()}
        _require_written(chosen, amounts, before, _posts_and_comments(apps["news"]))
    figures = [
        _figures(page, closed[page.name], at_half.get(page.name), counted.get(page.name, (1, 0)), memory[page.service])
        for page in (LIMIT_PAGE, *chosen)
    ]
    for one in figures:
        if one.cpu == 0:
            raise RuntimeError(f"{one.name}: used less CPU than the kernel's clock can tell, send more --requests")
    return figures


def _fill(filled: Content, settings: Mapping[str, Settings]) -> None:
    home = HomeFiller(settings["home"])
    for batch in content.fill(settings["news"].database_url.get_secret_value(), filled):
        home.add(batch)
        if batch[-1].number % 10_000 == 0 or batch[-1].number == filled.posts:
            say(f"{batch[-1].number:,} of {filled.posts:,} posts, with their comments")
    home.finish([READER], say)


@contextmanager
def _apps(settings: Mapping[str, Settings]) -> Generator[dict[str, Flask]]:
    """The services in this process, to count what they do; what they remember is written before the database goes."""
    apps = {name: make_app(name, one) for name, one in settings.items()}
    try:
        yield apps
    finally:
        with apps["news"].app_context():
            counter().close()
        for app in apps.values():
            with app.app_context():
                database().close()


def _count(app: Flask, page: Page) -> tuple[int, int]:
    """What the second of two requests takes: the first opens connections and fills what is kept between requests."""
    statements.count(app, page.request(0), page.expected)
    return statements.count(app, page.request(1 if page.anew else 0), page.expected)


def _start(open_now: ExitStack, settings: Mapping[str, Settings], folder: Path) -> dict[str, Running]:
    """The limit and each service, in a process of its own."""
    url = settings["news"].database_url.get_secret_value()
    programs = {"limit": ("tests.bench.limit", {"LIMIT_DATABASE_URL": url})}
    programs |= {name: ("archive_chassis.serve", _environment(one)) for name, one in settings.items()}
    return {
        name: open_now.enter_context(servers.serving(module, environment, folder / f"{name}.log"))
        for name, (module, environment) in programs.items()
    }


def _environment(settings: Settings) -> dict[str, str]:
    """As an operator gives them to a service in production, behind one proxy."""
    return {
        "ARCHIVE_SITE": " ".join(f"{name}={path}" for name, path in settings.site.items()),
        "ARCHIVE_TITLES": json.dumps(settings.titles),
        "ARCHIVE_MOUNT": settings.service,
        variable(settings.service, "database_url"): settings.database_url.get_secret_value(),
        "ARCHIVE_DATA_DIR": str(settings.data_dir),
        "ARCHIVE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "ARCHIVE_INTERNAL_TOKEN": settings.internal_token.get_secret_value(),
        "ARCHIVE_VERIFICATION_KEYS": settings.verification_keys,
        "ARCHIVE_TRUSTED_PROXIES": str(settings.trusted_proxies),
    }


def _closed_rounds(
    running: Mapping[str, Running], chosen: Sequence[Page], amounts: Amounts, stores: Databases
) -> dict[str, list[Round]]:
    """Page → its rounds. The first one of all warms up and is not among them."""
    found: dict[str, list[Round]] = {}
    for number in range(amounts.rounds + 1):
        say(f"round {number} of {amounts.rounds}" if number else "warming up")
        for page in (LIMIT_PAGE, *chosen):
            requests = _requests(page, number, amounts)
            seen = load.closed(running[page.service], requests, page.expected, stores.cpu_seconds)
            if number:
                found.setdefault(page.name, []).append(seen)
    return found


def _open_rounds(
    running: Mapping[str, Running], chosen: Sequence[Page], amounts: Amounts, closed: Mapping[str, Sequence[Round]]
) -> dict[str, list[OpenRound]]:
    """Page → its rounds at half of its saturation rate."""
    found: dict[str, list[OpenRound]] = {}
    for number in range(amounts.open_rounds):
        say(f"round {number + 1} of {amounts.open_rounds} at half of the saturation rate")
        for page in chosen:
            rate = median(one.per_second for one in closed[page.name]) / 2
            requests = _requests(page, amounts.rounds + 1 + number, amounts)
            seen = load.open_loop(running[page.service], requests, page.expected, rate, seed=number)
            found.setdefault(page.name, []).append(seen)
    return found


def _requests(page: Page, round_number: int, amounts: Amounts) -> list[Request]:
    """Those of one round: other numbers than in any other, and than those that were counted."""
    start = COUNTED + round_number * amounts.requests
    return [page.request(number) for number in range(start, start + amounts.requests)]


def _posts_and_comments(app: Flask) -> int:
    tables = (BOARD.tables.post, BOARD.tables.comment)
    with app.app_context():
        counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
        return sum(reader().execute(select(*counts)).one())


def _require_written(chosen: Sequence[Page], amounts: Amounts, before: int, after: int) -> None:
    """RuntimeError unless every accepted write is in the database, once."""
    writing = sum(page.writes for page in chosen)
    wanted = writing * (COUNTED + (amounts.rounds + 1 + amounts.open_rounds) * amounts.requests)
    if after - before != wanted:
        raise RuntimeError(f"{wanted} posts and comments were accepted, and {after - before} are there")


def _figures(
    page: Page,
    closed: Sequence[Round],
    at_half: Sequence[OpenRound] | None,
    counted: tuple[int, int],
    memory_mib: float,
) -> report.Figures:
    own, of_database = (median(getattr(one, name) for one in closed) for name in ("cpu", "database_cpu"))
    return report.Figures(
        page.name,
        per_second=median(one.per_second for one in closed),
        p50=median(one.p50 for one in closed),
        p99=median(one.p99 for one in closed),
        cpu=own + of_database,
        database_cpu=of_database,
        statements=counted[0],
        connections=counted[1],
        memory_mib=memory_mib,
        half=_median_of(at_half) if at_half else None,
        far_from=page.far_from,
        writes=page.writes,
    )


def _median_of(rounds: Sequence[OpenRound]) -> OpenRound:
    names = ("per_second", "p50", "p99", "late")
    return OpenRound(*(median(getattr(one, name) for one in rounds) for name in names))


def say(text: str) -> None:
    """Tell of the progress."""
    sys.stderr.write(f"… {text}\n")
