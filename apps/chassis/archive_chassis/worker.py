"""`python -m archive_chassis.worker`: the background work of the services of ARCHIVE_MOUNT: consumers and jobs."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from archive_chassis.consumer import FeedError, FeedReader, apply_new
from archive_chassis.service import Consumer
from archive_chassis.serving import load_services, stop_with
from archive_chassis.settings import SettingsError

log = logging.getLogger(__name__)

CONSUME_EVERY_S = 1.0
LONGEST_PAUSE_S = 60.0


@dataclass
class Task:
    """Something done every `every` seconds; after a failure the pause doubles, up to LONGEST_PAUSE_S."""

    name: str
    app: Flask
    every: float
    run: Callable[[], object]
    due: float = 0.0
    failures: int = 0

    def attempt(self) -> None:
        """Run once and set when it is due next. An error is logged and never ends the process."""
        try:
            with self.app.app_context():
                self.run()
            self.failures = 0
        except (FeedError, SQLAlchemyError) as error:
            self.failures += 1
            log.warning("%s: %s (failure %d in a row)", self.name, error, self.failures)
        except Exception:
            self.failures += 1
            log.exception("%s failed (failure %d in a row)", self.name, self.failures)
        pause = self.every if not self.failures else max(self.every, min(2.0**self.failures, LONGEST_PAUSE_S))
        self.due = time.monotonic() + pause


def run_until(stopped: threading.Event, tasks: list[Task]) -> None:
    """Do each task when it is due, one at a time, until told to stop; the task in hand is finished first."""
    while not stopped.is_set():
        now = time.monotonic()
        for task in [task for task in tasks if task.due <= now]:
            if stopped.is_set():
                return
            task.attempt()
        nearest = min((task.due for task in tasks), default=now + LONGEST_PAUSE_S)
        stopped.wait(max(0.05, nearest - time.monotonic()))


def build_tasks() -> list[Task]:
    """The tasks of all services that this process mounts."""
    tasks: list[Task] = []
    for service, settings, app in load_services(os.environ):
        feeds = FeedReader(settings)
        known = [consumer for consumer in service.consumers if consumer.source in settings.site]
        for consumer in known:
            name = f"{service.name} consumes {consumer.place}"
            tasks.append(Task(name, app, CONSUME_EVERY_S, _drain(feeds, service.name, consumer)))
        for job in service.jobs:
            tasks.append(Task(f"{service.name}: {job.name}", app, job.every.total_seconds(), job.run))
    return tasks


def _drain(feeds: FeedReader, service: str, consumer: Consumer) -> Callable[[], None]:
    def drain() -> None:
        while apply_new(feeds, service, consumer):
            pass

    return drain


def main() -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    try:
        tasks = build_tasks()
    except (SettingsError, LookupError) as error:
        stop_with(error)
        return
    run_until(stopped, tasks)


if __name__ == "__main__":
    main()
