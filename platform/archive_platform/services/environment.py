"""The environment that services run with. Pure functions, apart from Pulumi."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive_platform import naming
from archive_platform.catalogue import ServiceEntry


@dataclass(frozen=True)
class Secrets:
    """What services share and nobody else may know, and the public keys of access tokens."""

    secret_key: str
    internal_token: str
    signing: Mapping[str, Any]
    verification: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where services run.

    Attributes:
        public_url: where visitors find the community.
        origins: where each service is reached by the others.
        trusted_proxies: how many of them write X-Forwarded-For.
        others: further settings of the chassis, by their variables.
    """

    environment: str
    public_url: str
    origins: Mapping[str, str]
    trusted_proxies: int
    data_folder: str
    log_level: str
    others: Mapping[str, str] = field(default_factory=dict[str, str])


def public_environment(place: Place, site: Sequence[ServiceEntry], mount: Sequence[ServiceEntry]) -> dict[str, str]:
    """Settings of a process that serves `mount` in a community of `site`, without those that are secret."""
    return {
        "ARCHIVE_ENVIRONMENT": place.environment,
        "ARCHIVE_SITE": _pairs({entry.name: entry.path for entry in site}),
        "ARCHIVE_TITLES": _json({entry.name: entry.title for entry in site}),
        "ARCHIVE_MOUNT": " ".join(entry.name for entry in mount),
        "ARCHIVE_PUBLIC_URL": place.public_url,
        "ARCHIVE_ORIGINS": _pairs(place.origins),
        "ARCHIVE_TRUSTED_PROXIES": str(place.trusted_proxies),
        "ARCHIVE_DATA_DIR": place.data_folder,
        "ARCHIVE_LOG_FORMAT": "json",
        "ARCHIVE_LOG_LEVEL": place.log_level,
        **place.others,
    }


def secret_environment(
    mount: Sequence[ServiceEntry], secrets: Secrets, database_urls: Mapping[str, str], smtp_url: str | None
) -> dict[str, str]:
    """The rest of them.

    A process is given the databases of what it serves and no others, and the private keys only if it issues tokens.
    """
    environment = {
        "ARCHIVE_SECRET_KEY": secrets.secret_key,
        "ARCHIVE_INTERNAL_TOKEN": secrets.internal_token,
        "ARCHIVE_VERIFICATION_KEYS": _json(secrets.verification),
        **{naming.database_variable(entry.name): database_urls[entry.name] for entry in mount},
    }
    if any(entry.issues_tokens for entry in mount):
        environment["ARCHIVE_SIGNING_KEYS"] = _json(secrets.signing)
    if smtp_url is not None:
        environment["ARCHIVE_SMTP_URL"] = smtp_url
    return environment


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _json(value: Mapping[str, Any]) -> str:
    """JSON that is the same in every run: objects come back from Pulumi with their keys in any order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
