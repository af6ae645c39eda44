"""The `dev` stack on a real MariaDB server, through the real engine; one story, in this order."""

from __future__ import annotations

from urllib.parse import urlsplit

import pymysql
import pytest
from tests.engine.community import Community, process_arguments
from tests.mariadb import MariaDB

from archive_platform.catalogue import CATALOGUE

pytestmark = [pytest.mark.slow, pytest.mark.alone]

PREFIX = "engine"
SCHEMAS = {entry.name: f"{PREFIX}_{entry.name}" for entry in CATALOGUE}


@pytest.fixture(scope="module", autouse=True)
def _up(community: Community, mariadb_server: MariaDB) -> None:
    community.set(database="mysql", databasePrefix=PREFIX, workers="1")
    community.set_secret("databaseAdminUrl", mariadb_server.admin_url)
    community.up()


def urls(community: Community) -> dict[str, str]:
    environment = community.outputs()["environment"]
    return {name: environment[f"ARCHIVE_{name.upper()}_DATABASE_URL"] for name in SCHEMAS}


def posts(server: MariaDB) -> int:
    return int(server.execute("SELECT COUNT(*) FROM engine_news.post")[0][0])


def schemas(server: MariaDB) -> set[str]:
    return {row[0] for row in server.execute("SHOW DATABASES LIKE 'engine\\_%%'")}


def test_each_service_works_in_a_schema_of_its_own(community: Community, mariadb_server: MariaDB) -> None:
    assert schemas(mariadb_server) == set(SCHEMAS.values())
    assert {community.get(entry.url_path(entry.probes.ready))[0] for entry in CATALOGUE} == {200}
    assert community.get("/news/")[0] == 200
    assert posts(mariadb_server) > 0
    assert not list(community.folders.data.rglob("*.sqlite3"))
    assert community.up().changes == {}
    assert community.refresh().changes == {}


def test_each_account_has_a_password_of_its_own_and_sees_its_schema_alone(
    community: Community, mariadb_server: MariaDB
) -> None:
    passwords = {name: urlsplit(url).password or "" for name, url in urls(community).items()}
    assert len({*passwords.values(), mariadb_server.admin_password}) == len(SCHEMAS) + 1
    for name, password in passwords.items():
        account = pymysql.connect(
            host=mariadb_server.host, port=mariadb_server.port, user=SCHEMAS[name], password=password
        )
        with account, account.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            assert {row[0] for row in cursor.fetchall()} == {"information_schema", SCHEMAS[name]}


def test_passwords_are_in_no_plain_state_no_log_no_settings_and_no_argument(
    community: Community, mariadb_server: MariaDB
) -> None:
    secrets = [mariadb_server.admin_password, *(urlsplit(url).password or "" for url in urls(community).values())]
    kept = [*(community.root / ".archive").rglob("*"), community.settings_file]
    texts = {path: path.read_bytes() for path in kept if path.is_file()}
    arguments = process_arguments()
    for secret in secrets:
        assert len(secret) >= 16
        assert [path for path, text in texts.items() if secret.encode() in text] == []
        assert [pid for pid, words in arguments.items() if secret.encode() in words] == []


def test_a_schema_that_disappeared_is_found_by_refresh_and_made_again(
    community: Community, mariadb_server: MariaDB
) -> None:
    mariadb_server.execute("DROP DATABASE engine_qa")
    assert community.refresh().changes == {"deleted": 1, "updated": 1}  # and the service is not ready
    # the database; what depends on it: its sample, the service
    assert community.up().changes == {"created": 1, "updated": 2}
    assert community.get("/qa/health/ready")[0] == 200


def test_destroy_keeps_the_data_and_the_next_up_finds_it_with_new_passwords(
    community: Community, mariadb_server: MariaDB
) -> None:
    before, count = urls(community), posts(mariadb_server)
    mariadb_server.execute("UPDATE engine_news.post SET title = 'kept' ORDER BY id LIMIT 1")
    community.destroy()
    assert schemas(mariadb_server) == set(SCHEMAS.values())
    community.up()
    assert all(after != before[name] for name, after in urls(community).items())
    assert posts(mariadb_server) == count
    assert mariadb_server.execute("SELECT COUNT(*) FROM engine_news.post WHERE title = 'kept'") == [(1,)]
    assert community.get("/news/")[0] == 200


def test_moving_to_files_keeps_the_server_s_data(community: Community, mariadb_server: MariaDB) -> None:
    community.set(database="sqlite")
    community.up()
    assert list(community.folders.data.rglob("news.sqlite3"))
    assert schemas(mariadb_server) == set(SCHEMAS.values())
    community.set(database="mysql")


def test_destroy_drops_schemas_and_accounts_when_told_so(community: Community, mariadb_server: MariaDB) -> None:
    community.set(purgeData="true")
    community.up()
    community.destroy()
    assert schemas(mariadb_server) == set()
    assert mariadb_server.execute("SELECT User FROM mysql.user WHERE User LIKE 'engine\\_%%'") == []
