"""How many SQL statements an answer takes, and whether it connects anywhere: counted in the app itself."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from tests.bench.load import Expected, Request
from tests.counting import counting

HOST = "localhost"


def count(app: Flask, request: Request, expected: Expected) -> tuple[int, int]:
    """SQL statements and outgoing connections of one request. RuntimeError for an answer that is not as expected."""
    client = FlaskClient(app, use_cookies=False)  # the tests' own client would add the form's token by itself
    with counting(app) as seen:
        answer = client.open(request.path, method=request.method, headers=request.headers(HOST), data=request.body)
    location = answer.headers.get("Location", "")
    if answer.status_code != expected.status or (expected.location and not re.fullmatch(expected.location, location)):
        raise RuntimeError(f"{request.method} {request.path} was answered {answer.status_code} {location}".rstrip())
    return len(seen.statements), len(seen.connections)
