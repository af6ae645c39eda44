"""The program of a server that fetches its services' secrets, run as the server runs it, with a boto3 that is none."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.infra.aws.server_program import REGION, ServerProgram

# It keeps what it was asked in a file, and answers as the real one does.
BOTO3 = """\
import json, os, pathlib

folder = pathlib.Path(os.environ["FAKE_BOTO3"])

class Client:
    def get_parameters(self, **asked):
        with (folder / "asked").open("a") as file:
            file.write(json.dumps(asked) + "\\n")
        known = json.loads((folder / "known.json").read_text())
        return {
            "Parameters": [{"Name": name, "Value": known[name]} for name in asked["Names"] if name in known],
            "InvalidParameters": [name for name in asked["Names"] if name not in known],
        }

def client(service, region_name):
    (folder / "client").write_text(f"{service} {region_name}")
    return Client()
"""


class Program(ServerProgram):
    """The program, and what Systems Manager knows."""

    def know(self, parameters: dict[str, dict[str, str]]) -> None:
        text = json.dumps({name: json.dumps(values) for name, values in parameters.items()})
        (self.answers / "known.json").write_text(text)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.runtime.iterdir()}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program("archive-secrets.py", BOTO3, tmp_path)


def test_each_service_gets_its_own_variables(program: Program) -> None:
    program.know({"news-1": {"A": "1", "B": 'with = and "quotes"'}, "auth-1": {"A": "열쇠"}})
    done = program.run("news=news-1", "auth=auth-1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert program.files() == {"news.env": 'A=1\nB=with = and "quotes"\n', "auth.env": "A=열쇠\n"}
    assert (program.answers / "client").read_text() == f"ssm {REGION}"


def test_only_root_reads_the_files(program: Program) -> None:
    program.know({"news-1": {"A": "1"}})
    assert program.run("news=news-1", umask=0).returncode == 0
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in program.runtime.iterdir()} == {"news.env": 0o600}


def test_ten_parameters_are_asked_for_at_once(program: Program) -> None:
    names = [f"parameter-{number:02}" for number in range(23)]
    program.know({name: {"NAME": name} for name in names})
    assert program.run(*(f"service{name}={name}" for name in names)).returncode == 0
    asked = program.asked()
    assert [each["Names"] for each in asked] == [names[:10], names[10:20], names[20:]]
    assert all(each["WithDecryption"] is True for each in asked)
    assert len(program.files()) == len(names)


def test_services_that_share_a_parameter_ask_for_it_once(program: Program) -> None:
    program.know({"shared": {"A": "1"}})
    assert program.run("news=shared", "qa=shared").returncode == 0
    assert [each["Names"] for each in program.asked()] == [["shared"]]
    assert program.files() == {"news.env": "A=1\n", "qa.env": "A=1\n"}


def test_a_parameter_that_is_not_there_is_named_and_nothing_is_written(program: Program) -> None:
    program.know({"news-1": {"A": "hidden"}})
    done = program.run("news=news-1", "qa=qa-1", "auth=auth-1")
    assert done.returncode != 0
    assert done.stderr == "archive-secrets: there are no parameters auth-1, qa-1\n"
    assert program.files() == {}


def test_a_second_run_replaces_what_changed(program: Program) -> None:
    program.know({"news-1": {"A": "old", "B": "gone"}})
    program.run("news=news-1")
    program.know({"news-1": {"A": "new"}})
    program.run("news=news-1")
    assert program.files() == {"news.env": "A=new\n"}


def test_a_value_that_is_no_json_object_is_not_printed(program: Program) -> None:
    """A traceback goes to the journal, and from there to CloudWatch."""
    (program.answers / "known.json").write_text(json.dumps({"news-1": "hidden-word"}))
    done = program.run("news=news-1")
    assert done.returncode != 0
    assert "hidden-word" not in done.stdout + done.stderr
    assert program.files() == {}
