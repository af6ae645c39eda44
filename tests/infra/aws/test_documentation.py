"""What the pages on AWS say is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import config
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record

from archive_platform.config.aws import Aws
from archive_platform.config.rules import Group, fields, inner

DOCS = Path(__file__).resolve().parents[3] / "docs"
EXAMPLE = DOCS / "examples" / "second_region.py"
MOST_LINES = 40
NEEDED = {
    "archive:domain": '{"name": "archive.example.com", "zoneId": "Z0123456789ABC"}',
    "archive:compute": '{"registry": "registry.example.com", "release": "1.0.0"}',
}


def keys(group: type[Group], path: str = "") -> list[str]:
    found: list[str] = []
    for key, (_, field, _) in fields(group).items():
        inside = inner(field.annotation)
        found += keys(inside, f"{path}{key}.") if inside else [f"{path}{key}"]
    return found


def test_the_page_names_every_setting() -> None:
    told = set(re.findall(r"`([A-Za-z0-9.]+)`", (DOCS / "aws.md").read_text(encoding="utf-8")))
    untold = [key for key in keys(Aws) if key not in told and key.rpartition(".")[0] not in told]
    assert untold == []
    assert "compute.release" in keys(Aws)


@pytest.fixture
def example() -> Recorded:
    def program() -> None:
        runpy.run_path(str(EXAMPLE), run_name="__main__")

    before = config.CONFIG.get()
    config.set_all_config(NEEDED)
    try:
        return record(program, Answers())
    finally:
        config.set_all_config(before)


def test_a_second_region_and_a_cache_take_few_lines() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) < MOST_LINES


def test_the_example_makes_them_there(example: Recorded) -> None:
    provider = example.one("pulumi:providers:aws")
    assert provider.inputs["region"] == "ap-northeast-1"
    made = [each for each in example if each.type.startswith("aws:")]
    assert made
    assert {each.wire.provider.rpartition("::")[0] for each in made} == {provider.urn}
    cache: dict[str, Any] = example.one("aws:elasticache/replicationGroup:ReplicationGroup").inputs
    assert (cache["atRestEncryptionEnabled"], cache["transitEncryptionEnabled"]) == (True, True)
    assert example.one("aws:ec2/vpc:Vpc").inputs["cidrBlock"] == "10.30.0.0/16"
