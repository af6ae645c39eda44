"""The environment that services run with on this machine. Pure functions, apart from Pulumi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive_platform import naming
from archive_platform.catalogue import ServiceEntry
from archive_platform.config import Dev
from archive_platform.local.folders import Folders
from archive_platform.services.environment import Place, Secrets, public_environment, secret_environment


def service_environment(
    settings: Dev,
    folders: Folders,
    site: Sequence[ServiceEntry],
    mount: Sequence[ServiceEntry],
    secrets: Secrets,
    database_urls: Mapping[str, str],
) -> dict[str, str]:
    """Settings of a process that serves `mount` in a community of `site`."""
    place = Place(
        environment=settings.environment,
        public_url=naming.origin(settings.host, settings.port),
        origins={entry.name: origin(settings, entry) for entry in site},
        trusted_proxies=0 if settings.topology == "single" else 1,
        data_folder=str(folders.data),
        log_level=settings.log_level,
        others={"ARCHIVE_MAIL_DIR": str(folders.mail)},
    )
    smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    return {
        **public_environment(place, site, mount),
        **secret_environment(mount, secrets, database_urls, smtp_url),
    }


def service_port(settings: Dev, entry: ServiceEntry) -> int:
    """Where a service listens: at the one port of all, or at its own behind the gateway."""
    return settings.port if settings.topology == "single" else settings.port + entry.port_offset


def service_host(settings: Dev) -> str:
    """Behind the gateway only this machine may reach a service."""
    return settings.host if settings.topology == "single" else "127.0.0.1"


def origin(settings: Dev, entry: ServiceEntry) -> str:
    """The URL at which other services reach this one."""
    return naming.origin(service_host(settings), service_port(settings, entry))
