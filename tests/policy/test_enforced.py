"""The policies, enforced by the real engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.aws_stack import VPN, AwsStack
from tests.engine.community import Result, run_engine
from tests.engine.project import CHECKOUT, STACK, UP, environment
from tests.infra.aws.answers import ACCOUNT
from tests.infra.inventories import good

from archive_platform.policy import POLICIES

pytestmark = pytest.mark.slow

PACK = str(CHECKOUT / "platform" / "archive_platform" / "policy" / "pack" / "game-archive")
SETTINGS: dict[str, Any] = {"aws": {"account": ACCOUNT}, "vpn": VPN}
# A database that is public and has a password, on a provider without tags
BROKEN = """
import pulumi_aws as aws
from pulumi import ResourceOptions

provider = aws.Provider("aws", region="ap-northeast-2", default_tags={"tags": {TAGS}})
aws.rds.Instance(
    "db",
    instance_class="db.t4g.micro",
    engine="mysql",
    engine_version="8.4",
    storage_encrypted=False,
    password="canary-password",
    opts=ResourceOptions(provider=provider),
)
"""
OTHERS: dict[str, dict[str, Any]] = {
    "dev": {},
    "onprem": {**good(), "kubernetes": {"networkPlugin": "bridge"}},
}
TAGS = '"Project": "a", "Stack": "test", "Environment": "dev", "Owner": "somebody", "ManagedBy": "pulumi"'


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stack_of_aws_is_let_through(tmp_path: Path, name: str) -> None:
    stack = AwsStack(tmp_path, environment=name, **SETTINGS)
    preview = stack.run("preview", "--policy-pack", PACK)
    assert preview.code == 0, preview.text
    assert "✅ game-archive@v1.0.0" in preview.text
    # What a preview does not know yet, documents of IAM above all, is looked at when it is made
    made = stack.run(*UP, "--policy-pack", PACK)
    assert made.code == 0, made.text
    assert "✅ game-archive@v1.0.0" in made.text


def broken(folder: Path, program: str) -> Path:
    """A project with a program of its own."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "broken", "runtime": "python"}))
    (folder / "__main__.py").write_text(program)
    return folder


def run(folder: Path, *arguments: str) -> Result:
    environ = environment(folder)
    assert run_engine(("stack", "init", STACK), folder, environ).code == 0
    return run_engine((*arguments, "--stack", STACK, "--policy-pack", PACK), folder, environ)


def test_a_fault_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    folder = broken(tmp_path / "project", BROKEN.replace("{TAGS}", f"{{{TAGS}}}"))
    refused = run(folder, *UP)
    assert refused.code != 0
    assert "[mandatory]  database-encrypted" in refused.text
    assert "database-encrypted: storageEncrypted of db (aws:rds/instance:Instance) is false and must be true" in (
        refused.text
    )
    assert "Make it with archive_platform.aws.database.Database." in refused.text
    assert "CIS 2.3.1; FSBP RDS.3; checkov CKV_AWS_16" in refused.text
    assert "database-password-managed: password of db (aws:rds/instance:Instance) is set and must not be set" in (
        refused.text
    )
    assert "canary-password" not in refused.text
    assert "aws:rds:Instance db creat" not in refused.text
    # dev is not held to what prod is
    assert "database-multi-zone" not in refused.text
    assert "provider-tags" not in refused.text


def test_what_says_nothing_of_itself_is_held_to_prod(tmp_path: Path) -> None:
    refused = run(broken(tmp_path / "project", BROKEN.replace("{TAGS}", "{}")), "preview")
    assert refused.code != 0
    for policy in ("provider-tags", "provider-account-named", "database-multi-zone"):
        assert f"{policy}: " in refused.text


@pytest.mark.parametrize(("days", "passes"), [(20, True), (-1, False)])
def test_exceptions_are_configuration_of_the_pack(tmp_path: Path, days: int, passes: bool) -> None:
    folder = broken(tmp_path / "project", BROKEN.replace("{TAGS}", f"{{{TAGS}}}"))
    exceptions = [
        {
            "policy": policy.name,
            "resource": "db",
            "reason": "a test shows what an exception does",
            "owner": "operators@example.com",
            "until": str((datetime.now(UTC) + timedelta(days=days)).date()),
        }
        for policy in POLICIES
        if policy.name.startswith("database-") and not policy.prod
    ]
    config = tmp_path / "exceptions.json"
    config.write_text(json.dumps({"exceptions-signed": {"exceptions": exceptions}}))
    result = run(folder, "preview", "--policy-pack-config", str(config))
    assert (result.code == 0) is passes, result.text
    if passes:
        assert "[advisory]  exceptions-ending" in result.text
        assert "ends in 20 days" in result.text or "ends in 19 days" in result.text
        assert "[mandatory]" not in result.text
    else:
        assert "[mandatory]  exceptions-signed" in result.text
        assert "[mandatory]  database-encrypted" in result.text


@pytest.mark.parametrize("name", ["dev", "onprem"])
def test_the_stacks_without_aws_are_let_through(tmp_path: Path, name: str) -> None:
    environ = environment(tmp_path)
    program = str(CHECKOUT / "stacks" / name)
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": name, "runtime": "python", "main": program}))
    assert run_engine(("stack", "init", STACK), tmp_path, environ).code == 0
    file = tmp_path / f"Pulumi.{STACK}.yaml"
    config = {f"archive:{key}": value for key, value in OTHERS[name].items()}
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "config": config}))
    preview = run_engine(("preview", "--stack", STACK, "--policy-pack", PACK), tmp_path, environ)
    assert preview.code == 0, preview.text
    assert "✅ game-archive@v1.0.0" in preview.text
