"""The MySQL server of all services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from archive_platform.config.draft import Draft
from archive_platform.config.rules import Conflict, Group, Rule, Wrong
from archive_platform.config.types import WebUrl, Whole, matching

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)(\.[0-9]+)?")
OLDEST = (8, 4)
SMALLEST_GB, LARGEST_GB = 20, 65_536  # of gp3 for MySQL (RDS User Guide, "Amazon RDS DB instance storage")


def _supported(version: object) -> str:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if not found:
        raise ValueError("no version")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise Wrong(
            must="be 8.4 or newer",
            why="older versions of MySQL get no security fixes",
            mend="Set 8.4, in quotation marks",
        )
    return str(version)


class DatabaseSettings(Group):
    """`archive:database`: what a `Database` is made of."""

    version: Annotated[
        Annotated[str, AfterValidator(_supported)],
        Rule(
            "be a version of MySQL in quotation marks",
            "AWS runs it, and installs its patches by itself",
            'Set the long-term version, as in "8.4"',
        ),
    ] = "8.4"
    instance_class: Annotated[
        Annotated[str, AfterValidator(matching(r"db\.[a-z0-9-]+\.[a-z0-9]+"))],
        Rule("be a class of RDS", "it sets processors and memory", "Set one, as in db.t4g.medium"),
    ] = "db.m7g.large"
    multi_zone: Annotated[
        bool,
        Rule("be true or false", "a second server in another zone takes over within two minutes", "Set true or false"),
    ] = True
    storage_gb: Annotated[
        Whole,
        Field(ge=SMALLEST_GB, le=LARGEST_GB),
        Rule(f"be {SMALLEST_GB} to {LARGEST_GB}", "the server begins with so many gigabytes", "Set 20, it grows"),
    ] = 20
    storage_limit_gb: Annotated[
        Whole,
        Field(ge=SMALLEST_GB, le=LARGEST_GB),
        Rule(f"be {SMALLEST_GB} to {LARGEST_GB}", "the disk grows by itself up to so many gigabytes", "Set 200"),
    ] = 200
    backup_days: Annotated[
        Whole,
        Field(ge=1, le=35),
        Rule("be 1 to 35", "every second of so many days can be brought back", "Set 14"),
    ] = 14
    protect: Annotated[
        bool,
        Rule(
            "be true or false",
            "a protected server is not deleted by mistake, and leaves a snapshot when it is deleted at last",
            "Set true for what nobody has a second copy of",
        ),
    ] = True
    certificates: Annotated[
        WebUrl | None,
        Rule(
            "be a URL, as in https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
            "the database's certificate is checked against those there",
            "Set where your mirror has them, or leave it out for AWS' own",
        ),
    ] = None
    replica: Annotated[
        bool,
        Rule("be true or false", "a second server answers reads, some seconds late", "Set true or false"),
    ] = False

    @property
    def family(self) -> str:
        """The parameter group family of the version."""
        return f"mysql{'.'.join(self.version.split('.')[:2])}"

    def certificates_of(self, region: str) -> str:
        """The URL of the certificates: a region's own are few enough to be sent along."""
        return self.certificates or f"https://truststore.pki.rds.amazonaws.com/{region}/{region}-bundle.pem"

    @staticmethod
    def storage_conflicts(database: Draft) -> Iterable[Conflict]:
        """A disk that is to grow has to have somewhere to grow to."""
        size, limit = database.get("storage_gb"), database.get("storage_limit_gb")
        if size and limit and limit <= size:
            yield Conflict(
                database.key("storage_limit_gb"),
                must=f"be more than {size}",
                why="that is archive:database.storageGb, and the disk could not grow",
                mend="Raise it",
            )
