"""The `dev` stack with one process for everything and a file for each database, through the real engine.

The tests are chapters of one story and run in this order on one stack; each but the last leaves it up.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.engine.community import Community, process_arguments, until, visitors

from archive_platform.catalogue import CATALOGUE
from archive_platform.local import record
from archive_platform.local.processes import Process

pytestmark = [pytest.mark.slow, pytest.mark.alone]

NAME = "community"
READY = [entry.url_path(entry.probes.ready) for entry in CATALOGUE]


@pytest.fixture(scope="module", autouse=True)
def _up(community: Community) -> None:
    community.up()


def database(community: Community, service: str) -> Path:
    return community.folders.data / service / f"{service}.sqlite3"


def rows(community: Community, service: str, statement: str) -> list[object]:
    with closing(sqlite3.connect(database(community, service))) as connection:
        found = [row[0] for row in connection.execute(statement).fetchall()]
        connection.commit()
        return found


def test_every_service_answers_with_this_release(community: Community) -> None:
    found = community.running(NAME)
    assert found is not None
    assert {community.release(path) for path in READY} == {found.release}
    assert community.get("/")[0] == 200
    assert sorted(found.programs) == ["web", "worker"]


def test_the_outputs_say_where_everything_is(community: Community) -> None:
    outputs = community.outputs()
    assert outputs["url"] == f"http://127.0.0.1:{community.port}"
    assert outputs["administrator"] == "관리자"
    assert len(outputs["administratorPassword"]) >= 16
    assert outputs["services"]["news"] == f"http://127.0.0.1:{community.port}/news"
    assert Path(outputs["logs"]).is_dir()
    assert Path(outputs["data"]) == community.folders.data
    assert outputs["environment"]["ARCHIVE_MOUNT"] == "home auth news guides qa"


def test_the_administrator_and_sample_posts_are_there(community: Community) -> None:
    assert rows(community, "auth", "SELECT COUNT(*) FROM member WHERE role = 'admin'") == [1]
    total = sum(int(str(rows(community, board, "SELECT COUNT(*) FROM post")[0])) for board in ("news", "guides", "qa"))
    assert total >= 30


def test_nothing_changed_is_nothing_to_do(community: Community) -> None:
    before = community.running(NAME)
    assert community.up().changes == {}
    assert community.well("preview", "--stack", "dev", "--expect-no-changes").code == 0
    assert community.refresh().changes == {}
    assert community.running(NAME) == before


def test_the_checkout_stays_as_it_was_but_for_the_settings_that_were_set(community: Community) -> None:
    assert "encryptionsalt" not in community.settings_file.read_text()


def test_secrets_are_in_no_plain_state_no_log_and_no_argument(community: Community) -> None:
    environment = community.outputs()["environment"]
    secrets = [
        community.outputs()["administratorPassword"],
        environment["ARCHIVE_SECRET_KEY"],
        environment["ARCHIVE_INTERNAL_TOKEN"],
        environment["ARCHIVE_SIGNING_KEYS"].partition('"d": "')[2].partition('"')[0],
    ]
    assert all(len(secret) >= 16 for secret in secrets)
    kept = [*community.folders.logs.rglob("*"), *community.folders.run.rglob("*")]
    kept += (community.root / ".archive" / "state").rglob("*")
    texts = {path: path.read_bytes() for path in kept if path.is_file()}
    assert len(texts) > 5
    arguments = process_arguments()
    for secret in secrets:
        assert [path for path, text in texts.items() if secret.encode() in text] == []
        assert [pid for pid, words in arguments.items() if secret.encode() in words] == []
    found = community.running(NAME)
    assert found is not None
    handed = Path(f"/proc/{found.programs['web']}/environ").read_bytes()
    assert all(secret.encode() in handed for secret in secrets[1:])  # the control: there they have to be


def test_working_folders_are_their_owner_s_alone(community: Community) -> None:
    for folder in (community.folders.root, community.folders.data, community.folders.logs, community.folders.run):
        assert folder.stat().st_mode & 0o077 == 0


def kill(community: Community) -> record.Record:
    found = community.running(NAME)
    assert found is not None
    os.kill(found.supervisor.pid, signal.SIGKILL)
    until(lambda: not any(Process.of(pid) for pid in (found.supervisor.pid, *found.programs.values())))
    return found


def test_a_dead_service_is_found_by_refresh_and_brought_back_by_up(community: Community) -> None:
    killed = kill(community)
    assert community.refresh().changes == {"deleted": 1}
    assert community.up().changes == {"created": 1}
    assert community.pid(NAME) != killed.supervisor.pid
    assert community.release() == killed.release


def test_a_dead_service_is_brought_back_by_a_plain_up_too(community: Community) -> None:
    with visitors(community, "/news/health/ready") as visits:
        kill(community)
        assert community.up().changes == {"updated": 1}
    assert visits.failures != []  # the control for the tests below: a gap is noticed
    assert community.get("/news/health/ready")[0] == 200


def test_a_changed_setting_is_a_new_release_and_no_visitor_notices(community: Community) -> None:
    before = community.release()
    community.set(logLevel="WARNING")
    with visitors(community, "/health/ready", "/news/", "/auth/login") as visits:
        assert community.up().changes == {"updated": 1}
    assert visits.failures == []
    assert visits.statuses == {200}
    assert visits.count > 50
    assert community.release() != before


def test_a_release_that_crashes_is_shown_and_the_former_one_keeps_running(community: Community) -> None:
    before = community.pid(NAME)
    with community.changed("apps/news/archive_news/__init__.py", "\nraise RuntimeError('broken on purpose')\n"):
        said = community.failing_up()
    assert "community did not start" in said
    assert "RuntimeError: broken on purpose" in said
    assert "The version that ran before keeps running" in said
    assert "pulumi/dynamic/__main__.py" not in said  # no traceback through the launcher
    assert community.pid(NAME) == before
    assert community.get("/news/")[0] == 200
    # Its worker may still have been reading the code when that was broken, and then is started again
    until(lambda: (found := community.running(NAME)) and found.state == record.RUNNING)
    assert community.up().changes == {}


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "home_9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.text("{statement}"))
"""


