"""The whole community as an attacker meets it: every service, every route, and somebody's things in each of them.

Routes are found by walking `app.url_map`, so that none is forgotten: whoever adds one has it attacked.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import MetaData, Table, delete, insert, select, update
from tests.apps.auth.site import Site as AuthSite
from tests.apps.boards.site import Site as BoardSite
from werkzeug.datastructures import ImmutableMultiDict

from archive_boards import placing
from archive_boards.rows import find
from archive_boards.tables import HIDDEN
from archive_boards.writers import Writer
from archive_chassis import csrf
from archive_chassis.database import database, reader, session
from archive_chassis.events import read_after
from archive_chassis.identity import ACCESS_COOKIE
from archive_chassis.service import Consumer, Event, find_service
from archive_chassis.tables import event_offset, rate_limit
from archive_chassis.testing import KEYS, SITE, Client, make_app, make_settings, new_client
from archive_chassis.tokens import Member, Signer, day_number

BOARDS = ("news", "guides", "qa")
#: Whose things they are, and who is after them. Auth gives the first who join these ids too.
VICTIM, ATTACKER, MODERATOR, ADMIN = 1, 2, 8, 9
VICTIM_NAME, ATTACKER_NAME = "새벽토끼", "그림자손"
VICTIM_MAIL, ATTACKER_MAIL = "rabbit@example.com", "shadow@example.com"
#: Routes after which a browser is nobody's any more.
LEAVING = ("/me/delete", "/me/devices/end", "/logout", "/me/password")
#: Stands in everything that the attacker must never be shown.
SECRET = "비밀표식"

_PLACE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_FIRST_OF_ANY = re.compile(r"<any\(([^,)]+)[^)]*\):(\w+)>")


@dataclass(frozen=True)
class Route:
    """One address with one method. `places` are the names of what varies in it, each with Flask's converter."""

    service: str
    rule: str
    method: str
    endpoint: str

    @property
    def places(self) -> dict[str, str]:
        found = _PLACE.findall(_FIRST_OF_ANY.sub("", self.rule))
        return {name: converter or "string" for converter, name in found}

    @property
    def is_for_programs(self) -> bool:
        return self.rule.startswith("/api/")

    def address(self, values: Mapping[str, object]) -> str:
        """The path as a browser asks for it."""
        rule = _FIRST_OF_ANY.sub(lambda found: found[1].strip(), self.rule)
        return SITE[self.service].rstrip("/") + _PLACE.sub(lambda found: str(values[found[2]]), rule)

    def __str__(self) -> str:
        return f"{self.method} {SITE[self.service].rstrip('/')}{self.rule}"


