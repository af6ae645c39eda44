"""Settings of the community on AWS: every mistake with its mend, and what an environment sets by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.infra.inventories import as_the_engine_has_it

from archive_platform.aws.provider import tags
from archive_platform.config import parse
from archive_platform.config.aws import Aws, NetworkSettings
from archive_platform.errors import ConfigError

BAD = yaml.safe_load((Path(__file__).parent / "bad_settings.yaml").read_text(encoding="utf-8"))
# AWS: "Tag naming limits and requirements"; the strictest services allow these characters alone
TAG = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 +-=._:/@")


DOMAIN = {"name": "archive.example.com", "zoneId": "Z0123456789ABC"}
COMPUTE = {"registry": "registry.example.com", "release": "1.0.0"}


def loaded(settings: dict[str, Any]) -> Aws:
    return parse(Aws, as_the_engine_has_it({"domain": DOMAIN, "compute": COMPUTE, **settings}))


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_a_wrong_setting_is_met_with_its_message_and_loads_once_mended(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(bad["set"])
    assert str(caught.value).split("\n  ")[1:] == bad["says"]
    if "mend" in bad:
        assert loaded({**bad["set"], **bad["mend"]}).owner


def test_only_the_name_and_what_runs_have_to_be_set_to_try_it() -> None:
    assert loaded({}).environment == "dev"
    with pytest.raises(ConfigError) as caught:
        parse(Aws, {})
    assert str(caught.value).split("\n  ")[1:] == [
        "archive:domain must be an object with name and zoneId (got nothing): it holds the community's name."
        " Set both, as the example does.",
        "archive:compute.registry must be a registry's name, with a path if it has one (got nothing): servers pull"
        " game-archive/news and the others from there. Set where you push images to, as in"
        " 123456789012.dkr.ecr.ap-northeast-2.amazonaws.com.",
        "archive:compute.release must be an image's tag, in quotation marks (got nothing): servers run this release,"
        ' and another one replaces them. Set the tag of all services\' images, as in "1.4.0".',
    ]


@pytest.mark.parametrize(("environment", "nat"), [("dev", "none"), ("prod", "per-zone")])
def test_an_environment_sets_what_the_file_does_not(environment: str, nat: str) -> None:
    assert loaded({"environment": environment}).network.nat == nat
    assert loaded({"environment": environment, "network": {"ipv6": True}}).network.nat == nat
    assert loaded({"environment": environment, "network": {"nat": "single"}}).network.nat == "single"


@pytest.mark.parametrize("account", ["123456789012", 123456789012])
def test_an_account_may_stand_without_quotation_marks(account: object) -> None:
    assert loaded({"aws": {"account": account}}).aws.account == "123456789012"


def test_a_program_names_settings_as_python_does() -> None:
    assert NetworkSettings(flow_log_days=731).flow_log_days == 731


def test_everything_says_who_made_it_and_whom_to_ask() -> None:
    found = tags(loaded({"environment": "prod", "owner": "platform@example.com"}), "seoul")
    assert found == {
        "Project": "game-archive",
        "Stack": "seoul",
        "Environment": "prod",
        "Owner": "platform@example.com",
        "ManagedBy": "pulumi",
    }
    assert all(set(f"{name}{value}") <= TAG for name, value in found.items())
