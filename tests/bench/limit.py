"""This machine's limit: a bare Flask app, one SQL statement, ten rows, a small template, under the services' server.

`python -m tests.bench.limit --port PORT`, with the board's database in LIMIT_DATABASE_URL: it holds a password.
"""

from __future__ import annotations

import argparse
import os

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from sqlalchemy import create_engine, text

ROWS = "SELECT id, title, author_name, views FROM post WHERE placement = 1 ORDER BY published_at DESC, id DESC LIMIT 10"
PAGE = """<!doctype html><title>limit</title><ol>
{% for row in rows %}<li><a href="/{{ row.id }}">{{ row.title }}</a> {{ row.author_name }} {{ row.views }}</li>
{% endfor %}</ol>"""


def application() -> Flask:
    """The WSGI app."""
    app = Flask(__name__, static_folder=None)
    # As the services' own connections for reads: no round trip that the statement does not need.
    engine = create_engine(
        os.environ["LIMIT_DATABASE_URL"], isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    )
    template, statement = app.jinja_env.from_string(PAGE), text(ROWS)

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return template.render(rows=connection.execute(statement).all())

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.limit", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    Server(
        "tests.bench.limit:application",
        factory=True,
        interface=Interfaces.WSGI,
        port=parser.parse_args().port,
        workers=1,
        blocking_threads=1,  # as archive_chassis.serve has it
        backlog=1024,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
