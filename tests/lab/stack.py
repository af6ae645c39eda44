"""The on-prem stack on the lab's hosts, driven by the real engine as an operator would drive it."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.engine.community import Result, run_engine
from tests.engine.project import PROVIDERS
from tools.bootstrap import stack as bootstrap
from tools.bootstrap.paths import Checkout, this_checkout
from tools.bootstrap.progress import Progress

STACK = "lab"
UP_SECONDS = 3600


@dataclass(frozen=True)
class Run(Result):
    """What the engine said, how long it took, and the SSH connections that it opened, by host address."""

    seconds: float
    connections: Counter[str]


class OnPremStack:
    """One stack with its own state and settings in a folder of its own; the program is the checkout's."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], private_key: str) -> None:
        self.folder = folder
        self.settings = dict(settings)
        self._private_key = private_key
        self._checkout = this_checkout()
        self._environ = self._environment(self._checkout)
        self.config = folder / f"Pulumi.{STACK}.yaml"
        self.log = folder / "last-run.log"
        self._make()

    def set(self, **settings: Any) -> None:
        """Change keys of the `archive:` namespace; the private key stays where it is."""
        self.settings.update(settings)
        self._write_settings()

    def up(self, *flags: str) -> Run:
        result = self.run("up", "--yes", "--skip-preview", *flags)
        assert result.code == 0, result.text
        return result

    def failing_up(self) -> str:
        result = self.run("up", "--yes", "--skip-preview")
        assert result.code != 0, result.text
        return result.text

    def well(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.code == 0, result.text
        return result.text

    def run(self, *arguments: str) -> Run:
        begun, before = time.monotonic(), self._connections()
        code = self.start(*arguments).wait(timeout=UP_SECONDS)
        return Run(code, self.log.read_text(), time.monotonic() - begun, self._connections() - before)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A run of the engine in a process group of its own, for `kill` and `interrupt`; it writes to `log`."""
        with self.log.open("wb") as log:
            return subprocess.Popen(
                ["pulumi", *arguments, "--stack", STACK, "--non-interactive", "--color=never"],
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of the engine and all that it started; its lock is freed as an operator would free it."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log = self.log.read_bytes()
        self.run("cancel", "--yes")
        self.log.write_bytes(log)

    def interrupt(self, process: subprocess.Popen[bytes]) -> int:
        """Ctrl-C, which a terminal sends to all of them; returns the engine's exit code."""
        os.killpg(process.pid, signal.SIGINT)
        return process.wait(timeout=UP_SECONDS)

    @property
    def reached(self) -> str:
        """The last thing that a host said in the last run, for messages."""
        said = re.findall(r"; ?([a-z0-9]+ [a-z]+: .*)$|\) ([a-z0-9]+ [a-z]+: .*)$", self.log.read_text(), re.MULTILINE)
        return "".join(said[-1])[:100] if said else "the start"

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.well("stack", "output", "--json", "--show-secrets"))

    def export(self) -> str:
        return self.well("stack", "export")

    def _make(self) -> None:
        (self.folder / "state").mkdir(parents=True, exist_ok=True)
        program = self._checkout.root / "stacks" / "onprem"
        project = yaml.safe_load((program / "Pulumi.yaml").read_text())
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "main": str(program)}))
        if not self.config.exists():
            self._write_settings()
            self.well("stack", "init")
        self._write_settings()
        # By standard input, so that the key is in no argument and not in the settings' file in clear
        command = ("config", "set", "--secret", "--path", "archive:ssh.privateKey", "--stack", STACK)
        done = run_engine(command, self.folder, self._environ, self._private_key)
        assert done.code == 0, done.text

    def _write_settings(self) -> None:
        """The settings as the file has them: what is encrypted in it, and its salt, are kept."""
        kept: dict[str, Any] = yaml.safe_load(self.config.read_text()) if self.config.exists() else {}
        before: dict[str, Any] = kept.get("config", {})
        config = {f"archive:{key}": value for key, value in self.settings.items()}
        encrypted = before.get("archive:ssh", {}).get("privateKey")
        if encrypted:
            config["archive:ssh"] = {**config.get("archive:ssh", {}), "privateKey": encrypted}
        self.config.write_text(yaml.safe_dump({**kept, "config": config}, sort_keys=False, allow_unicode=True))

    def _connections(self) -> Counter[str]:
        log = self.folder / "connections"
        lines = log.read_text().splitlines() if log.exists() else []
        return Counter(line.split()[0].rpartition(":")[0] for line in lines)

    def _environment(self, checkout: Checkout) -> dict[str, str]:
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            passphrase.write_text(secrets.token_urlsafe(32))
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "VIRTUAL_ENV"))}
        environ["PULUMI_BACKEND_URL"] = f"file://{self.folder / 'state'}"
        environ["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase)
        prepared = bootstrap.prepare(checkout, environ, Progress())
        prepared["PATH"] = f"{PROVIDERS}:{prepared['PATH']}"
        prepared["ARCHIVE_TEST_CONNECTIONS"] = str(self.folder / "connections")
        prepared.pop("PYTHONDONTWRITEBYTECODE", None)
        return prepared
