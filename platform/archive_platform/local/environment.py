"""The environment that services run with. Pure functions, apart from Pulumi."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive_platform import naming
from archive_platform.catalogue import ServiceEntry
from archive_platform.config import Dev
from archive_platform.local.folders import Folders


@dataclass(frozen=True)
class Secrets:
    """What services share and nobody else may know, and the public keys of access tokens."""

    secret_key: str
    internal_token: str
    signing: Mapping[str, Any]
    verification: Mapping[str, Any]


def service_environment(
    settings: Dev,
    folders: Folders,
    site: Sequence[ServiceEntry],
    mount: Sequence[ServiceEntry],
    secrets: Secrets,
    database_urls: Mapping[str, str],
) -> dict[str, str]:
    """Settings of a process that serves `mount` in a community of `site`.

    It is given the databases of what it serves and no others, and the private keys only if it issues tokens.
    """
    environment = {
        "ARCHIVE_ENVIRONMENT": settings.environment,
        "ARCHIVE_SITE": _pairs({entry.name: entry.path for entry in site}),
        "ARCHIVE_TITLES": _json({entry.name: entry.title for entry in site}),
        "ARCHIVE_MOUNT": " ".join(entry.name for entry in mount),
        "ARCHIVE_PUBLIC_URL": naming.origin(settings.host, settings.port),
        "ARCHIVE_ORIGINS": _pairs({entry.name: origin(settings, entry) for entry in site}),
        "ARCHIVE_TRUSTED_PROXIES": "0" if settings.topology == "single" else "1",
        "ARCHIVE_DATA_DIR": str(folders.data),
        "ARCHIVE_MAIL_DIR": str(folders.mail),
        "ARCHIVE_LOG_FORMAT": "json",
        "ARCHIVE_LOG_LEVEL": settings.log_level,
        "ARCHIVE_SECRET_KEY": secrets.secret_key,
        "ARCHIVE_INTERNAL_TOKEN": secrets.internal_token,
        "ARCHIVE_VERIFICATION_KEYS": _json(secrets.verification),
        **{naming.database_variable(entry.name): database_urls[entry.name] for entry in mount},
    }
    if any(entry.issues_tokens for entry in mount):
        environment["ARCHIVE_SIGNING_KEYS"] = _json(secrets.signing)
    if settings.smtp_url is not None:
        environment["ARCHIVE_SMTP_URL"] = settings.smtp_url.get_secret_value()
    return environment


def service_port(settings: Dev, entry: ServiceEntry) -> int:
    """Where a service listens: at the one port of all, or at its own behind the gateway."""
    return settings.port if settings.topology == "single" else settings.port + entry.port_offset


def service_host(settings: Dev) -> str:
    """Behind the gateway only this machine may reach a service."""
    return settings.host if settings.topology == "single" else "127.0.0.1"


def origin(settings: Dev, entry: ServiceEntry) -> str:
    """The URL at which other services reach this one."""
    return naming.origin(service_host(settings), service_port(settings, entry))


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _json(value: Mapping[str, Any]) -> str:
    """JSON that is the same in every run: objects come back from Pulumi with their keys in any order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
