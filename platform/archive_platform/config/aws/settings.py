"""The settings of the `aws` stack: the community in one region of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from archive_platform.config.aws import environments
from archive_platform.config.aws.account import AccountSettings
from archive_platform.config.aws.network import NetworkSettings
from archive_platform.config.aws.storage import StorageSettings
from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import matching


class Aws(Group):
    """What `Pulumi.<stack>.yaml` of stacks/aws may say. What it leaves out, the environment's defaults say."""

    environment: Annotated[
        Literal["dev", "prod"],
        Rule("be dev or prod", "it chooses between cheap and highly available", "Set dev to try it, prod to run it"),
    ] = "dev"
    owner: Annotated[
        Annotated[str, AfterValidator(matching(r"[\w.@+-]{1,64}"))],
        Rule(
            "be 1 to 64 letters, digits and . @ + - _",
            "every resource carries it as a tag, for whoever finds one",
            "Set a team or an e-mail address, as in platform@example.com",
        ),
    ] = "game-archive"
    aws: Annotated[
        AccountSettings,
        Rule("be an object", "it holds where on AWS the stack lives", "Set its keys one by one, as the example does"),
    ] = AccountSettings()
    network: Annotated[
        NetworkSettings,
        Rule("be an object", "it holds the network's addresses and ways out", "Set its keys one by one"),
    ] = NetworkSettings()
    storage: Annotated[
        StorageSettings,
        Rule("be an object", "it holds what becomes of files", "Set its keys one by one"),
    ] = StorageSettings()

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return environments.completed(values)
