"""The search page, questions like the one that is being written, and how browsers find the search."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from archive_chassis.cache import cached_page, everybody
from archive_chassis.identity import current_member
from archive_chassis.ratelimit import spend
from archive_chassis.search import Filters, find_alike
from archive_chassis.templating import render
from archive_home import boards, front
from archive_home.search import page
from archive_home.search.tables import search_tables

blueprint = Blueprint("search", __name__)

#: For visitors, by address and minute. A whole PC bang shares one address, and a script asks while a title is typed.
SEARCHES, LOOKS_ALIKE, WINDOW_S = 60, 120, 60
KEPT_S = 60
LONGEST_TITLE = 200


@blueprint.get("/search")
def show_search() -> ResponseReturnValue:
    """A search and its results; the empty form when nothing is asked for."""
    wanted = page.asked(request.args)
    is_empty = wanted == page.Asked(board=wanted.board)
    response = make_response(render("search.html", view=page.read(wanted)) if is_empty else _found())
    response.headers["X-Robots-Tag"] = "noindex, follow"
    return response


@cached_page(front.heard, alike=everybody)
def _found() -> ResponseReturnValue:
    """What many ask is looked for once; only looking counts for the visitor's limit."""
    _count("search", SEARCHES)
    return render("search.html", view=page.read(page.asked(request.args)))


@blueprint.get("/search/similar")
def show_similar() -> ResponseReturnValue:
    """At most five posts of a board whose titles are like `title`: a part of a page, or JSON for who asks for it."""
    board, title = request.args.get("board", ""), request.args.get("title", "")[:LONGEST_TITLE]
    _count("similar", LOOKS_ALIKE)
    found = find_alike(search_tables, title, Filters(board)) if board in boards.titles() else []
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response = jsonify(posts=[{"title": one.title, "url": one.url, "comments": one.comments} for one in found])
    else:
        response = Response(render("search_similar.html", found=found), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = f"private, max-age={KEPT_S}"
    response.headers["Vary"] = "Accept, Cookie"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/opensearch.xml")
def show_description() -> ResponseReturnValue:
    """The search as browsers can add it to theirs (OpenSearch 1.1)."""
    response = Response(render("opensearch.xml"), content_type="application/opensearchdescription+xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _count(name: str, allowed: int) -> None:
    if current_member() is None:
        spend(name, request.remote_addr or "", allowed, WINDOW_S)
