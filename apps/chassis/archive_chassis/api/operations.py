"""An API: each operation is declared beside its view function, and both its route and its documentation come from that.

    api = Api()

    @api.post("/things", summary="올리기", tag="물건", body=NewThing, returns=Thing, status=201, scope="write")
    def add_thing(body: NewThing) -> Reply:
        thing = things.add(body.name)
        return Reply(Thing.model_validate(thing), location=f"/things/{thing.id}")

The view gets what stands in the address, and `body` and `query` where they are declared, read and checked; it calls one
service function and returns a model, a Reply, or None for an empty answer. `api.install(app, …)` serves it all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypedDict, TypeVar, Unpack

from flask import Blueprint, Flask, Response, request
from pydantic import BaseModel

from archive_chassis import ratelimit
from archive_chassis.api import bearer, document, page, reading
from archive_chassis.api.models import Body, Query
from archive_chassis.api.preconditions import etag
from archive_chassis.api.problems import NotMatching
from archive_chassis.errors import Conflict, NotFound
from archive_chassis.identity import current_token, require_scope

View = TypeVar("View", bound=Callable[..., Any])
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Scope = Literal["read", "write"]

#: For each token, or for each address where none is shown. Services limit what is costly apart from this.
ALLOWED, WINDOW_S = 120, 60

_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Reply:
    """What a view answers beside its model. `location` is below the API's root; `revision` becomes the ETag."""

    value: BaseModel | None = None
    location: str = ""
    revision: int | None = None


class Options(TypedDict, total=False):
    """What an operation may declare, beside where it is and what it does. The defaults are Operation's."""

    description: str
    returns: type[BaseModel] | None
    status: int
    body: type[Body] | None
    query: type[Query]
    scope: Scope | None
    tag: str
    errors: Sequence[int]
    revision: bool
    if_match: bool
    idempotent: bool


@dataclass(frozen=True)
class Operation:
    """One operation. Its texts are Korean, as in the source, and translated where they are shown.

    rule: as Flask has it, such as "/things/<int:thing_id>"
    returns, status: the model of a good answer (None: an empty one), and 200 or 204 unless another status is named
    body, query: the models of what it takes
    scope: what the API token must have been made for; None: for everybody
    errors: statuses that the service function may refuse with, beyond those that follow from the rest
    revision: the answer has an ETag, to be sent back as If-Match
    if_match: the view asks for `expected_revision`; a Conflict that it raises then is answered as 412
    idempotent: the view uses `idempotency_key`
    """

    name: str
    method: Method
    rule: str
    view: Callable[..., Any]
    summary: str
    description: str = ""
    returns: type[BaseModel] | None = None
    status: int = 0
    body: type[Body] | None = None
    query: type[Query] = Query
    scope: Scope | None = "read"
    tag: str = ""
    errors: Sequence[int] = ()
    revision: bool = False
    if_match: bool = False
    idempotent: bool = False

    @property
    def answer_status(self) -> int:
        return self.status or (200 if self.returns else 204)

    @property
    def path(self) -> str:
        """The rule as OpenAPI writes it."""
        return _PLACE.sub(r"{\2}", self.rule)

    @property
    def places(self) -> Mapping[str, str]:
        """The parts of the address that vary: name → Flask's converter."""
        return {name: converter or "string" for converter, name in _PLACE.findall(self.rule)}


