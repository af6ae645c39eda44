"""The WSGI application of one process: the services that ARCHIVE_MOUNT names, each under its path."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask

from archive_chassis import logs
from archive_chassis.service import Service, find_service
from archive_chassis.settings import Deployment, Settings

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def load_services(environ: Mapping[str, str]) -> list[tuple[Service, Settings, Flask]]:
    """Every service of this process with its settings and its app. SettingsError or LookupError says what is wrong."""
    loaded: list[tuple[Service, Settings, Flask]] = []
    for name in Deployment.load(environ).mount:
        service, settings = find_service(name), Settings.load(name, environ)
        if not loaded:
            logs.configure(settings)
        loaded.append((service, settings, service.create_app(settings)))
    return loaded


def application() -> Wsgi:
    """What the server calls for each request: the service with the longest matching path answers."""
    mounted = [(settings.path, app) for _service, settings, app in load_services(os.environ)]
    by_first_segment = {path.strip("/"): app for path, app in mounted if path}
    root = next((app for path, app in mounted if not path), None) or mounted[0][1]

    # What is loaded now stays: the garbage collector need not walk through it again and again.
    gc.collect()
    gc.freeze()

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        segment = environ["PATH_INFO"].split("/", 2)[1] if environ["PATH_INFO"].startswith("/") else ""
        return by_first_segment.get(segment, root).wsgi_app(environ, start_response)

    return dispatch


def stop_with(error: Exception) -> None:
    """End the process with a message instead of a traceback."""
    sys.stderr.write(f"archive: {error}\n")
    sys.exit(2)