class Community:
    """Every service on an empty database of its own."""

    def __init__(self, folder: Path, make_url: Callable[[str], str] | None = None) -> None:
        def url(name: str) -> str | None:
            return make_url(name) if make_url else None

        self.boards = {name: BoardSite(name, folder, url(name)) for name in BOARDS}
        for board in self.boards.values():  # views are written at the end: what a request changes is to be seen alone
            board.views()._flush_every_s = 86_400
        made = {name: make_app(name, make_settings(name, folder, url(name))) for name in ("home", "auth")}
        self.auth = AuthSite(made["auth"])
        self.apps: dict[str, Flask] = made | {name: board.app for name, board in self.boards.items()}
        self.folder = folder
        self._delivered: dict[tuple[str, str], int] = {}
        #: What tests of one module want to find again.
        self.kept: dict[str, Any] = {}

    def close(self) -> None:
        for board in self.boards.values():
            board.close()
        for name in ("home", "auth"):
            with self.apps[name].app_context():
                database().close()

    # Who asks

    def visitor(self, service: str) -> Client:
        return new_client(self.apps[service])

    def member(self, service: str, number: int, nickname: str = "", role: str = "member") -> Client:
        """A browser with an access token; auth wants a log-in of its own (`join`)."""
        client = new_client(self.apps[service])
        client.login(number, nickname or f"회원{number}", role)
        return client

    def newcomer(self, service: str, number: int, nickname: str) -> Client:
        """A member since today."""
        client = new_client(self.apps[service])
        today = day_number(datetime.now(UTC))
        member = Member(number, nickname, "", "member", verified=True, sid=f"sid-{number}", joined=today)
        client.set_cookie(ACCESS_COOKIE, Signer(json.dumps(KEYS)).issue(member))
        return client

    # What there is

    def routes(self, *services: str, methods: Iterable[str] | None = None) -> list[Route]:
        """Every route of the services (all of them without names), HEAD and OPTIONS aside."""
        found: list[Route] = []
        for service in services or tuple(self.apps):
            for rule in self.apps[service].url_map.iter_rules():
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    if methods is None or method in methods:
                        found.append(Route(service, rule.rule, method, rule.endpoint))
        return sorted(found, key=str)

    def deliver(self) -> None:
        """Let every service learn what the others have told since."""
        for name in self.apps:
            for consumer in find_service(name).consumers:
                if consumer.source in self.apps:
                    self._deliver(consumer, name)

    def _deliver(self, consumer: Consumer, target: str) -> None:
        after = self._delivered.get((consumer.place, target), 0)
        with self.apps[consumer.source].app_context():
            told = read_after(after, 5_000)
        if not told:
            return
        with self.apps[target].app_context():
            current = session()
            this_place = event_offset.c.source == consumer.place
            known = current.execute(select(event_offset.c.source).where(this_place)).first()
            position = told[-1]["id"]
            if known is None:
                current.execute(insert(event_offset).values(source=consumer.place, position=position))
            else:
                current.execute(update(event_offset).where(this_place).values(position=position))
            for one in told:
                consumer.apply(current, Event(one["id"], one["type"], one["at"], one["data"]))
            current.commit()
        self._delivered[consumer.place, target] = position


_TABLES = "abuse_tables"


def _tables(app: Flask) -> list[Table]:
    """The tables of a service's database, looked up once."""
    known: list[Table] | None = app.extensions.get(_TABLES)
    if known is None:
        reflected = MetaData()
        with app.app_context():
            reflected.reflect(database().engine)
        known = app.extensions[_TABLES] = reflected.sorted_tables
    return known


def rows(app: Flask, without: Iterable[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Everything in a service's database: table → rows. What counts requests is no content."""
    left_out = {"rate_limit", "alembic_version", *without}
    tables = _tables(app)
    with app.app_context(), database().engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables
            if table.name not in left_out
        }


_read: set[str] = set()


class _Noticing(ImmutableMultiDict[str, str]):
    """Parameters of a request that notice which of them are asked for."""

    def __getitem__(self, key: str) -> str:
        _read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        _read.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *rest: Any, **more: Any) -> Any:
        _read.add(key)
        return super().get(key, *rest, **more)


def parameters(client: Client, address: str, method: str, form: Mapping[str, str] | None = None) -> list[str]:
    """The parameters that a view asks for, in the address or in the form, when it gets `form`."""
    app = client.application
    known = app.request_class
    app.request_class = type("Noticing", (known,), {"parameter_storage_class": _Noticing})
    _read.clear()
    try:
        # Something in the query: without any, whoever knows that asks for nothing.
        client.open(address, method=method, data=form, query_string={"nothing": "1"})
    finally:
        app.request_class = known
    return sorted(_read - {"nothing", csrf.FIELD})


def forget_limits(app: Flask) -> None:
    """As if the windows of all limits were over."""
    with app.app_context():
        reader().execute(delete(rate_limit))


def columns(app: Flask) -> set[str]:
    """The names of all columns of a service's database."""
    return {column.name for table in _tables(app) for column in table.columns}