class Api:
    """The operations that a service, or a family of services, offers under `/api/<version>`."""

    def __init__(self, version: str = "v1") -> None:
        self.version = version
        self.operations: list[Operation] = []

    def get(self, rule: str, summary: str, **options: Unpack[Options]) -> Callable[[View], View]:
        """Declare the view as an operation that reads."""
        return self._declare("GET", rule, summary, options)

    def post(self, rule: str, summary: str, **options: Unpack[Options]) -> Callable[[View], View]:
        """Declare the view as an operation that makes something, or does something."""
        return self._declare("POST", rule, summary, options)

    def put(self, rule: str, summary: str, **options: Unpack[Options]) -> Callable[[View], View]:
        """Declare the view as an operation that replaces something."""
        return self._declare("PUT", rule, summary, options)

    def patch(self, rule: str, summary: str, **options: Unpack[Options]) -> Callable[[View], View]:
        """Declare the view as an operation that changes a part of something."""
        return self._declare("PATCH", rule, summary, options)

    def delete(self, rule: str, summary: str, **options: Unpack[Options]) -> Callable[[View], View]:
        """Declare the view as an operation that removes something."""
        return self._declare("DELETE", rule, summary, options)

    def _declare(self, method: Method, rule: str, summary: str, options: Options) -> Callable[[View], View]:
        if method != "GET" and options.get("scope", "write") != "write":
            raise ValueError(f"{method} {rule}: what changes something needs the scope 'write'")

        def decorate(view: View) -> View:
            chosen = options if method == "GET" else Options(scope="write") | options
            self.operations.append(Operation(view.__name__, method, rule, view, summary, **chosen))
            return view

        return decorate

    def install(self, app: Flask, *, title: str, description: str = "", without: Collection[str] = ()) -> None:
        """Serve the operations, their document and the page to read it; not those that are named in `without`."""
        unknown = set(without) - {operation.name for operation in self.operations}
        if unknown:
            raise ValueError(f"the API has no operation called {', '.join(sorted(unknown))}")
        offered = [operation for operation in self.operations if operation.name not in without]
        blueprint = Blueprint(f"api_{self.version}", __name__, url_prefix=f"{bearer.PATHS}{self.version}")
        for rule, by_method in _by_rule(offered).items():
            blueprint.add_url_rule(
                rule,
                "-".join(operation.name for operation in by_method.values()),
                partial(_dispatch, by_method, self.version),
                methods=list(by_method),
                provide_automatic_options=False,
            )
        made = document.Documents(offered, title=title, description=description, version=self.version)
        blueprint.add_url_rule("/openapi.json", "document", made.serve)
        blueprint.add_url_rule("/", "page", page.view(made), strict_slashes=False)
        blueprint.after_request(_name_limit)
        app.extensions[bearer.INSTALLED] = self
        app.register_blueprint(blueprint)


def _by_rule(operations: Iterable[Operation]) -> dict[str, dict[str, Operation]]:
    """The operations at each address by method.

    One rule for all methods: of several, werkzeug answers 405 where a part of the address does not fit, and not 404.
    """
    found: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        found.setdefault(operation.rule, {})[operation.method] = operation
    return found


def _dispatch(by_method: Mapping[str, Operation], version: str, **place: Any) -> Response:
    return _answer(by_method["GET" if request.method == "HEAD" else request.method], version, **place)


def _answer(operation: Operation, version: str, **place: Any) -> Response:
    """The view's answer. Who asks comes first, then how often, then what."""
    if any("\0" in str(value) for value in place.values()):
        raise NotFound  # no key has it, and not every database takes it
    if operation.scope is not None:
        require_scope(operation.scope)
    token = current_token()
    ratelimit.spend("api", token.jti if token else request.remote_addr or "", ALLOWED, WINDOW_S)
    given = dict(place)
    query = reading.query(operation.query)
    if operation.query is not Query:
        given["query"] = query
    if operation.body is not None:
        given["body"] = reading.body(operation.body)
    try:
        answer = operation.view(**given)
    except Conflict as error:
        if operation.if_match:
            raise NotMatching(error.detail) from None
        raise
    return _response(operation, version, answer if isinstance(answer, Reply) else Reply(answer))


def _response(operation: Operation, version: str, reply: Reply) -> Response:
    if reply.value is None:
        response = Response(status=operation.answer_status)
        del response.headers["Content-Type"]
    else:
        response = Response(reply.value.model_dump_json(), operation.answer_status, content_type="application/json")
    if reply.revision is not None:
        response.headers["ETag"] = etag(reply.revision)
    if reply.location:
        response.headers["Location"] = f"{request.root_path}{bearer.PATHS}{version}{reply.location}"
    return response


def _name_limit(response: Response) -> Response:
    """The limit, as draft-ietf-httpapi-ratelimit-headers writes it; Retry-After comes with a refusal."""
    if request.endpoint and not request.endpoint.endswith((".document", ".page")):
        response.headers["RateLimit-Policy"] = f'"default";q={ALLOWED};w={WINDOW_S}'
    return response
