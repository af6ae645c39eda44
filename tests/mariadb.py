"""A real MariaDB server for the tests: its own data folder, its own port on 127.0.0.1, no system service touched."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pymysql
import pytest
from tests.certificates import self_signed
from tests.ports import free_port

START_SECONDS = 60
HOST = "127.0.0.1"
SYSTEM_USER = "mysql"  # the Debian package's account: mariadbd refuses to run as root


@dataclass(frozen=True)
class MariaDB:
    """A running server. `admin_url` is what `archive:databaseAdminUrl` takes.

    Attributes:
        certificates: whoever wants TLS checks the server's certificate against these (PEM).
    """

    host: str
    port: int
    admin_user: str
    admin_password: str
    certificates: Path

    @property
    def admin_url(self) -> str:
        return f"mysql://{self.admin_user}:{self.admin_password}@{self.host}:{self.port}"

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator and return its rows."""
        connection = pymysql.connect(
            host=self.host, port=self.port, user=self.admin_user, password=self.admin_password, autocommit=True
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cast("list[tuple[Any, ...]]", list(cursor.fetchall()))
        finally:
            connection.close()

    def create_schema(self, name: str) -> str:
        """Make an empty schema called `name` (dropping one that is there) and return its SQLAlchemy URL."""
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
            raise ValueError(f"schema name {name!r}: use lower-case letters, digits and _")
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")
        account = f"{self.admin_user}:{self.admin_password}"
        return f"mysql+pymysql://{account}@{self.host}:{self.port}/{name}?charset=utf8mb4"

    def drop_schema(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS `{name.replace('`', '``')}`")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """One server per test process, started when the first test asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="archive-mariadb-"))
    try:
        yield from _run(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path) -> Iterator[MariaDB]:
    user = _prepare(folder)
    certificate = self_signed(folder, "server", f"IP:{HOST}")
    if user:
        shutil.chown(certificate.with_suffix(".key"), user)
    server = MariaDB(HOST, free_port(), "archive_tests", secrets.token_hex(16), certificate)
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_program("mariadbd"), *_options(folder, user), f"--port={server.port}", f"--bind-address={server.host}"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _create_administrator(process, folder / "server.sock", log, server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _program(name: str) -> str:
    """The path of a program of Debian's mariadb-server; /usr/sbin is not on everybody's PATH."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"]))
    if found is None:
        pytest.fail(
            f"{name} is not installed: these tests need MariaDB (apt-get install mariadb-server)", pytrace=False
        )
    return found


def _prepare(folder: Path) -> str | None:
    """Lay out an empty data folder. Returns the account to run under, None for our own."""
    user = SYSTEM_USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    command = [
        _program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        *([f"--user={user}"] if user else []),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.fail(f"mariadb-install-db failed:\n{made.stdout}\n{made.stderr}", pytrace=False)
    return user


def _options(folder: Path, user: str | None) -> list[str]:
    """A small server that need not survive a power cut."""
    return [
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        f"--socket={folder / 'server.sock'}",
        f"--pid-file={folder / 'server.pid'}",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--skip-name-resolve",
        "--skip-log-bin",
        f"--ssl-cert={folder / 'server.crt'}",
        f"--ssl-key={folder / 'server.key'}",
        *([f"--user={user}"] if user else []),
    ]


def _create_administrator(process: subprocess.Popen[bytes], path: Path, log: Path, server: MariaDB) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = pymysql.connect(unix_socket=str(path), user="root", autocommit=True)
            break
        except pymysql.err.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"mariadbd did not start:\n{log.read_text(errors='replace')[-4000:]}", pytrace=False)
            time.sleep(0.05)
    with connection, connection.cursor() as cursor:
        account = (server.admin_user, server.host, server.admin_password)
        cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", account)
        cursor.execute("GRANT ALL PRIVILEGES ON *.* TO %s@%s WITH GRANT OPTION", account[:2])
