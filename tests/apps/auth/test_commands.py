"""The programs that an operator runs: the administrator's account, the authors of the sample content."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.apps.auth.site import OTHER_PASSWORD, PASSWORD, Site, is_logged_in, log_in

from archive_auth.models import Member
from archive_chassis.testing import INTERNAL_TOKEN, KEYS, SECRET_KEY, SITE, public_key_set


def environment(site: Site) -> dict[str, str]:
    settings = site.app.extensions["archive_settings"]
    return {
        "PATH": os.environ["PATH"],
        "ARCHIVE_SITE": " ".join(f"{name}={path}" for name, path in SITE.items()),
        "ARCHIVE_AUTH_DATABASE_URL": settings.database_url.get_secret_value(),
        "ARCHIVE_DATA_DIR": str(settings.data_dir),
        "ARCHIVE_SECRET_KEY": SECRET_KEY,
        "ARCHIVE_INTERNAL_TOKEN": INTERNAL_TOKEN,
        "ARCHIVE_VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
        "ARCHIVE_SIGNING_KEYS": json.dumps(KEYS),
    }


def run(site: Site, module: str, *arguments: str, given: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=given,
        env=environment(site) | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def administrator(site: Site, **account: str) -> subprocess.CompletedProcess[str]:
    return run(site, "archive_auth.administrator", given=json.dumps(account, ensure_ascii=False) + "\n")


def test_the_administrator_is_made_once_and_then_updated(site: Site) -> None:
    account = {"nickname": "운영자", "email": "admin@localhost", "password": PASSWORD}
    made = administrator(site, **account)
    assert (made.returncode, made.stderr) == (0, "")
    member_id = json.loads(made.stdout)["id"]
    assert json.loads(made.stdout)["created"] is True
    client = site.visitor()
    log_in(client, "운영자")
    assert client.get("/auth/admin").status_code == 200
    again = administrator(site, **account)
    assert json.loads(again.stdout) == {"id": member_id, "created": False}
    assert is_logged_in(client)  # nothing has changed
    renewed = administrator(site, **account | {"password": OTHER_PASSWORD, "email": "new@localhost"})
    assert json.loads(renewed.stdout) == {"id": member_id, "created": False}
    assert not is_logged_in(client)
    assert log_in(site.visitor(), "new@localhost", OTHER_PASSWORD).status_code == 303
    assert log_in(site.visitor(), "운영자", PASSWORD).status_code == 422


def test_a_member_who_only_looks_the_same_does_not_become_the_administrator(site: Site) -> None:
    site.join("SilverRabbit", "rabbit@example.com")
    refused = administrator(site, nickname="Si1verRabbit", email="admin@localhost", password=OTHER_PASSWORD)
    assert refused.returncode == 1
    assert "nickname" in refused.stderr
    assert site.rows(select(Member.role))[0].role == "member"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("", "one JSON line"),
        ("not json\n", "one JSON line"),
        ('{"nickname": "호랑이"}\n', "one JSON line"),
        ('{"nickname": "호랑이", "email": "a@b", "password": "hunter2"}\n', "password"),
        ('{"nickname": "?", "email": "a@b", "password": "a long enough one"}\n', "nickname"),
    ],
)
def test_a_wrong_account_is_refused_without_showing_its_password(lite: Site, given: str, names: str) -> None:
    refused = run(lite, "archive_auth.administrator", given=given)
    assert refused.returncode == 1
    assert names in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stderr


def test_an_email_of_another_member_is_refused(lite: Site) -> None:
    lite.join()
    refused = administrator(lite, nickname="호랑이", email="rabbit@example.com", password=OTHER_PASSWORD)
    assert refused.returncode == 1
    assert "이 이메일은 다른 회원이 쓰고 있어요" in refused.stderr


def test_missing_settings_and_a_missing_schema_are_said_in_one_line(lite: Site, tmp_path: Path) -> None:
    account = json.dumps({"nickname": "호랑이", "email": "a@b", "password": PASSWORD}) + "\n"
    unset = run(lite, "archive_auth.administrator", given=account, ARCHIVE_AUTH_DATABASE_URL="")
    assert "ARCHIVE_AUTH_DATABASE_URL: is not set" in unset.stderr
    empty = f"sqlite:///{tmp_path}/empty.sqlite3"
    unmigrated = run(lite, "archive_auth.administrator", given=account, ARCHIVE_AUTH_DATABASE_URL=empty)
    assert unmigrated.returncode == 1
    assert "the database refused" in unmigrated.stderr
    assert "Traceback" not in unmigrated.stderr


SAMPLE = '{"id": 1001, "nickname": "새벽토끼", "email": "rabbit@example.invalid"}\n\n' + (
    '{"id": 1002, "nickname": "반달곰", "email": "bear@example.invalid"}\n'
)


def test_sample_authors_are_members_that_nobody_can_log_in_as(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "members.jsonl"
    file.write_text(SAMPLE, "utf-8")
    made = run(site, "archive_auth.sample", str(file))
    assert (made.stdout, made.stderr) == ('{"created": 2, "unchanged": 0}\n', "")
    again = run(site, "archive_auth.sample", str(file))
    assert again.stdout == '{"created": 0, "unchanged": 2}\n'
    assert site.member("반달곰").id == 1002
    for password in ("", PASSWORD, "the password of nobody"):
        assert log_in(site.visitor(), "새벽토끼", password).status_code == 422
    assert site.register(site.visitor(), "새벽토끼", "other@example.com").status_code == 422
    site.join("낮토끼", "day@example.com")
    assert site.member("낮토끼").id > 1002  # and new members get other ids


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("nonsense", 'must be {"id"'),
        ('{"id": 1002, "nickname": "운영자", "email": "x@example.invalid"}', "운영진"),
        ('{"id": 1002, "nickname": "새벽_토끼", "email": "x@example.invalid"}', "비슷한 닉네임"),
        ('{"id": 1002, "nickname": "반달곰", "email": "rabbit@example.invalid"}', "다른 회원"),
    ],
)
def test_a_wrong_line_is_named(lite: Site, tmp_path: Path, second: str, why: str) -> None:
    file = tmp_path / "members.jsonl"
    file.write_text(SAMPLE.splitlines()[0] + "\n" + second + "\n", "utf-8")
    refused = run(lite, "archive_auth.sample", str(file))
    assert refused.returncode == 1
    assert f"{file}, line 2: " in refused.stderr
    assert why in refused.stderr
