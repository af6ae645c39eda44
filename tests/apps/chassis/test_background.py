"""What goes on behind the pages: mail, rate limits, migrations, the worker's tasks."""

from __future__ import annotations

import email
import email.policy
import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from tests.apps.chassis import sample
from tests.apps.conftest import MakeUrl

from archive_chassis import clock, mail, ratelimit
from archive_chassis.database import Database, database, session
from archive_chassis.errors import RateLimited
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.tables import mail_queue
from archive_chassis.worker import Task, run_until


class TestMail:
    def test_goes_out_after_the_commit_and_only_once(self, app: Flask, tmp_path: Path) -> None:
        with app.app_context():
            mail.enqueue(session(), "누구@example.org", "환영합니다", "안녕하세요.\n반갑습니다.")
        with app.app_context():
            mail.send_due()
        assert not list((tmp_path / "mail").glob("*.eml")), "queued in a transaction that never committed"
        with app.app_context():
            mail.enqueue(session(), "who@example.org", "환영합니다", "안녕하세요.\n반갑습니다.")
            session().commit()
            mail.send_due()
            mail.send_due()
        [written] = (tmp_path / "mail").glob("*.eml")
        message = email.message_from_bytes(written.read_bytes(), policy=email.policy.default)
        assert (message["To"], message["Subject"]) == ("who@example.org", "환영합니다")
        assert message.get_content() == "안녕하세요.\n반갑습니다.\n"
        assert oct(written.stat().st_mode & 0o777) == "0o600"

    def test_waits_and_is_tried_again_when_it_cannot_go(self, app: Flask, tmp_path: Path) -> None:
        (tmp_path / "mail").write_text("a file where the folder should be")
        with app.app_context():
            mail.enqueue(session(), "who@example.org", "제목", "본문")
            session().commit()
            mail.send_due()
            assert session().execute(select(mail_queue.c.attempts)).scalar_one() == 1
        (tmp_path / "mail").unlink()
        with app.app_context():
            mail.send_due()
            assert session().execute(select(func.count()).select_from(mail_queue)).scalar_one() == 1
        with app.app_context(), clock.moved(timedelta(minutes=1)):
            mail.send_due()
            assert session().execute(select(func.count()).select_from(mail_queue)).scalar_one() == 0
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


class TestRateLimit:
    def test_allows_so_many_and_then_again_in_the_next_window(self, app: Flask) -> None:
        with app.app_context():
            for _ in range(3):
                ratelimit.spend("login", "1.2.3.4", 3, 60)
            with pytest.raises(RateLimited) as caught:
                ratelimit.spend("login", "1.2.3.4", 3, 60)
            assert 0 < caught.value.retry_after <= 60
            ratelimit.spend("login", "5.6.7.8", 3, 60)
            with clock.moved(timedelta(seconds=60)):
                ratelimit.spend("login", "1.2.3.4", 3, 60)

    def test_counts_every_use_of_many_at_once(self, app: Flask) -> None:
        allowed: list[bool] = []

        def use() -> None:
            with app.app_context():
                try:
                    ratelimit.spend("register", "here", 10, 86_400)
                    allowed.append(True)
                except RateLimited:
                    allowed.append(False)

        threads = [threading.Thread(target=use) for _ in range(25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (allowed.count(True), allowed.count(False)) == (10, 15)

    def test_forgets_windows_that_are_over(self, app: Flask) -> None:
        with app.app_context(), clock.moved(timedelta(hours=-2)):
            ratelimit.spend("login", "here", 1, 60)
        with app.app_context():
            ratelimit.forget_expired()
            with clock.moved(timedelta(hours=-2)):
                ratelimit.spend("login", "here", 1, 60)


class TestMigrate:
    def test_a_second_run_changes_nothing(self, database_url: MakeUrl) -> None:
        url, scripts = database_url("news"), script_directory(sample.VERSIONS)
        assert upgrade(url, scripts) == (None, "sample_0001")
        assert upgrade(url, scripts) == ("sample_0001", "sample_0001")

    def test_two_at_once_do_not_meet(self, database_url: MakeUrl) -> None:
        url, results = database_url("news"), list[object]()

        def run() -> None:
            try:
                results.append(upgrade(url, script_directory(sample.VERSIONS)))
            except Exception as error:
                results.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, results)) == ["('sample_0001', 'sample_0001')"] * 3 + ["(None, 'sample_0001')"]

    def test_a_schema_from_a_newer_release_is_left_alone_and_is_ready(self, app: Flask) -> None:
        with app.app_context():
            url = database().engine.url.render_as_string(hide_password=False)
        store = Database(url)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'sample_9999'")
        store.close()
        assert upgrade(url, script_directory(sample.VERSIONS)) == ("sample_9999", "sample_9999")
        assert app.test_client().get("/news/health/ready").status_code == 200

    def test_a_schema_that_was_never_migrated_is_not_ready(self, app: Flask) -> None:
        with app.app_context():
            store = database()
            with store.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM alembic_version")
        answer = app.test_client().get("/news/health/ready")
        assert answer.status_code == 503
        assert "never been migrated" in answer.get_json()["checks"]["migrations"]

    def test_the_command_names_what_is_missing(self) -> None:
        command = [sys.executable, "-m", "archive_chassis.migrate"]
        environ = {"PATH": os.environ["PATH"]}
        done = subprocess.run([*command, "nosuch"], capture_output=True, text=True, env=environ, check=False)
        assert done.returncode == 1
        assert "no service 'nosuch' is installed" in done.stderr
        done = subprocess.run([*command, "news"], capture_output=True, text=True, env=environ, check=False)
        assert done.returncode == 1
        assert "ARCHIVE_NEWS_DATABASE_URL is not set" in done.stderr
        done = subprocess.run([*command, "news", "--heads"], capture_output=True, text=True, env=environ, check=False)
        assert json.loads(done.stdout)["head"]


class TestWorker:
    def test_a_failing_task_waits_longer_and_others_go_on(self, app: Flask) -> None:
        stopped, turns = threading.Event(), list[str]()

        def fail() -> None:
            turns.append("bad")
            raise RuntimeError("on purpose")

        def work() -> None:
            turns.append("good")
            if turns.count("good") == 5:
                stopped.set()

        bad, good = Task("bad", app, 0.05, fail), Task("good", app, 0.05, work)
        run_until(stopped, [bad, good])
        assert turns.count("bad") == 1
        assert bad.failures == 1
        assert good.failures == 0
