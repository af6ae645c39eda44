"""The stack of AWS, run by the real engine with a stand-in for the `aws` plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from tests.engine.community import Result, run_engine
from tests.engine.project import CHECKOUT, STACK, UP, environment

PROGRAM = CHECKOUT / "stacks" / "aws"
DOMAIN = {"name": "archive.example.com", "zoneId": "Z0123456789ABC"}
COMPUTE = {"registry": "registry.example.com", "release": "1.0.0"}
VPN = {"address": "203.0.114.10", "networks": ["10.0.0.0/24"]}


class AwsStack:
    """stacks/aws with settings and a state of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        project = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())
        # Without the toolchain: the environment is the tests' own
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "runtime": "python", "main": str(PROGRAM)}))
        self._environ = environment(folder)
        self._settings: dict[str, Any] = {"domain": DOMAIN, "compute": COMPUTE, **settings}
        made = run_engine(("stack", "init", STACK), folder, self._environ)
        assert made.code == 0, made.text
        self._kept = yaml.safe_load(self._file.read_text())
        self.set()

    def set(self, **settings: Any) -> None:
        self._settings.update(settings)
        config = {f"archive:{key}": value for key, value in self._settings.items()}
        self._file.write_text(yaml.safe_dump({**self._kept, "config": config}))

    def run(self, *arguments: str) -> Result:
        return run_engine((*arguments, "--stack", STACK), self._folder, self._environ)

    def well(self, *arguments: str) -> Result:
        result = self.run(*arguments)
        assert result.code == 0, result.text
        return result

    def up(self) -> Result:
        return self.well(*UP)

    def resources(self) -> list[dict[str, Any]]:
        """The state's, with their secrets encrypted."""
        return json.loads(self.well("stack", "export").text)["deployment"].get("resources", [])

    @property
    def _file(self) -> Path:
        return self._folder / f"Pulumi.{STACK}.yaml"

    def planned(self) -> set[str]:
        """The kinds of change that a preview foresees, but for what stays."""
        result = self.run("preview", "--json")
        summary = json.loads(result.text[result.text.index("{") :])["changeSummary"]
        return set(summary) - {"same"}
