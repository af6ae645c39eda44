"""The supervisor, with real processes on real ports."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port

from archive_platform.errors import ServiceError
from archive_platform.local import record
from archive_platform.local.folders import Folders
from archive_platform.local.listening import port_holder
from archive_platform.local.processes import Process
from archive_platform.local.programs import base_environment
from archive_platform.local.service import launch, stop
from archive_platform.local.spec import LISTENER, Program, Spec

STANDIN = Path(__file__).parent / "standin.py"
DEADLINE_SECONDS = 20
NAME = "standin"
WEB = (sys.executable, str(STANDIN), LISTENER)


class Bench:
    """A service made of the stand-in, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root)
        self.port = free_port()

    def spec(self, release: str, behave: str = "", **changes: Any) -> Spec:
        values: dict[str, Any] = {
            "name": NAME,
            "release": release,
            "host": "127.0.0.1",
            "port": self.port,
            "ready": ("/health/ready",),
            "programs": (
                Program("web", WEB, rehearsal=WEB, listens=True),
                Program("worker", ("/bin/sleep", "600")),
            ),
            "environment": {**base_environment(), "ARCHIVE_RELEASE": release, "BEHAVE": behave},
            "directory": str(self.folders.root),
            "run": str(self.folders.run),
            "log": str(self.folders.logs / "standin.log"),
        }
        return Spec(**(values | changes))

    def start(self, release: str, behave: str = "", **changes: Any) -> record.Record:
        pid = launch(self.spec(release, behave, **changes))
        found = self.running()
        assert found.supervisor.pid == pid
        return found

    def running(self, name: str = NAME) -> record.Record:
        found = record.running(self.folders.run, name)
        assert found is not None
        return found

    def get(self, path: str = "/") -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())

    def log(self) -> str:
        return (self.folders.logs / "standin.log").read_text()

    def stop(self, name: str = NAME) -> None:
        stop(self.folders.run, name)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for name in (NAME, "other"):
        made.stop(name)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    return Process.of(pid) is not None


def test_a_service_runs_after_its_starter_is_gone_and_stops_when_told(bench: Bench) -> None:
    found = bench.start("one")
    assert bench.get()["release"] == "one"
    assert os.getsid(found.supervisor.pid) == found.supervisor.pid  # a session of its own: no Ctrl-C of ours reaches it
    bench.stop()
    assert not any(alive(pid) for pid in (found.supervisor.pid, *found.programs.values()))
    assert sorted(path.name for path in bench.folders.run.iterdir()) == []


def test_what_the_programs_write_is_in_the_log_for_its_owner_alone(bench: Bench) -> None:
    bench.start("one")
    until(lambda: "stand-in of release one starts" in bench.log())
    assert (bench.folders.logs / "standin.log").stat().st_mode & 0o077 == 0


def test_a_new_release_takes_over_without_a_lost_request(bench: Bench) -> None:
    bench.start("r0")
    failures: list[BaseException] = []
    releases: set[str] = set()
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            try:
                releases.add(bench.get()["release"])
            except (OSError, ValueError, http.client.HTTPException) as error:
                failures.append(error)
            time.sleep(0.002)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        for number in range(1, 4):
            bench.start(f"r{number}")
        lost = list(failures)
        bench.stop()  # the control: a gap would have been noticed
        until(lambda: failures)
    finally:
        done.set()
        for visitor in visitors:
            visitor.join()
    assert lost == []
    assert releases >= {"r0", "r3"}


def test_requests_at_hand_are_finished_before_a_service_ends(bench: Bench) -> None:
    bench.start("one")
    answers: list[dict[str, Any]] = []
    visitor = threading.Thread(target=lambda: answers.append(bench.get("/slow")))
    visitor.start()
    until(lambda: "a slow answer begins" in bench.log())
    bench.stop()
    visitor.join()
    assert answers == [{"release": "one", "pid": answers[0]["pid"]}]


@pytest.mark.parametrize(
    ("behave", "says"),
    [
        ("crash", "ended with exit code 3 before it answered"),
        ("unready", "it was not ready after 1 s (/health/ready: 503"),
    ],
)
def test_a_release_that_does_not_come_up_leaves_the_former_one_running(bench: Bench, behave: str, says: str) -> None:
    former = bench.start("one")
    with pytest.raises(ServiceError) as caught:
        launch(bench.spec("two", behave, start_seconds=1))
    assert says in str(caught.value)
    assert "stand-in of release two starts" in str(caught.value)
    assert "The version that ran before keeps running" in str(caught.value)
    assert bench.running() == former
    assert bench.get()["release"] == "one"


