"""A small Pulumi project of its own, run by the real engine with the stand-in providers on PATH."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.engine.community import Result, run_engine
from tools.bootstrap import engine
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

CHECKOUT = Path(__file__).resolve().parents[2]
PROVIDERS = CHECKOUT / "tests" / "engine" / "providers"
PROGRAM = CHECKOUT / "tests" / "engine" / "program"
STACK = "test"
UP = ("up", "--yes", "--skip-preview")


def environment(folder: Path) -> dict[str, str]:
    """For an engine with state of its own under `folder`, which finds the stand-in providers first."""
    environ = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PULUMI_", "SSH_")) and key not in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    }
    found = engine.ensure(Checkout(CHECKOUT), environ, Progress())
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    return environ | {
        "PATH": f"{PROVIDERS}:{found.folder}:{environ['PATH']}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(8),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_RUNTIME_VIRTUALENV": sys.prefix,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def remote(name: str, connection: Mapping[str, Any], **inputs: Any) -> dict[str, Any]:
    """A remote.Command for `Project.declare`."""
    return {"type": "remote.Command", "name": name, "inputs": {"connection": connection, **inputs}}


class Project:
    """The program `tests/engine/program` and the resources it is told to make."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connections = folder / "connections"
        self.environ = environment(folder) | {"ARCHIVE_TEST_CONNECTIONS": str(self._connections)}
        shutil.copy2(PROGRAM / "Pulumi.yaml", folder)
        shutil.copy2(PROGRAM / "__main__.py", folder)
        self.well("stack", "init", STACK)

    def declare(self, *resources: Mapping[str, Any], invoke: Sequence[Mapping[str, Any]] = ()) -> None:
        """What the program makes from now on; see its docstring for the form."""
        text = json.dumps({"resources": resources, "invoke": invoke})
        (self.folder / "resources.json").write_text(text, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return ["pulumi", *arguments, "--non-interactive", "--color=never"]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A run of the engine to interrupt; in a process group of its own, as a terminal would have it."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pulumi(self, *arguments: str) -> Result:
        return run_engine(arguments, self.folder, self.environ)

    def well(self, *arguments: str) -> Result:
        """Run a command that has to succeed."""
        result = self.pulumi(*arguments)
        assert result.code == 0, result.text
        return result

    def up(self, *flags: str) -> Result:
        return self.well(*UP, "--stack", STACK, *flags)

    def failing_up(self, *flags: str) -> str:
        """Run an update that has to fail, and return what it says."""
        result = self.pulumi(*UP, "--stack", STACK, *flags)
        assert result.code != 0, result.text
        return result.text

    def preview(self, *flags: str) -> Result:
        return self.well("preview", "--stack", STACK, *flags)

    def refresh(self) -> Result:
        return self.well("refresh", "--yes", "--skip-preview", "--stack", STACK)

    def destroy(self) -> Result:
        return self.well("destroy", "--yes", "--skip-preview", "--stack", STACK)

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.well("stack", "output", "--json", "--show-secrets", "--stack", STACK).text)

    def exported(self) -> str:
        """The state as the engine exports it, its secrets encrypted."""
        return self.well("stack", "export", "--stack", STACK).text

    def resource(self, name: str) -> dict[str, Any] | None:
        """A resource of the state by its name, with its secrets in clear; None when there is none."""
        exported = json.loads(self.well("stack", "export", "--show-secrets", "--stack", STACK).text)
        found: list[dict[str, Any]] = exported["deployment"].get("resources") or []
        return next((entry for entry in found if entry["urn"].endswith(f"::{name}")), None)

    def state(self, name: str) -> dict[str, Any]:
        """A resource of the state that has to be there."""
        found = self.resource(name)
        assert found is not None, f"{name} is not in the state"
        return found

    def stored(self) -> str:
        """Every file of the backend: states, their backups, the history of updates."""
        files = (path for path in (self.folder / "state").rglob("*") if path.is_file())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    def connections(self) -> list[str]:
        """The SSH connections that were opened so far: `host:port urn` each."""
        return self._connections.read_text().splitlines() if self._connections.exists() else []
