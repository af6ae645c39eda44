"""The parts of the `dev` stack, each a component that names what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform import naming
from archive_platform.catalogue import ServiceEntry
from archive_platform.config import Dev
from archive_platform.generated import GeneratedSecret
from archive_platform.local import code
from archive_platform.local.content import Administrator, SampleContent
from archive_platform.local.database import Database
from archive_platform.local.environment import service_environment, service_host, service_port
from archive_platform.local.folders import Folders
from archive_platform.local.gateway import Gateway
from archive_platform.local.service import Service
from archive_platform.services.nginx import Upstream
from archive_platform.services.secrets import SharedSecrets

SINGLE = "community"  # what the one process of `topology: single` is called, in its log's name too
ADMINISTRATOR_PASSWORD_BYTES = 15  # 20 characters

Environment = Output[dict[str, str]]


class CommunitySecrets(SharedSecrets):
    """The secrets that the services share, and the administrator's password."""

    kind = "archive:local:SharedSecrets"  # as states of earlier releases call it

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.administrator_password = GeneratedSecret(
            f"{name}-administrator", bytes=ADMINISTRATOR_PASSWORD_BYTES, opts=ResourceOptions(parent=self)
        ).value


class Databases(ComponentResource):
    """One database for each service."""

    def __init__(
        self,
        name: str,
        settings: Dev,
        folders: Folders,
        site: Sequence[ServiceEntry],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:local:Databases", name, None, opts)
        self._settings = settings
        self._folders = folders
        self.each = {entry.name: self._database(entry) for entry in site if entry.database}
        self.register_outputs({})

    @property
    def urls(self) -> Output[dict[str, str]]:
        return Output.all(**{name: database.url for name, database in self.each.items()})

    def states(self, names: Sequence[str]) -> Output[list[str]]:
        """What changes when a database is another one or has new migrations: a service has to start again."""
        parts = [Output.concat(self.each[name].created, ":", self.each[name].head) for name in names]
        return Output.all(*parts)

    def _database(self, entry: ServiceEntry) -> Database:
        child = ResourceOptions(parent=self)
        common: dict[str, Any] = {
            "service": entry.name,
            "folder": self._folders.data / entry.name,
            "migrations": code.migrations(entry.packages),
            "purge": self._settings.purge_data,
            "opts": child,
        }
        if self._settings.database_admin_url is None or self._settings.database != "mysql":
            return Database(f"{entry.name}-database", **common)
        return Database(
            f"{entry.name}-database",
            admin_url=Output.secret(self._settings.database_admin_url.get_secret_value()),
            schema=naming.schema(self._settings.database_prefix, entry.name),
            password=GeneratedSecret(f"{entry.name}-database-password", opts=child).value,
            **common,
        )


class Processes(ComponentResource):
    """The services at work: one process for all of them, or one each behind a gateway."""

    def __init__(
        self,
        name: str,
        settings: Dev,
        folders: Folders,
        checkout: Path,
        site: Sequence[ServiceEntry],
        secrets: CommunitySecrets,
        databases: Databases,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:local:Processes", name, None, opts)
        self._settings = settings
        self._folders = folders
        self._lock = checkout / "uv.lock"
        self._site = site
        self._secrets = secrets
        self._databases = databases
        self.url = naming.origin(settings.host, settings.port)
        self.environment = self._environment(site)
        if settings.topology == "single":
            self._service(SINGLE, site)
        else:
            started = [self._service(entry.name, [entry]) for entry in site]
            self._gateway(started)
        self.register_outputs({})

    def _service(self, name: str, mount: Sequence[ServiceEntry]) -> Service:
        packages = sorted({package for entry in mount for package in entry.packages})
        return Service(
            name,
            folders=self._folders,
            host=service_host(self._settings),
            port=service_port(self._settings, mount[0]),
            workers=self._settings.workers,
            ready=[entry.url_path(entry.probes.ready) for entry in mount],
            code=code.service_code(packages, self._lock),
            databases=self._databases.states([entry.name for entry in mount]),
            environment=self._environment(mount),
            opts=ResourceOptions(parent=self),
        )

    def _gateway(self, services: Sequence[Service]) -> Gateway:
        upstreams = [Upstream(entry.path, service_port(self._settings, entry)) for entry in self._site]
        return Gateway(
            "gateway",
            folders=self._folders,
            host=self._settings.host,
            port=self._settings.port,
            upstreams=upstreams,
            opts=ResourceOptions(parent=self, depends_on=list(services)),
        )

    def _environment(self, mount: Sequence[ServiceEntry]) -> Environment:
        parts = Output.all(secrets=self._secrets.resolved(), urls=self._databases.urls)
        return parts.apply(
            lambda known: service_environment(
                self._settings, self._folders, self._site, mount, known["secrets"], known["urls"]
            )
        )


class FirstContent(ComponentResource):
    """The administrator and, unless switched off, members and posts to look at."""

    def __init__(
        self,
        name: str,
        settings: Dev,
        secrets: CommunitySecrets,
        databases: Databases,
        environment: Environment,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:local:FirstContent", name, None, opts)
        self.administrator = Administrator(
            "administrator",
            nickname=settings.administrator,
            email=settings.administrator_email,
            password=secrets.administrator_password,
            created=databases.each["auth"].created,
            environment=environment,
            opts=ResourceOptions(parent=self),
        )
        if settings.sample_content:
            # After the administrator: sample members bring their numbers along, and an account that is made in between
            # could be given one of them
            SampleContent(
                "sample",
                databases=Output.all(*(database.created for database in databases.each.values())),
                environment=environment,
                opts=ResourceOptions(parent=self, depends_on=[self.administrator]),
            )
        self.register_outputs({})
