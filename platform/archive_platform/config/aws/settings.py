"""The settings of the `aws` stack: the community in one region of AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from archive_platform.cidr import overlaps
from archive_platform.config.aws import environments
from archive_platform.config.aws.account import AccountSettings
from archive_platform.config.aws.compute import ComputeSettings
from archive_platform.config.aws.database import DatabaseSettings
from archive_platform.config.aws.entrance import BalancerSettings, DomainSettings
from archive_platform.config.aws.identity import IdentitySettings
from archive_platform.config.aws.network import NetworkSettings
from archive_platform.config.aws.storage import StorageSettings
from archive_platform.config.aws.vpn import VpnSettings
from archive_platform.config.aws.watch import WatchSettings
from archive_platform.config.draft import Draft
from archive_platform.config.rules import Conflict, Group, Rule, holding
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
        holding("where on AWS the stack lives"),
    ] = AccountSettings()
    network: Annotated[
        NetworkSettings,
        holding("the network's addresses and ways out"),
    ] = NetworkSettings()
    domain: Annotated[
        DomainSettings,
        Rule("be an object with name and zoneId", "it holds the community's name", "Set both, as the example does"),
    ]
    load_balancer: Annotated[
        BalancerSettings,
        holding("how visitors come in"),
    ] = BalancerSettings()
    database: Annotated[
        DatabaseSettings,
        holding("the MySQL server of all services"),
    ] = DatabaseSettings()
    compute: Annotated[
        ComputeSettings,
        Rule(
            "be an object with registry and release",
            "it holds what the servers run",
            "Set both, as the example does",
        ),
    ]
    vpn: Annotated[
        VpnSettings | None,
        Rule(
            "be an object with address and networks",
            "it holds the network of your own that AWS is connected with",
            "Set both, as the example does, or leave it out",
        ),
    ] = None
    identity: Annotated[
        IdentitySettings | None,
        Rule(
            "be an object with repository and environment",
            "it holds who deploys the stack from GitHub",
            "Set both, as the example does, or leave it out",
        ),
    ] = None
    watch: Annotated[
        WatchSettings,
        holding("who is told when something is wrong"),
    ] = WatchSettings()
    storage: Annotated[
        StorageSettings,
        holding("what becomes of files"),
    ] = StorageSettings()

    def in_region(self, region: str) -> Aws:
        """The same settings for a provider of another region."""
        return self.model_copy(update={"aws": self.aws.model_copy(update={"region": region})})

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return environments.completed(values)

    @classmethod
    def conflicts(cls, draft: Draft) -> Iterable[Conflict]:
        yield from ComputeSettings.size_conflicts(draft.part("compute"))
        yield from DatabaseSettings.storage_conflicts(draft.part("database"))
        yield from NetworkSettings.way_conflicts(draft.part("network"))
        hybrid = draft.part("load_balancer").part("hybrid")
        if hybrid.get("share") and hybrid.get("addresses") == ():
            yield Conflict(
                hybrid.key("share"),
                must="be 0 without addresses",
                why="so many requests would be answered with 503",
                mend="Set archive:loadBalancer.hybrid.addresses, or 0",
            )
        network = draft.part("network").get("cidr")
        vpn = draft.part("vpn")
        for number, other in enumerate(vpn.get("networks") or ()):
            if network and overlaps(network, other):
                yield Conflict(
                    (*vpn.key("networks"), number),
                    must=f"share no address with {network}",
                    why="that is archive:network.cidr, and nobody would know which side is meant",
                    mend="Set another archive:network.cidr",
                )
        for number, address in enumerate(hybrid.get("addresses") or ()):
            if network and address in network:
                yield Conflict(
                    (*hybrid.key("addresses"), number),
                    must=f"lie outside of {network}",
                    why="that is archive:network.cidr, and requests for it never leave AWS",
                    mend="Set an address of the other cluster, or another archive:network.cidr",
                )
