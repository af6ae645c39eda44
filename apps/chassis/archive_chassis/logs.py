"""Logs: one line per event, JSON in production, with the request's id; one line per request."""

from __future__ import annotations

import itertools
import json
import logging
import re
import secrets
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

from archive_chassis.settings import Settings

REQUEST_ID = "X-Request-ID"
_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/health/", "/metrics", "/static/", "/internal/")

access_log = logging.getLogger("archive.access")


class JsonFormatter(logging.Formatter):
    """One JSON object per line: at, level, logger, message, request_id, and what `extra={"fields": {...}}` brings."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = g.get("archive_request_id", "")
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """One line for each record, and what follows an exception: what somebody sent adds none, and no control codes."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        return line if line.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in line)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def configure(settings: Settings) -> None:
    """Send the process's logs to standard error in the chosen format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def install(app: Flask, settings: Settings) -> None:
    """Give each request an id (the proxy's, if it sent a sound one) and log it when it is answered."""
    believes_proxy = settings.trusted_proxies > 0
    process, numbers = secrets.token_hex(4), itertools.count(1)  # an id names a request, it guards nothing

    def begin() -> None:
        g.archive_started = time.perf_counter()
        sent = request.headers.get(REQUEST_ID, "") if believes_proxy else ""
        g.archive_request_id = sent if _ACCEPTED_ID.fullmatch(sent) else f"{process}{next(numbers):08x}"

    def finish(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.archive_request_id
        if not request.path.startswith(_QUIET) and access_log.isEnabledFor(logging.INFO):
            took = (time.perf_counter() - g.archive_started) * 1000
            fields = {
                "service": settings.service,
                "method": request.method,
                "path": request.root_path + request.path,  # never the query: links in mail carry tokens there
                "status": response.status_code,
                "ms": round(took, 2),
            }
            member = g.get("archive_member")
            if member is not None:
                fields["member"] = member.id
            message = "%s %s %d" % (request.method, fields["path"], response.status_code)  # noqa: UP031 - the fastest
            access_log.info(message, extra={"fields": fields})
        return response

    app.before_request(begin)
    app.after_request(finish)
