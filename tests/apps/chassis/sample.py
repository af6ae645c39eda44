"""A service as small as one can be, to test the chassis through its public surface."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from archive_chassis import Service, Settings, build_app, events, forms
from archive_chassis.cache import cached_page
from archive_chassis.database import session
from archive_chassis.errors import Conflict, Invalid
from archive_chassis.identity import login_required, require_member, role_required
from archive_chassis.tables import rate_limit
from archive_chassis.templating import notice

VERSIONS = Path(__file__).parent / "sample_versions"
pages = Blueprint("sample", __name__)
rendered: list[str] = []
attempts: list[str] = []
both_hold_one = threading.Barrier(2)


@pages.get("/")
@cached_page(events.content_version)
def index() -> ResponseReturnValue:
    rendered.append(request.path)
    return "목록"


@pages.post("/things")
@login_required
def add() -> ResponseReturnValue:
    name = forms.text("name")
    if not name:
        raise Invalid({"name": "이름을 적어 주세요"})
    if name == "taken":
        raise Conflict("이미 있는 이름이에요")
    current = session()
    events.record(current, "thing.added", {"name": name, "by": require_member().nickname})
    if name == "forgotten":
        return "rolled back"
    current.commit()
    notice("success", "저장했어요")
    return redirect("/sample/")


@pages.post("/pair/<first>/<second>")
@login_required
def use_pair(first: str, second: str) -> ResponseReturnValue:
    """Locks two rows in the order given; on its first try it waits until another request holds its first row too."""
    attempts.append(first)
    current = session()
    current.execute(update(rate_limit).where(rate_limit.c.key == first).values(used=rate_limit.c.used + 1))
    if attempts.count(first) == 1:
        both_hold_one.wait(timeout=10)
    current.execute(update(rate_limit).where(rate_limit.c.key == second).values(used=rate_limit.c.used + 1))
    current.commit()
    return "done"


@pages.get("/staff")
@role_required("moderator")
def staff() -> ResponseReturnValue:
    return "for moderators"


@pages.get("/crash")
def crash() -> ResponseReturnValue:
    raise RuntimeError("a secret detail")


def create_app(settings: Settings) -> Flask:
    return build_app(settings, versions=VERSIONS, blueprints=[pages])


service = Service(name="news", title="견본", create_app=create_app, versions=VERSIONS)
