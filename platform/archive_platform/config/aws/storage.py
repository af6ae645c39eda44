"""Where files lie: the members' pictures, the backups, the access logs."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import WebUrl, Whole, unique

MONTH, DECADE = 30, 3653


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.path or parts.scheme != "https":
        raise ValueError("no origin")
    return url


class StorageSettings(Group):
    """`archive:storage`: what a `Storage` is made of."""

    keep: Annotated[
        bool,
        Rule(
            "be true or false",
            "it says whether buckets and what is in them outlive pulumi destroy",
            "Set true for what nobody has a second copy of",
        ),
    ] = True
    upload_origins: Annotated[
        tuple[Annotated[WebUrl, AfterValidator(_origin)], ...],
        AfterValidator(unique),
        Rule(
            "be a list of origins, each https:// and a host name",
            "pages of these sites may upload pictures from the browser",
            "Set the community's own, as in [https://archive.example.com]",
            item="be https:// and a host name, without a path",
        ),
    ] = ()
    colder_after_days: Annotated[
        Whole,
        Field(ge=MONTH, le=DECADE),
        Rule(
            f"be {MONTH} to {DECADE}",
            "after so many days files move to a class that costs less to keep, which takes none sooner",
            "Set 90",
        ),
    ] = 90
    old_versions_days: Annotated[
        Whole,
        Field(ge=1, le=DECADE),
        Rule(
            f"be 1 to {DECADE}",
            "what was overwritten or deleted can be brought back for so many days",
            "Set 30",
        ),
    ] = 30
    backup_days: Annotated[
        Whole,
        Field(ge=MONTH, le=DECADE),
        Rule(f"be {MONTH} to {DECADE}", "backups are deleted after so many days", "Set 400"),
    ] = 400
    log_days: Annotated[
        Whole,
        Field(ge=MONTH, le=DECADE),
        Rule(f"be {MONTH} to {DECADE}", "access logs are deleted after so many days", "Set 400"),
    ] = 400
    distribution: Annotated[
        bool,
        Rule(
            "be true or false",
            "CloudFront shows the media bucket's files at media. and the community's name, near whoever looks",
            "Set true where visitors see pictures that members brought",
        ),
    ] = False
