"""What the real checkov finds in a plan."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.policy.checkov import environment

SECONDS = 300


@dataclass(frozen=True)
class Scan:
    """checks and the addresses of the resources that keep or break them.

    Attributes:
        failed: as `("CKV_AWS_16", "aws_db_instance.db")`.
        passed: likewise.
        names: what each check that failed is about.
    """

    failed: frozenset[tuple[str, str]]
    passed: frozenset[tuple[str, str]]
    names: Mapping[str, str]

    def looked_at(self, address: str) -> set[str]:
        """The checks that had something to say of a resource."""
        return {check for check, found in self.failed | self.passed if found == address}


def scan(plan: Mapping[str, Any], folder: Path) -> Scan:
    """Run checkov over a plan, with all its checks of AWS, and without its servers."""
    file = folder / "plan.json"
    file.write_text(json.dumps(plan, indent=1), encoding="utf-8")
    shown = ("--output", "json", "--compact", "--soft-fail", "--skip-download")
    told = json.loads(_run("--file", str(file), "--framework", "terraform_plan", *shown))
    assert isinstance(told, dict), "checkov looked at nothing"
    results = told["results"]
    assert results["parsing_errors"] == []
    return Scan(
        failed=_of(results["failed_checks"]),
        passed=_of(results["passed_checks"]),
        names={each["check_id"]: each["check_name"] for each in results["failed_checks"]},
    )


def known() -> frozenset[str]:
    """The ids of all its checks of Terraform."""
    return frozenset(re.findall(r"CKV2?_AWS_[0-9]+", _run("--list", "--framework", "terraform")))


def _run(*arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [environment.python(), "-m", "checkov.main", *arguments],
        env={**environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"checkov failed:\n{done.stderr[-4000:]}"
    return done.stdout


def _of(checks: list[dict[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((each["check_id"], each["resource"]) for each in checks)
