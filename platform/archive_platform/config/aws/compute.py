"""The servers that run the community's services, and what they run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from archive_platform.config.draft import Draft
from archive_platform.config.rules import Conflict, Group, Rule
from archive_platform.config.types import LogLevel, SmtpUrl, Whole, matching

_REGISTRY = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"  # OCI Distribution Specification, "Pulling manifests"
MOST_SERVERS = 100
SMTP_PORTS = {"smtp": 587, "smtps": 465}  # RFC 6409 and RFC 8314


class ComputeSettings(Group):
    """`archive:compute`: what a `Compute` is made of."""

    registry: Annotated[
        Annotated[str, AfterValidator(matching(_REGISTRY))],
        Rule(
            "be a registry's name, with a path if it has one",
            "servers pull game-archive/news and the others from there",
            "Set where you push images to, as in 123456789012.dkr.ecr.ap-northeast-2.amazonaws.com",
        ),
    ]
    release: Annotated[
        Annotated[str, AfterValidator(matching(_TAG))],
        Rule(
            "be an image's tag, in quotation marks",
            "servers run this release, and another one replaces them",
            'Set the tag of all services\' images, as in "1.4.0"',
        ),
    ]
    instance_type: Annotated[
        Annotated[str, AfterValidator(matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+"))],
        Rule("be a type of EC2", "it sets processors and memory", "Set one, as in t4g.medium or m7g.large"),
    ] = "m7g.large"
    minimum: Annotated[
        Whole,
        Field(ge=1, le=MOST_SERVERS),
        Rule(f"be 1 to {MOST_SERVERS}", "so many servers run at least", "Set 2 where the community outlives a zone"),
    ] = 2
    maximum: Annotated[
        Whole,
        Field(ge=1, le=MOST_SERVERS),
        Rule(f"be 1 to {MOST_SERVERS}", "so many servers run when many visitors come", "Set what you would pay for"),
    ] = 6
    spot: Annotated[
        bool,
        Rule(
            "be true or false",
            "spot servers cost about half, and AWS takes one away within two minutes when it needs it",
            "Set false where visitors should not notice",
        ),
    ] = False
    disk_gb: Annotated[
        Whole,
        Field(ge=8, le=1000),
        Rule("be 8 to 1000", "images and logs of a server lie on so many gigabytes", "Set 16"),
    ] = 16
    machine_image: Annotated[
        Annotated[str, AfterValidator(matching(r"ami-[0-9a-f]{8,17}"))] | None,
        Rule(
            "be the id of a machine image with Ubuntu 24.04, which begins with ami-",
            "every server starts from it",
            "Set one to stay with it, or leave it out for Canonical's newest at each pulumi up",
        ),
    ] = None
    smtp_url: Annotated[
        SmtpUrl | None,
        Rule(
            "be smtp://user:password@host:587 or smtps://user:password@host:465",
            "mail is sent through it; without it nobody can confirm an address and become a member",
            "Set it with: pulumi config set --secret --path archive:compute.smtpUrl smtp://…",
            secret=True,
        ),
    ] = None
    mail_from: Annotated[
        str | None,
        Field(min_length=3, max_length=254),
        Rule(
            "be an e-mail address, with a name if you like",
            "members see it as the sender of the community's mail",
            "Set one that your mail server may send from, or leave it out for no-reply@ your domain",
        ),
    ] = None
    log_level: Annotated[
        LogLevel,
        Rule("be DEBUG, INFO, WARNING or ERROR", "the services' logs know these levels", "Set INFO"),
    ] = "INFO"

    @property
    def smtp_port(self) -> int | None:
        """Where the mail server listens; None without one."""
        if self.smtp_url is None:
            return None
        parts = urlsplit(self.smtp_url.get_secret_value())
        return parts.port or SMTP_PORTS[parts.scheme]

    @staticmethod
    def size_conflicts(compute: Draft) -> Iterable[Conflict]:
        """More at least than at most."""
        minimum, maximum = compute.get("minimum"), compute.get("maximum")
        if minimum and maximum and maximum < minimum:
            yield Conflict(
                compute.key("maximum"),
                must=f"be {minimum} or more",
                why="that is archive:compute.minimum",
                mend="Raise it, or lower archive:compute.minimum",
            )
