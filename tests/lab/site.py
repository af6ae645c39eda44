"""A cluster on the lab's hosts that the on-prem stack made, as its operator and its clients see it."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.infra.onprem import known
from tests.lab import layout
from tests.lab.lab import Lab
from tests.lab.settings import settings
from tests.lab.stack import OnPremStack

from archive_platform.cli.onprem.drift import drift
from archive_platform.cli.onprem.plan import plan
from archive_platform.cli.onprem.project import Project
from archive_platform.config import parse
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem.script import Script
from archive_platform.onprem.steps import steps

ADMIN = "kubectl --kubeconfig /etc/kubernetes/admin.conf"
POLL_SECONDS = 0.5
CLIENT_PATIENCE = 2.0
LOOK_SECONDS = 0.05
NEW_LOOKS = 3
OLD_LOOKS = 100


class Site:
    """The stack, its hosts, and ways to look at what it made."""

    def __init__(self, lab: Lab, folder: Path, names: Sequence[str] = layout.DEFAULT_HOSTS) -> None:
        self.lab = lab
        self.names = list(names)
        self._key = Path(lab.status().private_key).read_text()
        self.stack = OnPremStack(folder, self._settings(), self._key)

    def choose(self, names: Sequence[str], **kubernetes: Any) -> None:
        """The inventory of the next `up`, and settings of Kubernetes that change with it."""
        self.names = list(names)
        chosen = self._settings()
        before = self.stack.settings["kubernetes"]
        self.stack.set(hosts=chosen["hosts"], kubernetes={**before, **kubernetes})

    def make_bare(self, names: Iterable[str] | None = None) -> None:
        """Disks wiped, as the servers were delivered."""
        for name in names or self.names:
            self.lab.reset(name)

    def kubectl(self, words: str, via: str | None = None, stdin: str | None = None) -> str:
        """On the first control plane of the inventory, unless `via` names another."""
        host = via or next(name for name in self.names if name.startswith("cp"))
        return self.lab.ssh(host, f"{ADMIN} {words}", stdin=stdin, timeout=120).stdout

    def nodes(self) -> dict[str, tuple[bool, str]]:
        """Name → ready, version."""
        found = json.loads(self.kubectl("get nodes -o json"))["items"]
        return {
            node["metadata"]["name"]: (is_ready(node), node["status"]["nodeInfo"]["kubeletVersion"]) for node in found
        }

    def pods(self, selector: str) -> list[dict[str, Any]]:
        return json.loads(self.kubectl(f"get pods -l {selector} -o json"))["items"]

    @property
    def project(self) -> Project:
        """For the `archive` commands: this stack's settings, and what its last `up` told."""
        given = {key: value for key, value in self.stack.settings.items() if key != "ssh"}
        ssh = {**self.stack.settings["ssh"], "privateKeyFile": self.lab.status().private_key}
        return known.project(parse(OnPrem, {**given, "ssh": ssh}), **self.stack.outputs())

    def drift(self) -> int:
        """The exit code of `archive drift onprem`."""
        project = self.project
        return asyncio.run(drift(project, _steps_of(project), as_json=False))

    def plan(self) -> int:
        """The exit code of `archive plan onprem`."""
        project = self.project
        return asyncio.run(plan(project, _steps_of(project), as_json=False, everything=True))

    def _settings(self) -> dict[str, Any]:
        chosen = settings(self.lab.status(), self.names, user="root")
        del chosen["ssh"]["privateKeyFile"]
        return chosen


def is_ready(thing: Mapping[str, Any]) -> bool:
    """Whether a node or a pod is, by its conditions."""
    conditions: list[dict[str, str]] = thing["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _steps_of(project: Project) -> Callable[[Host], list[Script]]:
    return lambda host: steps(project.settings, host)


@dataclass
class Watch:
    """What a client that asks again and again was told.

    Attributes:
        asked: how often.
        gaps: each time without a good answer, in seconds, from the first bad answer's request to the next good one's.
        answers: what the bad ones were.
    """

    asked: int = 0
    gaps: list[float] = field(default_factory=list[float])
    answers: list[str] = field(default_factory=list[str])

    @property
    def longest(self) -> float:
        return max(self.gaps, default=0.0)


@contextmanager
def client(address: str = str(layout.API_ADDRESS)) -> Generator[Watch]:
    """Somebody who asks the API twice a second whether it is ready, on a new connection each time."""
    watch, done = Watch(), threading.Event()
    unverified = ssl.create_default_context()  # whether it answers is the question, not who it is
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE

    def answer() -> str:
        connection = http.client.HTTPSConnection(address, 6443, timeout=CLIENT_PATIENCE, context=unverified)
        try:
            connection.request("GET", "/readyz")
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()

    def ask() -> None:
        since: float | None = None
        while not done.is_set():
            begun = time.monotonic()
            told = answer()
            watch.asked += 1
            if told == "200" and since is not None:
                watch.gaps.append(begun - since)
                since = None
            elif told != "200":
                watch.answers.append(told)
                since = begun if since is None else since
            done.wait(max(0.0, POLL_SECONDS - (time.monotonic() - begun)))
        if since is not None:
            watch.gaps.append(time.monotonic() - since)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()


@contextmanager
def seen_arguments() -> Generator[set[bytes]]:
    """The arguments of all processes that are seen meanwhile, those of the lab's hosts included.

    A process is read often while it is new, since it begins as a copy of its parent, and then now and again: reading
    all of them all the time would take a good part of a processor from what is watched.
    """
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        looks: Counter[Path] = Counter()
        while not done.is_set():
            running = [folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
            looks = Counter({folder: looks[folder] + 1 for folder in running})
            for folder in running:
                if looks[folder] <= NEW_LOOKS or looks[folder] % OLD_LOOKS == 0:
                    with suppress(OSError):  # it ended meanwhile
                        seen.add((folder / "cmdline").read_bytes())
            done.wait(LOOK_SECONDS)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def until(what: str, is_so: Callable[[], bool], seconds: float) -> float:
    """How long it took; AssertionError when it did not come within `seconds`."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.3)
    return time.monotonic() - begun
