"""The program of a server that takes on the roles of the boards' pictures, and how AWS' SDK reads what it leaves."""

from __future__ import annotations

import json
import re
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import CredentialRetrievalError
from tests.infra.aws.server_program import REGION, ServerProgram

from archive_platform.aws import media
from archive_platform.catalogue import CATALOGUE

# Each time it gives other credentials, until it is told how to fail for a role
BOTO3 = """\
import json, os, pathlib
from datetime import datetime, timedelta, timezone
from botocore.exceptions import ClientError, EndpointConnectionError

folder = pathlib.Path(os.environ["FAKE_BOTO3"])

class Client:
    def assume_role(self, **asked):
        with (folder / "asked").open("a") as file:
            file.write(json.dumps(asked) + "\\n")
        failing = json.loads((folder / "failing.json").read_text()).get(asked["RoleArn"])
        if failing == "refused":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, "AssumeRole")
        if failing == "unreachable":
            raise EndpointConnectionError(endpoint_url="https://sts.example.com")
        number = len((folder / "asked").read_text().splitlines())
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{number}",
                "SecretAccessKey": f"hidden-key-{number}",
                "SessionToken": f"hidden-token-{number}",
                "Expiration": datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
            },
            "AssumedRoleUser": {},
        }

def client(service, region_name, config):
    seconds = (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"]
    (folder / "client").write_text(f"{service} {region_name} {seconds}")
    return Client()
"""
BOARDS = ("news=arn:news", "guides=arn:guides")


class Program(ServerProgram):
    """The program, and what the Security Token Service does."""

    def fail(self, **roles: str) -> None:
        """For a role: `refused` or `unreachable`."""
        (self.answers / "failing.json").write_text(json.dumps({f"arn:{name}": how for name, how in roles.items()}))

    def kept(self) -> dict[str, dict[str, Any]]:
        """Credentials by board."""
        return {path.parent.name: json.loads(path.read_text()) for path in self.runtime.glob("*/credentials.json")}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program("archive-media.py", BOTO3, tmp_path)
    made.fail()
    return made


def test_each_board_gets_the_credentials_of_its_own_role_for_an_hour(program: Program) -> None:
    done = program.run(*BOARDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert program.asked() == [
        {"RoleArn": f"arn:{board}", "RoleSessionName": board, "DurationSeconds": 3600} for board in ("news", "guides")
    ]
    assert program.kept() == {
        board: {
            "Version": 1,
            "AccessKeyId": f"ASIA{number}",
            "SecretAccessKey": f"hidden-key-{number}",
            "SessionToken": f"hidden-token-{number}",
            "Expiration": "2030-01-02T03:04:05+00:00",
        }
        for number, board in ((1, "news"), (2, "guides"))
    }


def test_every_board_has_its_turn_before_the_unit_is_given_up(program: Program) -> None:
    program.run(*BOARDS)
    service, region, seconds = (program.answers / "client").read_text().split()
    assert (service, region) == ("sts", REGION)
    boards = [each for each in CATALOGUE if each.board]
    (longest,) = re.findall(r"^TimeoutStartSec=(\d+)$", media.units(REGION, {})[media.UNIT], re.MULTILINE)
    assert len(boards) * int(seconds) < int(longest)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_a_container_reads_them_as_whoever_it_runs_as_and_nobody_else_on_the_server(
    program: Program, umask: int
) -> None:
    """The folder above is root's alone: a container has the board's own as a mount."""
    program.run(*BOARDS, umask=umask)
    folder = program.runtime / "news"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "credentials.json", program.runtime)]
    assert modes == [0o755, 0o644, 0o700]
    assert "RuntimeDirectoryMode=0700" in media.units(REGION, {})[media.UNIT]


@pytest.mark.parametrize("how", ["refused", "unreachable"])
def test_what_fails_is_named_and_keeps_what_it_has(program: Program, how: str) -> None:
    program.run(*BOARDS)
    before = program.kept()
    program.fail(news=how)
    done = program.run(*BOARDS)
    assert done.returncode != 0
    assert done.stderr.startswith("archive-media: news keeps what it has: ")
    assert len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stdout + done.stderr
    assert program.kept()["news"] == before["news"]
    assert program.kept()["guides"]["AccessKeyId"] == "ASIA4"


def test_a_board_starts_before_it_has_credentials(program: Program) -> None:
    """Podman starts no container whose mount is not there."""
    program.fail(news="unreachable", guides="unreachable")
    assert program.run(*BOARDS).returncode != 0
    assert sorted(path.name for path in program.runtime.iterdir()) == ["guides", "news"]
    assert program.kept() == {}


def test_a_second_run_replaces_the_file_and_leaves_nothing_else(program: Program) -> None:
    program.run("news=arn:news")
    opened = (program.runtime / "news/credentials.json").open()
    program.run("news=arn:news")
    with opened:
        assert json.load(opened)["AccessKeyId"] == "ASIA1"  # whoever reads meanwhile has one or the other
    assert program.kept()["news"]["AccessKeyId"] == "ASIA2"
    assert [path.name for path in (program.runtime / "news").iterdir()] == ["credentials.json"]


class TestTheSdkReadsThem:
    """Botocore with a board's settings, as in a container of the board."""

    @pytest.fixture
    def session(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> botocore.session.Session:
        settings = tmp_path / "media.conf"
        settings.write_text(media.settings(REGION).replace(media.FOLDER, str(tmp_path)))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name, raising=False)
        return botocore.session.Session()

    @staticmethod
    def leave(folder: Path, key: str, lasts: timedelta) -> None:
        known = {"AccessKeyId": key, "SecretAccessKey": "secret", "SessionToken": "token"}
        told = {"Version": 1, **known, "Expiration": (datetime.now(UTC) + lasts).isoformat()}
        (folder / media.CREDENTIALS).write_text(json.dumps(told))

    def test_it_knows_the_key_and_the_region(self, session: botocore.session.Session, tmp_path: Path) -> None:
        self.leave(tmp_path, "ASIA1", timedelta(hours=1))
        credentials = session.get_credentials()
        assert (credentials.access_key, credentials.token, credentials.method) == ("ASIA1", "token", "custom-process")
        assert session.get_config_variable("region") == REGION

    @pytest.mark.parametrize(("left", "key"), [(timedelta(minutes=5), "ASIA2"), (timedelta(minutes=40), "ASIA1")])
    def test_it_reads_them_anew_when_they_are_about_to_expire(
        self, session: botocore.session.Session, tmp_path: Path, left: timedelta, key: str
    ) -> None:
        """Forty minutes are left of an hour when the next credentials come."""
        self.leave(tmp_path, "ASIA1", left)
        credentials = session.get_credentials()
        self.leave(tmp_path, "ASIA2", timedelta(hours=1))
        assert credentials.get_frozen_credentials().access_key == key

    def test_without_them_it_says_so_and_finds_them_later(
        self, session: botocore.session.Session, tmp_path: Path
    ) -> None:
        with pytest.raises(CredentialRetrievalError, match="No such file"):
            session.create_client("s3")
        self.leave(tmp_path, "ASIA1", timedelta(hours=1))
        session.create_client("s3")
        assert session.get_credentials().access_key == "ASIA1"
