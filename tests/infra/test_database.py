"""A service's database, as an SQLite file and on a real MariaDB server; the migrations are the real ones of `home`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from tests.mariadb import MariaDB

from archive_platform.errors import DatabaseError
from archive_platform.local.database import DatabaseProvider
from archive_platform.local.mysql import Mysql, Server
from archive_platform.provider import Props

SERVICE = "home"
PASSWORD = "a-password-of-the-service"
provider = DatabaseProvider()


@pytest.fixture
def sqlite(tmp_path: Path) -> Props:
    return {
        "service": SERVICE,
        "engine": "sqlite",
        "folder": str(tmp_path / "data" / SERVICE),
        "migrations": "1",
        "purge": False,
    }


@pytest.fixture
def mysql(sqlite: Props, mariadb_server: MariaDB) -> Iterator[Props]:
    yield {
        **sqlite,
        "engine": "mysql",
        "adminUrl": mariadb_server.admin_url,
        "schema": "archive_home",
        "password": PASSWORD,
    }
    mariadb_server.drop_schema("archive_home")
    mariadb_server.execute("DROP USER IF EXISTS archive_home@'%'")


@pytest.fixture(params=["sqlite", "mysql"])
def props(request: pytest.FixtureRequest) -> Props:
    return request.getfixturevalue(request.param)


def create(props: Props) -> Props:
    return provider.create(props).outs or {}


def test_a_database_is_made_and_migrated(props: Props) -> None:
    state = create(props)
    assert state["head"] == state["revision"]
    assert state["head"].startswith("home_")
    assert provider.diff("home", state, props).changes is False
    assert (provider.read("home", state).outs or {})["revision"] == state["head"]


def test_a_new_migration_is_seen(props: Props) -> None:
    state = create(props)
    assert provider.diff("home", state, {**props, "migrations": "2"}).changes is True
    updated = provider.update("home", state, {**props, "migrations": "2"}).outs or {}
    assert (updated["head"], updated["created"]) == (state["head"], state["created"])


def test_destroy_keeps_the_data_and_the_next_create_finds_it(props: Props) -> None:
    first = create(props)
    write(props)
    provider.delete("home", first)
    second = create({**props, "password": "another-password"} if props["engine"] == "mysql" else props)
    assert read(props) == ["kept"]
    assert second["created"] != first["created"]


def test_destroy_drops_the_data_when_the_operator_says_so(props: Props) -> None:
    state = create({**props, "purge": True})
    (Path(props["folder"]) / "upload.png").touch()
    provider.delete("home", state)
    assert provider.read("home", state).id is None
    assert not Path(props["folder"]).exists()


def test_an_older_schema_is_seen_with_and_without_a_refresh(props: Props) -> None:
    state = create(props)
    execute(props, "UPDATE alembic_version SET version_num = 'home_0000'")
    assert provider.diff("home", state, props).changes is True
    refreshed = provider.read("home", state).outs or {}
    assert (refreshed["revision"], refreshed["head"]) == ("home_0000", state["head"])
    assert provider.diff("home", refreshed, props).changes is True


def test_a_missing_database_is_seen_and_made_again_as_another_one(props: Props) -> None:
    state = create(props)
    store_of(props).drop()
    assert provider.read("home", state).id is None
    assert provider.diff("home", state, props).changes is True
    again = provider.update("home", state, props).outs or {}
    assert again["created"] != state["created"]
    assert provider.diff("home", again, props).changes is False


def test_a_failed_migration_says_why_and_that_nothing_else_was_touched(sqlite: Props) -> None:
    Path(sqlite["folder"]).mkdir(parents=True)
    (Path(sqlite["folder"]) / "home.sqlite3").write_text("this is no database, and long enough to be looked at" * 20)
    with pytest.raises(DatabaseError) as caught:
        create(sqlite)
    assert "the migration of home failed, and its services were not touched" in str(caught.value)
    assert "file is not a database" in str(caught.value)


def test_moving_to_a_server_leaves_the_file_and_moving_back_finds_it(sqlite: Props, mysql: Props) -> None:
    state = create(sqlite)
    write(sqlite)
    assert provider.diff("home", state, mysql).changes is True
    assert not provider.diff("home", state, mysql).replaces
    moved = provider.update("home", state, mysql).outs or {}
    assert moved["created"] != state["created"]
    assert read(mysql) == []
    provider.update("home", moved, sqlite)
    assert read(sqlite) == ["kept"]


def test_only_its_owner_may_enter_the_folder(sqlite: Props) -> None:
    create(sqlite)
    assert Path(sqlite["folder"]).stat().st_mode & 0o077 == 0


def test_the_account_may_work_on_its_own_schema_and_nowhere_else(mysql: Props, mariadb_server: MariaDB) -> None:
    mariadb_server.create_schema("archivexhome")  # what `archive_home` would match as a pattern
    create(mysql)
    own = pymysql.connect(host=mariadb_server.host, port=mariadb_server.port, user="archive_home", password=PASSWORD)
    with own, own.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        assert {row[0] for row in cursor.fetchall()} == {"information_schema", "archive_home"}
        for statement in ("CREATE DATABASE mine", "CREATE TABLE archivexhome.t (a INT)", "SELECT * FROM mysql.user"):
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                cursor.execute(statement)
    mariadb_server.drop_schema("archivexhome")


def test_the_schema_holds_every_character(mysql: Props, mariadb_server: MariaDB) -> None:
    create(mysql)
    found = mariadb_server.execute(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata"
        " WHERE schema_name = %s",
        "archive_home",
    )
    assert found == [("utf8mb4", "utf8mb4_unicode_520_ci")]


def test_an_account_that_was_changed_by_hand_is_seen_and_mended(mysql: Props, mariadb_server: MariaDB) -> None:
    state = create(mysql)
    mariadb_server.execute("ALTER USER archive_home@'%' IDENTIFIED BY 'something else'")
    assert provider.diff("home", state, mysql).changes is True
    mended = provider.update("home", state, mysql).outs or {}
    assert mended["created"] == state["created"]
    assert provider.diff("home", mended, mysql).changes is False


def test_a_server_that_does_not_answer_is_told_without_passwords(mysql: Props) -> None:
    gone = {**mysql, "adminUrl": "mysql://root:geheim@127.0.0.1:9"}
    with pytest.raises(DatabaseError) as caught:
        create(gone)
    assert "cannot be reached as root on 127.0.0.1:9" in str(caught.value)
    assert "Start the server, or mend archive:databaseAdminUrl" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_refused_administrator_is_told(mysql: Props, mariadb_server: MariaDB) -> None:
    refused = {**mysql, "adminUrl": f"mysql://nobody:geheim@127.0.0.1:{mariadb_server.port}"}
    with pytest.raises(DatabaseError, match="must be allowed to make schemas") as caught:
        create(refused)
    assert "geheim" not in str(caught.value)


def test_passwords_are_in_no_argument_and_survive_any_character() -> None:
    assert Server.of("mysql://ro%40ot:p%3Aw%2F%23@db:3307") == Server("db", 3307, "ro@ot", "p:w/#")
    url = Mysql("mysql://root:x@127.0.0.1:3306", "archive_home", "a/b#c").url
    assert url == "mysql+pymysql://archive_home:a%2Fb%23c@127.0.0.1:3306/archive_home?charset=utf8mb4"


# The same few looks at both engines


def store_of(props: Props) -> Mysql | object:
    from archive_platform.local.database import _store

    return _store(props)


def execute(props: Props, statement: str) -> list[str]:
    if props["engine"] == "sqlite":
        with sqlite3.connect(Path(props["folder"]) / "home.sqlite3") as connection:
            return [json.loads(json.dumps(row[0])) for row in connection.execute(statement).fetchall()]
    server = Server.of(props["adminUrl"])
    with (
        pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=props["schema"],
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def write(props: Props) -> None:
    execute(props, "CREATE TABLE IF NOT EXISTS witness (text VARCHAR(40))")
    execute(props, "INSERT INTO witness VALUES ('kept')")


def read(props: Props) -> list[str]:
    execute(props, "CREATE TABLE IF NOT EXISTS witness (text VARCHAR(40))")
    return execute(props, "SELECT text FROM witness")
