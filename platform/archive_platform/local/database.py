"""A service's database: made, migrated, watched, and dropped only when the operator says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from archive_platform import naming
from archive_platform.errors import DatabaseError, PlatformError
from archive_platform.local import programs
from archive_platform.local.folders import private
from archive_platform.provider import Props, Provider, inputs, known, outputs

if TYPE_CHECKING:
    from archive_platform.local.mysql import Mysql
    from archive_platform.local.sqlite import Sqlite

SQLITE = "sqlite"
MYSQL = "mysql"


class DatabaseProvider(Provider):
    """`head` is the revision that our migrations reached, `revision` the one seen last; `created` tells one database of
    a service from the next, so that what depends on the data is done again in an empty one.

    Another engine or schema is an update and no replacement: Pulumi deletes what it replaces, and data stays.
    """

    required = ("service", "engine", "folder", "migrations")

    def create(self, props: Props) -> CreateResult:
        store = _store(props)
        store.prepare()
        head = _migrate(props, store.url)
        return CreateResult(props["service"], _outputs(props, store.url, head, token_hex(8)))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        store = _store(_news)
        is_another = store.prepare() or _place(_olds) != _place(_news)
        head = _migrate(_news, store.url)
        return UpdateResult(_outputs(_news, store.url, head, token_hex(8) if is_another else _olds["created"]))

    def drift(self, olds: Props, news: Props) -> bool:
        return all(known(value) for value in inputs(news).values()) and _store(news).revision() != olds["head"]

    def read(self, id_: str, props: Props) -> ReadResult:
        revision = _store(props).revision()
        return ReadResult(id_, outputs(props, revision=revision)) if revision else ReadResult(None, {})

    def delete(self, _id: str, _props: Props) -> None:
        if _props["purge"]:
            _store(_props).drop()
            shutil.rmtree(_props["folder"], ignore_errors=True)


def _store(props: Props) -> Sqlite | Mysql:
    """The place where the data lies; PyMySQL is imported only where it is used."""
    if props["engine"] == MYSQL:
        from archive_platform.local.mysql import Mysql

        return Mysql(props["adminUrl"], props["schema"], props["password"])
    from archive_platform.local.sqlite import Sqlite

    return Sqlite(Path(props["folder"]), props["service"])


def _place(props: Props) -> tuple[str, str | None]:
    return props["engine"], props.get("schema")


def _outputs(props: Props, url: str, head: str, created: str) -> Props:
    return outputs(props, url=url, head=head, revision=head, created=created)


def _migrate(props: Props, url: str) -> str:
    """Bring the schema to the newest migration, and return its revision."""
    service = props["service"]
    private(Path(props["folder"]))  # uploads go there, whichever server holds the rows
    try:
        answer = programs.run("archive_chassis.migrate", [service], {naming.database_variable(service): url})
    except PlatformError as error:
        raise DatabaseError(
            f"the migration of {service} failed, and its services were not touched: {error}\n"
            "  Mend the migration and run `make up` again"
        ) from None
    return str(json.loads(answer.splitlines()[-1])["to"])


class Database(Resource, module="archive", name="Database"):
    """The database of one service: an SQLite file, or with `admin_url` a schema and an account on a MySQL server.

    `migrations` is the hash of its migrations: a new one changes it and is then run. Another engine is another
    database: the services move to it, the former data stays where it is unless `purge` is true.
    """

    url: Output[str]
    head: Output[str]
    created: Output[str]

    def __init__(
        self,
        name: str,
        *,
        service: str,
        folder: Path,
        migrations: str,
        purge: bool,
        admin_url: Input[str] | None = None,
        schema: str | None = None,
        password: Input[str] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "service": service,
            "engine": MYSQL if admin_url is not None else SQLITE,
            "folder": str(folder),
            "migrations": migrations,
            "purge": purge,
            "adminUrl": admin_url,
            "schema": schema,
            "password": password,
            **dict.fromkeys(("url", "head", "revision", "created")),
        }
        hidden = ResourceOptions(additional_secret_outputs=["url", "adminUrl", "password"])
        super().__init__(DatabaseProvider(), name, props, ResourceOptions.merge(hidden, opts))