@dataclass
class Things:
    """What the victim has on one service, by the name that routes have for it: `post_id` → the ids of their posts.

    Of boards: the first post and the first comment are shown, everything else of theirs is withheld and says SECRET.
    """

    ids: dict[str, list[object]]

    def addresses(self, route: Route) -> Iterator[str]:
        """The route's address for every combination of the victim's things."""
        choices = [self.ids.get(name, [1, 2]) for name in route.places]
        for combination in itertools.product(*choices):
            yield route.address(dict(zip(route.places, combination, strict=True)))

    def address(self, route: Route) -> str:
        """The route's address for the first of them."""
        return next(self.addresses(route))


def fill_board(community: Community, name: str) -> Things:
    """Let the victim write on a board: a post that everybody sees, and one of each kind that is withheld."""
    site = community.boards[name]
    role = "moderator" if site.board.writers == "editors" else "member"
    victim = site.member(VICTIM, VICTIM_NAME, role)
    own = {"series": "첫걸음"} if site.board.guides else {}
    shown = site.write(victim, title="모두가 보는 글", body="모두가 보는 본문", tags="공개", **own)
    edited = site.form(title="모두가 보는 글", body="모두가 보는 고친 본문", tags="공개", revision="1", **own)
    assert victim.post(f"/{name}/{shown}/edit", data=edited).status_code == 303
    first = site.comment(victim, shown, "모두가 보는 댓글")
    comments = [first]
    if site.board.answers:
        comments.append(site.comment(victim, shown, "모두가 보는 답변", "answers"))
    comments.append(site.comment(victim, shown, f"지운 댓글 {SECRET}"))
    assert victim.post(f"/{name}/comments/{comments[-1]}/delete").status_code == 303
    posts = [shown]
    for kind in ("deleted by its author", "deleted by a moderator", "hidden"):
        post_id = site.write(victim, title=f"{SECRET} {kind}", body=f"{SECRET} 본문", tags="숨긴태그", **own)
        comments.append(site.comment(victim, post_id, f"{SECRET} 댓글"))
        _edit(site, victim, post_id, comments[-1], own)
        _withhold(site, victim, post_id, kind)
        posts.append(post_id)
    if role == "member":
        waiting = community.newcomer(name, VICTIM, VICTIM_NAME)
        link = f"{SECRET} https://elsewhere.example/"
        posts.append(site.write(waiting, title=f"{SECRET} 보류", body=link, tags="숨긴태그", **own))
        answer = waiting.post(f"/{name}/{shown}/comments", data={"body": link})
        assert answer.status_code == 303
    if site.board.scheduled:
        hour = {"publish_at": f"{datetime.now(UTC).year + 1}-01-01T09:00"}
        answer = victim.post(f"/{name}/write", data=site.form(title=f"{SECRET} 예약", body=SECRET, **hour))
        assert answer.status_code in (303, 422)
        if answer.status_code == 303:
            posts.append(int(answer.location.rsplit("/", 1)[1]))
    saved = victim.post(f"/{name}/write", data=site.form(title=f"{SECRET} 초안", body=SECRET, save="1"))
    assert saved.status_code == 303
    assert victim.post(f"/{name}/{shown}/bookmark", data={"keep": "1"}).status_code == 303
    drafts = [row["id"] for row in rows(site.app)["draft"]]
    held = [row["id"] for row in rows(site.app)["comment"] if row["withheld"] == "held"]
    return Things(
        {
            "post_id": list(posts),
            "comment_id": [*comments, *held],
            "draft_id": list(drafts),
            "series_id": [1],
            "member_id": [VICTIM],
            "block": [0],
            "name": ["a" * 22 + ".webp", "app.css"],
        }
    )


def _edit(site: BoardSite, victim: Client, post_id: int, comment_id: int, own: dict[str, str]) -> None:
    """So that there is a history to look into."""
    form = site.form(title=f"{SECRET} 고침", body=f"{SECRET} 고친 본문", revision="1", **own)
    assert victim.post(f"/{site.name}/{post_id}/edit", data=form).status_code == 303
    answer = victim.post(f"/{site.name}/comments/{comment_id}/edit", data={"body": f"{SECRET} 고친 댓글"})
    assert answer.status_code == 303


