"""The hosts."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from archive_platform.config.onprem.labels import Labels, Taint, different
from archive_platform.config.onprem.ssh import Ssh
from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import Address, DnsLabel, unique

Role = Literal["control-plane", "worker", "load-balancer", "storage"]
ROLES: tuple[Role, ...] = get_args(Role)

_OTHER_WORDS = {"master": "control-plane", "etcd": "control-plane", "node": "worker", "lb": "load-balancer"}


def _role(value: object) -> object:
    if isinstance(value, str) and value not in ROLES:
        meant = _OTHER_WORDS.get(value) or next(iter(get_close_matches(value.lower(), ROLES, n=1)), None)
        raise Wrong(mend=f"Set {meant}" if meant else None)
    return value


def _not_loopback(name: str) -> str:
    if name == "localhost":
        raise Wrong(must="be another", why="every host calls itself so", mend="Set one, as in cp1")
    return name


class Host(Group):
    """A server that answers SSH."""

    name: Annotated[
        DnsLabel,
        AfterValidator(_not_loopback),
        Rule(
            "be 1 to 63 lower-case letters, digits and -, neither first nor last a -",
            "it becomes the host's name and the node's",
            "Set one, as in cp1",
        ),
    ]
    address: Annotated[
        Address,
        Rule("be an IPv4 address", "SSH and the other hosts reach it there", "Set it, as in 10.0.0.11"),
    ]
    roles: Annotated[
        tuple[Annotated[Role, BeforeValidator(_role)], ...],
        Field(min_length=1),
        AfterValidator(unique),
        Rule(
            "be one or more of control-plane, worker, load-balancer and storage",
            "it says what the host is made into",
            "Set one, as in: [worker]",
            item="be control-plane, worker, load-balancer or storage",
        ),
    ]
    labels: Labels = Field(default_factory=dict)
    taints: Annotated[
        tuple[Taint, ...],
        AfterValidator(different),
        Rule(
            "be a list of objects with key, value and effect",
            "pods that do not tolerate them stay away from the node",
            "Set one, as in: [{key: example.com/dedicated, value: database, effect: NoSchedule}]",
        ),
    ] = ()
    ssh: Annotated[
        Ssh | None,
        Rule(
            "be an object like archive:ssh",
            "it says what differs at this host",
            "Set what differs, as in: {port: 2222}",
        ),
    ] = None
    lost: Annotated[
        bool,
        Rule(
            "be true or false",
            "it says whether the host is gone for good and nothing is run on it",
            "Set true or false",
        ),
    ] = False

    @property
    def is_control_plane(self) -> bool:
        return "control-plane" in self.roles

    @property
    def is_worker(self) -> bool:
        """Whether pods of the community may run there."""
        return "worker" in self.roles

    @property
    def is_load_balancer(self) -> bool:
        return "load-balancer" in self.roles

    @property
    def is_storage(self) -> bool:
        return "storage" in self.roles

    @property
    def is_node(self) -> bool:
        """Whether the host is part of Kubernetes."""
        return self.is_control_plane or self.is_worker
