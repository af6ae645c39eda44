"""The stack of AWS under the real engine: what is protected, and from whom. Its life is in `test_aws_standin`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.engine.aws_stack import VPN, AwsStack
from tests.engine.project import UP

pytestmark = pytest.mark.slow


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
