"""The components of AWS under the real engine. A stand-in for the plugin checks inputs and computes outputs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.community import Result, run_engine
from tests.engine.project import STACK, UP, environment

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).parent / "aws_program"
DOMAIN = {"name": "archive.example.com", "zoneId": "Z0123456789ABC"}
VPN = {"address": "203.0.114.10", "networks": ["10.0.0.0/24"]}


class AwsStack:
    """The program with settings and a state of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        shutil.copytree(PROGRAM, folder, dirs_exist_ok=True)
        self._folder = folder
        self._environ = environment(folder)
        self._settings: dict[str, Any] = {"domain": DOMAIN, **settings}
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


def planned(stack: AwsStack) -> set[str]:
    """The kinds of change that a preview foresees, but for what stays."""
    result = stack.run("preview", "--json")
    summary = json.loads(result.text[result.text.index("{") :])["changeSummary"]
    return set(summary) - {"same"}


def test_the_life_of_dev(tmp_path: Path) -> None:
    stack = AwsStack(tmp_path)
    assert planned(stack) == {"create"}
    created = stack.up().changes["created"]
    print(f"dev: {created} resources")
    assert stack.up().changes == {}
    stack.well("preview", "--refresh", "--expect-no-changes")
    # What is there stays there when something comes to it
    for changes in ({"network": {"zones": ["a", "c", "d"]}}, {"owner": "somebody@example.com"}, {"vpn": VPN}):
        stack.set(**changes)
        assert planned(stack) <= {"create", "update"}, changes
        stack.up()
    assert stack.well("destroy", "--yes", "--skip-preview").changes["deleted"] > created
    assert stack.resources() == []


def test_prod_keeps_its_secrets_and_what_nobody_has_a_second_copy_of(tmp_path: Path) -> None:
    stack = AwsStack(tmp_path, environment="prod", vpn=VPN)
    print(f"prod: {stack.up().changes['created']} resources")
    resources = stack.resources()
    protected = {each["urn"].rpartition("::")[2] for each in resources if each.get("protect")}
    assert protected == {"db"}
    buckets = [each for each in resources if each["type"].startswith("aws:s3/")]
    assert len(buckets) > 20
    assert all(each["retainOnDelete"] for each in buckets)
    tunnels = json.loads(stack.well("stack", "output", "tunnels", "--show-secrets", "--json").text)
    state = json.dumps(resources)
    for tunnel in tunnels:
        assert len(tunnel["key"]) > 32
        assert tunnel["key"] not in state
        assert tunnel["key"] not in stack.well("preview", "--diff").text
    refused = stack.run(
        "destroy", "--yes"
    )  # its preview stops it; without one it would take down what is not protected
    assert refused.code != 0
    assert "protected" in refused.text
    assert len(stack.resources()) == len(resources)


def test_an_account_that_is_not_the_settings_is_not_touched(tmp_path: Path) -> None:
    stack = AwsStack(tmp_path, aws={"account": "999999999999"})
    refused = stack.run(*UP)
    assert refused.code != 0
    assert "AWS account ID not allowed: 123456789012" in refused.text
    assert [each for each in stack.resources() if each["type"].startswith("aws:")] == []
