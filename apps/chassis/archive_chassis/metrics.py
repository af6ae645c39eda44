"""Prometheus metrics of each request, added up over the worker processes of a server."""

from __future__ import annotations

import os
import time

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector  # type: ignore[attr-defined]

from archive_chassis.settings import Settings

#: Set by `serve` before the workers start, so that prometheus_client keeps its values in shared files.
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

LATENCY = Histogram(
    "archive_http_request_seconds",
    "Time to answer a request",
    ["service", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REQUESTS = Counter("archive_http_requests", "Requests answered", ["service", "route", "method", "status"])
EVENTS_APPLIED = Counter("archive_events_applied", "Events of other services applied", ["service", "source"])

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def serve_metrics() -> Response:
    """All metrics of all worker processes, for who shows the internal token (see `access`)."""
    registry = CollectorRegistry()
    if MULTIPROCESS_VARIABLE in os.environ:
        MultiProcessCollector(registry)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def install(app: Flask, settings: Settings) -> None:
    """Count and time each request under its route (never its path: there are too many)."""
    service = settings.service
    app.register_blueprint(blueprint)
    children: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}

    def measure(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unmatched"
        method = request.method if request.method in METHODS else "other"  # anybody can make up more of them
        key = (route, method, response.status_code)
        found = children.get(key)
        if found is None:
            counter = REQUESTS.labels(service, route, method, str(response.status_code))
            found = children[key] = (LATENCY.labels(service, route), counter)
        found[0].observe(time.perf_counter() - g.archive_started)
        found[1].inc()
        return response

    app.after_request(measure)
