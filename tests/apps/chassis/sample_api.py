"""A service with an API as small as one can be: things that everybody may read, and their owners change.

It shows how an operation is written: models, a declaration, a view that calls one function.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from flask import Flask
from pydantic import Field
from sqlalchemy import Column, Integer, String, Table, Text, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from archive_chassis import Consumer, Job, Service, Settings, build_app, clock, events, pagination
from archive_chassis.api import models, revocation
from archive_chassis.api.models import Body, Line, Listing, Moment, Query, Resource
from archive_chassis.api.operations import Api, Reply
from archive_chassis.api.preconditions import expected_revision, idempotency_key
from archive_chassis.database import reader, session
from archive_chassis.errors import Conflict, Forbidden, Invalid, NotFound
from archive_chassis.identity import require_member
from archive_chassis.tables import Id, Timestamp, metadata

VERSIONS = Path(__file__).parent / "sample_api_versions"

thing = Table(
    "thing",
    metadata(),
    Column[int]("id", Id, primary_key=True),
    Column[int]("owner_id", Id),
    Column[str]("name", String(40)),
    Column[str]("note", Text),
    Column[str]("kind", String(8)),
    Column[int]("revision", Integer),
    Column[datetime]("made_at", Timestamp),
    Column[str]("submission", String(64)),
)

Name = Annotated[Line, Field(max_length=40, description="이름")]
Kind = Literal["new", "used"]


class NewThing(Body):
    """What a thing is made from."""

    name: Name
    note: Annotated[str, Field(max_length=2_000)] = ""
    kind: Kind = "new"


class Change(Body):
    """What of a thing may be changed."""

    name: Name


class Thing(Resource):
    """A thing."""

    id: models.Id
    name: str = Field(description="이름")
    note: str
    kind: Kind
    made_at: Moment


class Search(Query):
    """Which things to list."""

    kind: Kind | None = Field(default=None, description="종류")
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: Annotated[str, Field(max_length=200)] | None = None
    id: Annotated[list[models.Id], Field(max_length=20)] = Field(default_factory=list[int])


class Me(Resource):
    """Who asks."""

    id: int
    nickname: str
    role: str


api = Api()


@api.get("/things", "물건 목록", tag="물건", query=Search, returns=Listing[Thing], scope=None)
def list_things(query: Search) -> Listing[Thing]:
    found = select(thing)
    if query.kind is not None:
        found = found.where(thing.c.kind == query.kind)
    if query.id:
        found = found.where(thing.c.id.in_(query.id))
    position = pagination.Cursor.decode(query.cursor, columns=1)
    rows = reader().execute(pagination.paged(found, [thing.c.id], position, query.limit)).all()
    page = pagination.page(rows, ["id"], position, query.limit)
    return Listing[Thing](
        items=[Thing.model_validate(row) for row in page.rows], next=page.next, previous=page.previous
    )


@api.get("/things/<int:thing_id>", "물건 보기", tag="물건", returns=Thing, scope=None, revision=True)
def read_thing(thing_id: int) -> Reply:
    row = _found(thing_id)
    return Reply(Thing.model_validate(row), revision=row.revision)


@api.post("/things", "물건 올리기", tag="물건", body=NewThing, returns=Thing, status=201, idempotent=True)
def add_thing(body: NewThing) -> Reply:
    member, key = require_member(), idempotency_key() or secrets.token_urlsafe(16)
    if body.name == "taken":
        raise Invalid({"name": "이미 있는 이름이에요"})
    current = session()
    row = body.model_dump() | {"owner_id": member.id, "revision": 1, "made_at": clock.naive_now(), "submission": key}
    try:
        thing_id = current.execute(insert(thing).values(row)).inserted_primary_key[0]  # type: ignore[index]
        events.record(current, "thing.added", {"name": body.name})
        current.commit()
    except IntegrityError:
        current.rollback()
        known = select(thing.c.id).where(thing.c.owner_id == member.id, thing.c.submission == key)
        thing_id = reader().execute(known).scalar_one()
    return Reply(Thing.model_validate(_found(thing_id)), location=f"/things/{thing_id}")


@api.patch(
    "/things/<int:thing_id>", "물건 고치기", tag="물건", body=Change, returns=Thing, if_match=True, revision=True
)
def change_thing(thing_id: int, body: Change) -> Reply:
    member, revision = require_member(), expected_revision()
    if _found(thing_id).owner_id != member.id:
        raise Forbidden("내 물건만 고칠 수 있어요")
    current = session()
    where = (thing.c.id == thing_id, thing.c.revision == revision)
    changed = current.execute(update(thing).where(*where).values(name=body.name, revision=revision + 1))
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Conflict("그사이에 바뀌었어요")
    current.commit()
    return Reply(Thing.model_validate(_found(thing_id)), revision=revision + 1)


@api.delete("/things/<int:thing_id>", "물건 지우기", tag="물건")
def remove_thing(thing_id: int) -> None:
    if _found(thing_id).owner_id != require_member().id:
        raise Forbidden("내 물건만 지울 수 있어요")
    session().execute(delete(thing).where(thing.c.id == thing_id))
    session().commit()


@api.get("/me", "나", tag="회원", returns=Me)
def who_am_i() -> Me:
    member = require_member()
    return Me(id=member.id, nickname=member.nickname, role=member.role)


@api.post("/left-out", "이 서비스에는 없는 일", tag="물건")
def left_out() -> None:
    raise AssertionError("a service without this operation answers 404")


def _found(thing_id: int) -> Any:
    row = reader().execute(select(thing).where(thing.c.id == thing_id)).one_or_none()
    if row is None:
        raise NotFound("없는 물건이에요")
    return row


def create_app(settings: Settings) -> Flask:
    app = build_app(settings, versions=VERSIONS, blueprints=[])
    api.install(app, title="견본 API", description="물건을 올리고 찾아요.", without={"left_out"})
    return app


service = Service(
    name="news",
    title="견본",
    create_app=create_app,
    versions=VERSIONS,
    consumers=(Consumer("auth", revocation.apply_revocation),),
    jobs=(Job("forget revoked tokens", timedelta(hours=1), revocation.forget_expired),),
)