def _withhold(site: BoardSite, victim: Client, post_id: int, kind: str) -> None:
    if kind == "hidden":
        keeper = Writer(MODERATOR, "지킴이", "", "moderator")
        with site.app.test_request_context():
            placing.take_out(session(), site.board, keeper, find(site.board, post_id), HIDDEN)
            session().commit()
        return
    who = victim if kind == "deleted by its author" else site.moderator()
    assert who.post(f"/{site.name}/{post_id}/delete").status_code == 303


def fill_auth(community: Community) -> tuple[Things, Client, Client]:
    """The victim and the attacker join; what the victim has there, and both browsers."""
    victim = community.auth.join(VICTIM_NAME, VICTIM_MAIL)
    attacker = community.auth.join(ATTACKER_NAME, ATTACKER_MAIL)
    content = rows(community.apps["auth"])
    ids = {row["nickname"]: row["id"] for row in content["member"]}
    assert (ids[VICTIM_NAME], ids[ATTACKER_NAME]) == (VICTIM, ATTACKER)
    sids = [row["id"] for row in content["login_session"] if row["member_id"] == VICTIM]
    things = {"member_id": [VICTIM], "sid": list(sids), "name": ["a" * 22 + ".webp", "app.css"], "jti": ["0" * 32]}
    return Things(things), victim, attacker


def fill(community: Community) -> tuple[dict[str, Things], dict[str, Client], dict[str, Client]]:
    """Everything filled: what the victim has on each service; the victim's browsers; the attacker's."""
    in_auth, victim, attacker = fill_auth(community)
    things = {name: fill_board(community, name) for name in BOARDS} | {"auth": in_auth}
    for name in BOARDS:  # the victim is told of it: there is something in their notifications
        answer = community.member(name, 3, "지나가던이").post(
            f"/{name}/{things[name].ids['post_id'][0]}/comments", data={"body": f"@{VICTIM_NAME} 안녕하세요"}
        )
        assert answer.status_code == 303
    community.deliver()
    noted = rows(community.apps["home"]).get("notification", [])
    own = [row["id"] for row in noted if row.get("member_id") == VICTIM]
    home: dict[str, list[object]] = {"member_id": [VICTIM], "notification_id": list(own) or [1]}
    things["home"] = Things(home | {"name": ["app.css"]})
    victims = {name: community.member(name, VICTIM, VICTIM_NAME) for name in ("home", *BOARDS)} | {"auth": victim}
    attackers = {name: community.member(name, ATTACKER, ATTACKER_NAME) for name in ("home", *BOARDS)}
    return things, victims, attackers | {"auth": attacker}


def form_fields(community: Community, service: str) -> dict[str, str]:
    """Something sensible for every field that a form of the service has, so that nothing is refused for its shape."""
    general = {
        "title": "바꾼 제목",
        "body": "바꾼 본문",
        "vote": "1",
        "version": "2.1",
        "works": "1",
        "reason": "spam",
        "note": "신고 내용",
        "keep": "1",
        "pinned": "1",
        "revision": "2",
        "answer": "2",
        "confirm": "1",
        "confirmed": "1",
        "since": "all",
        "window": "all",
        "action": "hide",
        "state": "",
        "place-1": "1",
    }
    if service in community.boards:
        return community.boards[service].form() | general
    if service == "auth":
        own = {"nickname": "새이름", "language": "en", "term": "7", "role": "admin", "email": "new@example.com"}
        return general | own | {"reason": "사유", "name": "토큰", "scopes": "read", "days": "30"}
    return general


def forms_token(client: Client) -> dict[str, str]:
    """What a form of this site carries, as a field."""
    return {csrf.FIELD: client.csrf_token()}
