"""A service's database as a schema and an account of its own on a MySQL or MariaDB server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import pymysql
from pymysql.constants import CR, ER

from archive_platform.errors import DatabaseError
from archive_platform.services import accounts

CONNECT_SECONDS = 5
DEFAULT_PORT = 3306
_ABSENT = (
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.BAD_DB_ERROR,
    ER.NO_SUCH_TABLE,
    ER.TABLEACCESS_DENIED_ERROR,
)
_UNREACHABLE = (CR.CR_CONN_HOST_ERROR, CR.CR_CONNECTION_ERROR, CR.CR_SERVER_LOST)

Cursor = pymysql.cursors.Cursor


@dataclass(frozen=True)
class Server:
    """A server and an account on it."""

    host: str
    port: int
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> Server:
        """From mysql://user:password@host:port; the parts are percent-encoded."""
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORT, user, password)

    def __str__(self) -> str:
        return f"{self.user} on {self.host}:{self.port}"


class Mysql:
    """The schema `name`, owned by the account of the same name; `naming.schema` makes it a plain identifier."""

    def __init__(self, admin_url: str, name: str, password: str) -> None:
        self._admin = Server.of(admin_url)
        self._own = Server(self._admin.host, self._admin.port, name, password)
        self.name = name

    @property
    def url(self) -> str:
        own = self._own
        account = f"{own.user}:{quote(own.password, safe='')}"
        return f"mysql+pymysql://{account}@{own.host}:{own.port}/{self.name}?charset=utf8mb4"

    def prepare(self) -> bool:
        """Make the schema and the account; an account that was kept gets our password. Whether the schema is new."""
        with self._connected(self._admin) as cursor:
            return accounts.prepare(cursor, self.name, self._own.password, tls=False)

    def revision(self) -> str | None:
        """The migration the schema is at, seen by the service's own account; None when account or schema is missing."""
        try:
            with self._connected(self._own, self.name) as cursor:
                cursor.execute("SELECT version_num FROM alembic_version")
                row = cursor.fetchone()
        except _Absent:
            return None
        return str(row[0]) if row else None

    def drop(self) -> None:
        """Drop the schema with all its data, and the account."""
        with self._connected(self._admin) as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{self.name}`")
            cursor.execute("DROP USER IF EXISTS %s@'%%'", (self._own.user,))

    @contextmanager
    def _connected(self, server: Server, schema: str | None = None) -> Generator[Cursor]:
        """A cursor in autocommit. DatabaseError says what the server said, without passwords."""
        try:
            with (
                pymysql.connect(
                    host=server.host,
                    port=server.port,
                    user=server.user,
                    password=server.password,
                    database=schema,
                    autocommit=True,
                    connect_timeout=CONNECT_SECONDS,
                ) as connection,
                connection.cursor() as cursor,
            ):
                yield cursor
        except pymysql.err.MySQLError as error:
            raise self._explained(error, server) from None

    def _explained(self, error: pymysql.err.MySQLError, server: Server) -> DatabaseError:
        code = int(error.args[0]) if error.args else 0
        text = str(error.args[1]) if len(error.args) > 1 else str(error)
        for secret in (self._admin.password, self._own.password):
            text = text.replace(secret, "[secret]") if secret else text
        if server is self._own and code in _ABSENT:
            return _Absent(text)
        mend = (
            "Start the server, or mend archive:databaseAdminUrl"
            if code in _UNREACHABLE
            else "The account of archive:databaseAdminUrl must be allowed to make schemas and accounts"
        )
        return DatabaseError(f"the database {self.name} cannot be reached as {server}: {code} {text}. {mend}")


class _Absent(DatabaseError):
    """The service's account or schema is not there."""