def test_a_migration_that_fails_is_shown_and_a_mended_one_runs(community: Community) -> None:
    before = community.running(NAME)
    head = str(rows(community, "home", "SELECT version_num FROM alembic_version")[0])
    file = community.root / "apps/home/archive_home/migrations/9999_of_this_test.py"
    file.write_text(MIGRATION.format(head=head, statement="INSERT INTO nowhere VALUES (1)"))
    said = community.failing_up()
    assert "the migration of home failed" in said
    assert "no such table: nowhere" in said
    assert community.running(NAME) == before
    assert community.get("/")[0] == 200
    file.write_text(MIGRATION.format(head=head, statement="CREATE TABLE witness (text VARCHAR(40))"))
    assert community.up().changes == {"updated": 2}  # the database and the service
    assert rows(community, "home", "SELECT version_num FROM alembic_version") == ["home_9999"]
    assert community.pid(NAME) != (before.supervisor.pid if before else 0)


def test_a_port_in_use_is_named_with_its_holder_and_the_service_stays_where_it_is(community: Community) -> None:
    before = community.running(NAME)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        community.set(port=str(taken))
        said = community.failing_up()
    community.set(port=str(community.port))
    assert f"port {taken} is in use by pid {os.getpid()}" in said
    assert community.running(NAME) == before
    assert community.up().changes == {}


def test_mistakes_in_the_settings_are_all_told_and_nothing_is_touched(community: Community) -> None:
    before = community.running(NAME)
    community.set(workers="none", prot="1")
    said = community.failing_up()
    assert "2 settings are wrong:" in said
    assert "Traceback" not in said
    assert "archive:workers must be 1 to 64 (got none)" in said
    assert "Did you mean archive:port?" in said
    community.set(workers="2")
    community.unset("prot")
    assert community.running(NAME) == before


def test_data_that_disappeared_is_made_anew_and_filled_again(community: Community) -> None:
    for file in database(community, "guides").parent.iterdir():
        file.unlink()
    assert community.up().changes == {"updated": 3}  # the database, its sample, the service that had it open
    assert int(str(rows(community, "guides", "SELECT COUNT(*) FROM post")[0])) > 0
    assert community.get("/guides/health/ready")[0] == 200


def test_destroy_stops_everything_and_keeps_the_data(community: Community) -> None:
    rows(community, "home", "INSERT INTO witness VALUES ('kept')")
    posts = rows(community, "news", "SELECT COUNT(*) FROM post")
    found = community.running(NAME)
    assert found is not None
    community.destroy()
    assert not any(Process.of(pid) for pid in (found.supervisor.pid, *found.programs.values()))
    assert community.resources() == []
    community.up()
    assert rows(community, "home", "SELECT text FROM witness") == ["kept"]
    assert rows(community, "news", "SELECT COUNT(*) FROM post") == posts
    assert community.get("/news/")[0] == 200


def test_destroy_drops_the_data_when_told_so(community: Community) -> None:
    community.set(purgeData="true")
    community.up()
    community.destroy()
    assert list(community.folders.data.iterdir()) == []
