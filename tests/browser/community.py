"""The whole community as processes on this machine: one server and one background process for all services."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.ports import free_port

from archive_chassis.testing import SITE, TITLES, new_key_set, public_key_set

T = TypeVar("T")

SERVICES = tuple(SITE)
PATIENCE_S = 60
STOP_S = 30
POLL_S = 0.1


@dataclass(frozen=True)
class Account:
    """Somebody who can log in."""

    nickname: str
    email: str
    password: str


@dataclass(frozen=True)
class Community:
    """A running community. `url` has no slash at its end; `mail` is where its letters arrive as .eml files."""

    url: str
    mail: Path
    administrator: Account

    def link_mailed_to(self, address: str) -> str:
        """The link in the newest letter to an address, waiting until the letter is there."""

        def newest() -> str | None:
            for path in sorted(self.mail.glob("*.eml"), reverse=True):
                letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                body = letter.get_body()
                found = re.search(r"http\S+", body.get_content()) if body and letter["To"] == address else None
                if found:
                    return found.group()
            return None

        return wait_for(newest, f"a letter with a link to {address}")


def wait_for(look: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """What `look` finds (neither None nor False), asked again and again. TimeoutError names what never came."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None and found is not False:
            return found
        time.sleep(POLL_S)
    raise TimeoutError(f"{what} did not come within {seconds:.0f} seconds")


@contextmanager
def running_community() -> Generator[Community]:
    """A community with sample content and an administrator, in a folder of its own that goes with it."""
    with tempfile.TemporaryDirectory(prefix="archive-browser-") as name:
        folder, port = Path(name), free_port()
        url = f"http://127.0.0.1:{port}"
        environment = _environment(folder, url)
        for service in SERVICES:
            _run(environment, "archive_chassis.migrate", service)
        # A nickname about as long as they may be: the header has to find room for it on a phone.
        administrator = Account("잃어버린책을찾아다니는도서관장", "librarian@example.com", secrets.token_urlsafe(16))
        _run(environment, "archive_auth.administrator", given=json.dumps(vars(administrator)) + "\n")
        _run(environment, "archive_home.sample_content")
        arguments = ("--host", "127.0.0.1", "--port", str(port), "--workers", "2")
        with (
            _process(environment, folder / "server.log", "archive_chassis.serve", *arguments) as server,
            _process(environment, folder / "worker.log", "archive_chassis.worker") as worker,
        ):
            _wait_until_filled(url, {folder / "server.log": server, folder / "worker.log": worker})
            yield Community(url, folder / "mail", administrator)


def _environment(folder: Path, url: str) -> dict[str, str]:
    keys = new_key_set()
    own = {
        "ENVIRONMENT": "dev",
        "SITE": " ".join(f"{service}={path}" for service, path in SITE.items()),
        "MOUNT": " ".join(SERVICES),
        "TITLES": json.dumps(TITLES),
        "RELEASE": "browser-tests",
        "PUBLIC_URL": url,
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": secrets.token_hex(32),
        "SIGNING_KEYS": json.dumps(keys),
        "VERIFICATION_KEYS": json.dumps(public_key_set(keys)),
        "INTERNAL_TOKEN": secrets.token_hex(32),
        "ORIGINS": " ".join(f"{service}={url}" for service in SERVICES),
        "MAIL_DIR": str(folder / "mail"),
        "LOG_FORMAT": "text",
        "LOG_LEVEL": "WARNING",
    } | {f"{service.upper()}_DATABASE_URL": f"sqlite:///{folder}/{service}.sqlite3" for service in SERVICES}
    # Another community's settings in the shell that runs the tests must not reach this one.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    return inherited | {f"ARCHIVE_{name}": value for name, value in own.items()}


def _run(environment: dict[str, str], module: str, *arguments: str, given: str = "") -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, env=environment, input=given, capture_output=True, text=True, check=False, timeout=2 * PATIENCE_S
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")


@contextmanager
def _process(
    environment: dict[str, str], log: Path, module: str, *arguments: str
) -> Generator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_filled(url: str, processes: dict[Path, subprocess.Popen[bytes]]) -> None:
    """Until every service is ready and the sample content has travelled to the front page as events."""

    def filled() -> bool:
        for log, process in processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"a process ended at once:\n{log.read_text(encoding='utf-8')}")
        try:
            ready = [_get(f"{url}{path.rstrip('/')}/health/ready") for path in SITE.values()]
            front = _get(f"{url}/")
        except OSError:  # not listening yet, or (HTTPError) not ready yet
            return False
        return bool(ready) and all(re.search(rf'href="/{board}/\d+"', front) for board in ("news", "guides", "qa"))

    wait_for(filled, "a front page with posts of every board")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:  # noqa: S310 - our own server
        return response.read().decode()
