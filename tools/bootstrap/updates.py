"""Runs the engine's long commands: its own output goes into a log, its events into the progress line."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.bootstrap import processes
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import STACK, Checkout
from tools.bootstrap.progress import Progress, Step

KEPT_LOGS = 20
POLL_SECONDS = 0.1
# The stack is a resource too, and under way from the first moment to the last.
STACK_TYPE = "pulumi:pulumi:Stack"
DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "replacing",
    "delete-replaced": "deleting the old",
    "refresh": "looking at",
    "read": "reading",
}
HINTS = {
    "incorrect passphrase": (
        "The secrets of this stack were encrypted with another passphrase. Set PULUMI_CONFIG_PASSPHRASE to that one. "
        "If Pulumi.dev.yaml came with an encryptionsalt that is not yours, take that line and the `secure:` values out."
    ),
    "the stack is currently locked": (
        "Another Pulumi command works on this stack. Wait for it; if it is gone, free the stack:\n"
        '    eval "$(make -s env)"; pulumi cancel --yes --stack dev'
    ),
}


@dataclass
class Tally:
    """What an update did, counted from the engine's events."""

    total: int = 0
    changed: dict[str, int] = field(default_factory=dict[str, int])

    def summary(self) -> str:
        """ "2 created, 1 updated", "nothing changed"."""
        return ", ".join(f"{count} {word}" for word, count in self.changed.items()) or "nothing changed"


def run(
    checkout: Checkout, environ: Mapping[str, str], progress: Progress, command: str, *arguments: str, title: str
) -> Tally:
    """Run `pulumi up` or `pulumi destroy` without a question.

    Args:
        checkout: the clone to work on.
        environ: the engine's environment, from `engine_environment`.
        progress: where the resources under way are shown.
        command: "up" or "destroy".
        arguments: more options for it.
        title: what the step is called on screen.

    Raises:
        BootstrapError: the engine reported a failure; the message holds its diagnostics and names the log.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    log = _next_log(checkout, f"pulumi-{command}-{stamp}")
    events = checkout.run / f"{log.stem}.events"
    line = ["pulumi", command, "--stack", STACK, "--yes", "--skip-preview", "--non-interactive", "--color", "never"]
    line += ["--event-log", str(events), *arguments]
    tally = Tally()
    with progress.step(title) as step, _Follower(events, step, tally):
        # The flag for the event log is there for programs that drive the engine, like Pulumi's own Automation API.
        done = processes.run(line, environ={**environ, "PULUMI_DEBUG_COMMANDS": "true"}, folder=checkout.root, log=log)
        if done.code == 0:
            step.result = ""
    events.unlink(missing_ok=True)
    if done.code != 0:
        raise BootstrapError(_failure(command, done.code, log))
    return tally


def query(checkout: Checkout, environ: Mapping[str, str], *arguments: str) -> str:
    """The answer of a quick engine command, with the engine's own message when it fails."""
    # Warnings go to stderr and are no part of the answer.
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=checkout.root,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise BootstrapError(f"`pulumi {' '.join(arguments)}` failed:\n\n{said}\n{_hint(said)}")
    return done.stdout.strip()


def outputs(checkout: Checkout, environ: Mapping[str, str]) -> dict[str, Any]:
    """The stack's outputs, secrets masked."""
    text = query(checkout, environ, "stack", "output", "--stack", STACK, "--json")
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise BootstrapError(f"`pulumi stack output --json` did not answer in JSON: {text}") from error
    return found


class _Follower:
    """Reads the engine's events while it runs and says in the step which resources are under way."""

    def __init__(self, events: Path, step: Step, tally: Tally) -> None:
        self._events = events
        self._step = step
        self._tally = tally
        self._under_way: dict[str, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="engine events", daemon=True)

    def __enter__(self) -> _Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        rest = ""
        position = 0
        while True:
            last_look = self._ended.wait(POLL_SECONDS)
            if self._events.exists():
                with self._events.open(encoding="utf-8", errors="replace") as file:
                    file.seek(position)
                    *lines, rest = (rest + file.read()).split("\n")
                    position = file.tell()
                for line in lines:
                    self._take(line)
            if last_look:
                return

    def _take(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            doing = DOING.get(metadata["op"])
            if doing and metadata["type"] != STACK_TYPE:
                self._under_way[metadata["urn"]] = f"{doing} {metadata['urn'].rsplit('::', 1)[-1]}"
        elif "resOutputsEvent" in event:
            self._under_way.pop(event["resOutputsEvent"]["metadata"]["urn"], None)
        elif "resOpFailedEvent" in event:
            self._under_way.pop(event["resOpFailedEvent"]["metadata"]["urn"], None)
        elif "summaryEvent" in event:
            self._count(event["summaryEvent"].get("resourceChanges") or {})
        self._step.detail = ", ".join(list(self._under_way.values())[:3])

    def _count(self, changes: dict[str, int]) -> None:
        words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
        self._tally.total = sum(changes.values())
        self._tally.changed = {word: changes[op] for op, word in words.items() if changes.get(op)}


def _failure(command: str, code: int, log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    # The engine repeats every message, sorted by resource, in its section "Diagnostics".
    section = re.search(
        r"^Diagnostics:\n(.*?)(?=^(?:Outputs|Resources|Policies|Duration|Update failed)\b|\Z)", text, re.M | re.S
    )
    shown = (section[1] if section else "\n".join(text.splitlines()[-30:])).strip("\n")
    how = "was interrupted" if code < 0 or code == 130 else "failed"
    return f"pulumi {command} {how}.\n\n{shown}\n{_hint(text)}\nThe whole log: {log}"


def _hint(text: str) -> str:
    return "".join(f"\n{hint}\n" for sign, hint in HINTS.items() if sign in text)


def _next_log(checkout: Checkout, name: str) -> Path:
    """A fresh log file; the oldest ones go."""
    logs = sorted(checkout.logs.glob("pulumi-*.log"), key=lambda log: log.stat().st_mtime)
    for old in logs[: max(0, len(logs) - KEPT_LOGS + 1)]:
        old.unlink(missing_ok=True)
    return checkout.logs / f"{name}.log"