def test_a_first_start_that_crashes_shows_its_last_lines_and_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(ServiceError) as caught:
        launch(bench.spec("one", "crash"))
    assert "No module named 'reticulator'" in str(caught.value)
    assert "keeps running" not in str(caught.value)
    assert record.read(bench.folders.run, NAME) is None
    assert port_holder(bench.port) == "another process"


def test_a_port_in_use_is_named_with_who_holds_it(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", bench.port)), pytest.raises(ServiceError) as caught:
        launch(bench.spec("one"))
    assert f"port {bench.port} is in use by pid {os.getpid()}" in str(caught.value)
    assert "pulumi config set archive:port" in str(caught.value)


def test_another_port_that_is_in_use_leaves_the_service_on_its_own(bench: Bench) -> None:
    former = bench.start("one")
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ServiceError, match="is in use"):
        launch(bench.spec("two", port=other.getsockname()[1]))
    assert bench.running() == former
    assert bench.get()["release"] == "one"


def test_a_service_moves_to_another_port(bench: Bench) -> None:
    bench.start("one")
    left, bench.port = bench.port, free_port()
    bench.start("one")
    assert bench.get()["release"] == "one"
    assert port_holder(left) == "another process"


def test_another_service_takes_over_the_address(bench: Bench) -> None:
    """As the gateway does when the topology changes."""
    bench.start("one")
    launch(bench.spec("two", name="other"))
    assert bench.get()["release"] == "two"
    assert record.running(bench.folders.run, NAME) is None
    assert bench.running("other").port == bench.port


def test_a_program_that_dies_is_started_again(bench: Bench) -> None:
    former = bench.start("one")
    os.kill(former.programs["web"], signal.SIGKILL)
    until(lambda: bench.running().programs.get("web") not in (None, former.programs["web"]))
    assert bench.get()["release"] == "one"
    assert bench.running().supervisor == former.supervisor
    assert bench.running().programs["worker"] == former.programs["worker"]
    assert "ended with -9; again in 0.5 s" in bench.log()


def test_a_program_that_cannot_run_is_tried_less_and_less_often(bench: Bench) -> None:
    programs = (*bench.spec("one").programs[:1], Program("worker", ("/bin/false",)))
    bench.start("one", programs=programs)
    until(lambda: "again in 2.0 s" in bench.log())
    assert [pause in bench.log() for pause in ("again in 0.5 s", "again in 1.0 s")] == [True, True]
    until(lambda: bench.running().state == record.RESTARTING)  # and not while it is tried for a moment


def test_nothing_outlives_a_supervisor_that_is_killed(bench: Bench) -> None:
    found = bench.start("one")
    os.kill(found.supervisor.pid, signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in found.programs.values()))
    assert record.running(bench.folders.run, NAME) is None
    bench.start("one")  # and it can come back
    assert bench.get()["release"] == "one"


def test_a_program_that_does_not_want_to_end_is_killed(bench: Bench) -> None:
    found = bench.start("one", "stubborn", stop_seconds=0.5)
    bench.stop()
    assert not alive(found.programs["web"])
    assert "did not end within" in bench.log()


def test_a_program_that_missed_the_request_to_end_is_asked_again(bench: Bench) -> None:
    """As Granian's workers do while they still read their code."""
    found = bench.start("one", "deaf")
    bench.stop()
    assert not alive(found.programs["web"])
    assert "did not end within" not in bench.log()


def test_a_record_of_another_boot_is_not_believed(bench: Bench) -> None:
    found = bench.start("one")
    text = record.path(bench.folders.run, NAME).read_text()
    record.path(bench.folders.run, NAME).write_text(text.replace(found.supervisor.started, "former-boot-1"))
    assert record.running(bench.folders.run, NAME) is None
    stop(bench.folders.run, NAME)  # kills only what carries the service's mark, not the pid in the record
    until(lambda: not alive(found.programs["web"]))
    assert list(bench.folders.run.iterdir()) == []


def test_a_supervisor_whose_record_is_lost_does_not_stay_in_the_way(bench: Bench) -> None:
    lost = bench.start("one")
    record.path(bench.folders.run, NAME).write_text("{}")
    bench.start("two")
    assert bench.get()["release"] == "two"
    assert not alive(lost.supervisor.pid)


def test_secrets_are_in_no_argument_no_record_and_no_log(bench: Bench) -> None:
    secret = "a-secret-that-nobody-may-see"
    spec = bench.spec("one")
    found = bench.start("one", environment={**spec.environment, "ARCHIVE_SECRET_KEY": secret})
    for pid in (found.supervisor.pid, *found.programs.values()):
        assert secret.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    web = found.programs["web"]
    assert secret.encode() in Path(f"/proc/{web}/environ").read_bytes()  # the control: it did arrive
    for path in [*bench.folders.run.iterdir(), *bench.folders.logs.iterdir()]:
        with suppress(OSError):  # a socket
            assert secret not in path.read_text()
