"""A community in a temporary copy of the checkout, driven by the real engine as an operator would drive it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_port

from archive_platform.catalogue import CATALOGUE
from archive_platform.local import record
from archive_platform.local.folders import Folders
from archive_platform.local.service import stop

STACK = "dev"
UP = ("up", "--yes", "--skip-preview")
DEADLINE_SECONDS = 30
ENGINE_SECONDS = 240
COUNTS = re.compile(r"^\s+[+~\-]*\s*(\d+) (created|updated|deleted|replaced|unchanged|errored)$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """What the engine said. `counts` is its summary: {"created": 3, "unchanged": 17}."""

    code: int
    text: str

    @property
    def counts(self) -> dict[str, int]:
        summary = self.text.rpartition("Resources:")[2]
        return {verb: int(number) for number, verb in COUNTS.findall(summary)}

    @property
    def changes(self) -> dict[str, int]:
        return {verb: number for verb, number in self.counts.items() if verb != "unchanged"}


def run_engine(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], stdin: str | None = None) -> Result:
    """One command of the engine, as an operator would type it in `folder`; with no `stdin` its input is empty."""
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive", "--color=never"],
        cwd=folder,
        env=environ,
        input=stdin or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=ENGINE_SECONDS,
        check=False,
    )
    return Result(done.returncode, done.stdout)


class Community:
    """One copy of the checkout with its own environment, state, data and port."""

    def __init__(self, root: Path, environ: Mapping[str, str], port: int) -> None:
        self.root = root
        self.environ = dict(environ)
        self.port = port
        self.folders = Folders(root / ".archive")
        self._original_settings = self.settings_file.read_text()

    @property
    def settings_file(self) -> Path:
        return self.root / f"Pulumi.{STACK}.yaml"

    # The engine

    def pulumi(self, *arguments: str, stdin: str | None = None) -> Result:
        return run_engine(arguments, self.root, self.environ, stdin)

    def well(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run a command that has to succeed."""
        result = self.pulumi(*arguments, stdin=stdin)
        assert result.code == 0, result.text
        return result

    def up(self, *flags: str) -> Result:
        return self.well(*UP, "--stack", STACK, *flags)

    def failing_up(self) -> str:
        """Run an update that has to fail, and return what it says."""
        result = self.pulumi(*UP, "--stack", STACK)
        assert result.code != 0, result.text
        return result.text

    def refresh(self) -> Result:
        return self.well("refresh", "--yes", "--skip-preview", "--stack", STACK)

    def destroy(self) -> Result:
        return self.well("destroy", "--yes", "--skip-preview", "--stack", STACK)

    def set(self, **settings: str) -> None:
        pairs = [f"--plaintext=archive:{key}={value}" for key, value in settings.items()]
        self.well("config", "set-all", "--stack", STACK, *pairs)

    def set_secret(self, key: str, value: str) -> None:
        self.well("config", "set", "--secret", f"archive:{key}", "--stack", STACK, stdin=value)

    def unset(self, key: str) -> None:
        self.well("config", "rm", f"archive:{key}", "--stack", STACK)

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.well("stack", "output", "--json", "--show-secrets", "--stack", STACK).text)

    def resources(self) -> list[dict[str, Any]]:
        exported = json.loads(self.well("stack", "export", "--stack", STACK).text)
        return exported["deployment"].get("resources", [])

    # What runs

    def running(self, name: str) -> record.Record | None:
        return record.running(self.folders.run, name)

    def pid(self, name: str) -> int:
        found = self.running(name)
        assert found is not None, f"{name} does not run"
        return found.supervisor.pid

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read().decode()

    def release(self, path: str = "/health/ready") -> str:
        status, body = self.get(path)
        assert status == 200, body
        return str(json.loads(body)["release"])

    # Its code

    @contextmanager
    def changed(self, file: str, addition: str) -> Generator[Path]:
        """The file with something added to it, for a while."""
        path = self.root / file
        original = path.read_text()
        path.write_text(original + addition)
        try:
            yield path
        finally:
            path.write_text(original)

    def end(self) -> None:
        """Leave nothing running, however the test went."""
        names = {file.stem for file in self.folders.run.glob("*.json")}
        for name in names | {entry.name for entry in CATALOGUE} | {"community", "gateway"}:
            stop(self.folders.run, name)


def copy_checkout(source: Path, target: Path) -> None:
    """What a commit of the checkout as it stands would hold: tracked files and those not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, listed):
        path = source / os.fsdecode(name)
        if path.is_file():  # a deletion that is not committed yet is listed as well
            copied = target / os.fsdecode(name)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copied)


def free_ports(following: int = 6) -> int:
    """A port that is free together with those after it, which per-service takes."""
    while True:
        first = free_port()
        if first + following < 65_000 and all(_is_free(first + number) for number in range(following)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@dataclass
class Visits:
    """Requests of a few visitors who never stop: what they were answered, and what they were not."""

    statuses: set[int] = field(default_factory=set[int])
    failures: list[str] = field(default_factory=list[str])
    count: int = 0


@contextmanager
def visitors(community: Community, *paths: str) -> Generator[Visits]:
    """Somebody asks for each path again and again while the block runs."""
    visits, done = Visits(), threading.Event()

    def visit(path: str) -> None:
        while not done.is_set():
            try:
                visits.statuses.add(community.get(path)[0])
                visits.count += 1
            except (OSError, http.client.HTTPException) as error:
                visits.failures.append(f"{path}: {error!r}")
            done.wait(0.01)

    threads = [threading.Thread(target=visit, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        yield visits
    finally:
        done.set()
        for thread in threads:
            thread.join()


def process_arguments() -> dict[int, bytes]:
    """The arguments of every process of this machine."""
    if not sys.platform.startswith("linux"):
        listed = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, check=True).stdout
        return dict(enumerate(listed.splitlines()))
    found: dict[int, bytes] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
    return found


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found: list[int] = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(file.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it ended meanwhile
            continue
        if parent == pid:
            child = int(file.parent.name)
            found += [child, *descendants(child)]
    return found
