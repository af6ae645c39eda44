"""The quick parts of the stand-in for the `command` plugin, without an engine: values, checks, differences, texts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.engine.providers.command import golang, spec
from tests.engine.providers.command.checks import checked
from tests.engine.providers.command.connection import connected
from tests.engine.providers.command.globs import matching
from tests.engine.providers.command.operation import Cancellation, Operation
from tests.engine.providers.command.schema import schema
from tests.engine.providers.provider.differences import differences, equal
from tests.engine.providers.provider.engine import Engine
from tests.engine.providers.provider.failures import Failure
from tests.engine.providers.provider.values import (
    ASSET,
    SIGNATURE,
    UNKNOWN,
    Object,
    Secret,
    Value,
    has_unknown,
    read,
    reveal,
    write,
)


def test_values_come_back_from_the_protocol_as_they_went() -> None:
    values: Object = {
        "text": "한글\n",
        "number": 1.5,
        "true": True,
        "none": None,
        "list": ["a", [Secret("b")]],
        "object": {"a": {"b": Secret({"c": 1.0})}},
        "asset": {SIGNATURE: ASSET, "path": "x"},
        "unknown": UNKNOWN,
    }
    assert read(write(values)) == values
    assert reveal(values["object"]) == {"a": {"b": {"c": 1.0}}}
    assert has_unknown(values)
    assert "canary" not in repr(Secret("canary"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": "1"}, {"a": "1"}, {}),
        ({"a": "1"}, {"a": "2"}, {"a": "UPDATE"}),
        ({}, {"a": "1"}, {"a": "ADD"}),
        ({"a": "1"}, {}, {"a": "DELETE"}),
        ({"a": None}, {}, {}),
        ({"l": ["x", "y"]}, {"l": ["x", "z", "new"]}, {"l[1]": "UPDATE", "l[2]": "ADD"}),
        ({"l": ["x"]}, {"l": []}, {"l[0]": "DELETE"}),
        ({"e": {"A": "1", "b.c": "2"}}, {"e": {"A": "2", "b.c": "3"}}, {"e.A": "UPDATE", 'e["b.c"]': "UPDATE"}),
        ({"s": Secret({"host": "a"})}, {"s": Secret({"host": "b"})}, {"s": "UPDATE"}),
        ({"s": Secret("a")}, {"s": "a"}, {"s": "UPDATE"}),
        ({"n": 1.0}, {"n": True}, {"n": "UPDATE"}),
    ],
)
def test_differences(old: Object, new: Object, expected: dict[str, str]) -> None:
    assert differences(old, new) == expected


def test_assets_are_equal_by_their_content() -> None:
    one: Value = {SIGNATURE: ASSET, "path": "a", "hash": "1"}
    assert equal(one, {SIGNATURE: ASSET, "path": "b", "hash": "1"})
    assert not equal(one, {SIGNATURE: ASSET, "path": "a", "hash": "2"})


def test_defaults_and_secrets_are_filled_in() -> None:
    inputs, problems = checked(
        spec.REMOTE_COMMAND, {"connection": {"host": "h", "proxy": {"host": "p", "port": 2222.0}}}
    )
    assert problems == []
    defaults = {"user": "root", "dialErrorLimit": 10.0, "perDialTimeout": 15.0}
    assert inputs.keys() == {"connection", "addPreviousOutputInEnv"}
    assert inputs["addPreviousOutputInEnv"] is True
    assert isinstance(inputs["connection"], Secret)
    proxy = {"host": "p", "port": 2222.0, **defaults}
    assert inputs["connection"].value == {"host": "h", "port": 22.0, **defaults, "proxy": proxy}


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "Missing required field 'connection' on 'remote.CommandInputs'"),
        ({"connection": Secret({})}, "Missing required field 'host' on 'Connection'"),
        ({"connection": {"host": "h", "key": "x"}}, "Unrecognized field 'key' on 'Connection'"),
        (
            {"connection": {"host": "h", "port": "22"}},
            "Field 'port' on 'Connection' must be a 'float64'; got 'string' instead",
        ),
        (
            {"connection": {"host": "h"}, "logging": "all"},
            "'logging' must be one of stdout, stderr, stdoutAndStderr, none",
        ),
        ({"connection": {"host": "h"}, "environment": {"A": 1.0}}, "must be a 'map[string]string'"),
        (
            {"connection": {"host": "h"}, "stdin": Secret(7.0)},
            "Field 'stdin' on 'remote.CommandInputs' must be a 'string'",
        ),
    ],
)
def test_what_is_wrong_is_named_and_no_value_is_repeated(inputs: Object, reason: str) -> None:
    _, problems = checked(spec.REMOTE_COMMAND, inputs)
    assert [reason in problem.reason for problem in problems] == [True]


def test_unknown_inputs_are_accepted() -> None:
    assert checked(spec.REMOTE_COMMAND, {"connection": UNKNOWN, "stdin": Secret(UNKNOWN)})[1] == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a b", '"a b"'),
        ('say "hi"\n', r'"say \"hi\"\n"'),
        ("\\ \x01 \x7f", r'"\\ \x01 \x7f"'),
        ("한글\u200b", '"한글\\u200b"'),
    ],
)
def test_texts_are_quoted_as_go_does(text: str, quoted: str) -> None:
    assert golang.quote(text) == quoted


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["*"], ["top.js"]),
        (["**"], ["lib/a.js", "lib/b.ts", "lib/sub/c.js", "top.js"]),
        (["**.js", "!lib/sub/**"], ["lib/a.js", "top.js"]),
        (["!**", "lib/?.{js,ts}"], ["lib/a.js", "lib/b.ts"]),
        (["lib/[!a].*"], ["lib/b.ts"]),
    ],
)
def test_globs(tmp_path: Path, patterns: list[str], found: list[str]) -> None:
    for name in ("top.js", "lib/a.js", "lib/b.ts", "lib/sub/c.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert matching(str(tmp_path), patterns) == found


def test_the_schema_knows_what_the_sdk_sends() -> None:
    told = json.loads(schema())
    command = told["resources"]["command:remote:Command"]
    assert command["inputProperties"]["connection"]["secret"] is True
    assert command["inputProperties"]["triggers"]["replaceOnChanges"] is True
    assert command["requiredInputs"] == ["connection"]
    assert told["types"]["command:remote:Connection"]["properties"]["port"]["default"] == 22


class PasswordServer(asyncssh.SSHServer):
    """Lets in whoever knows the word. (A real sshd asks the accounts of the machine, which a test leaves alone.)"""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("operator", "word")


class Silent(Engine):
    """Takes log lines and shows them to nobody."""

    async def status(self, urn: str, message: str) -> None:
        pass


@pytest.mark.parametrize(("password", "enters"), [("word", True), ("other", False), (None, False)])
def test_a_password_is_used(password: str | None, enters: bool) -> None:
    async def scenario() -> None:
        host_key = asyncssh.generate_private_key("ssh-ed25519")  # pyright: ignore[reportUnknownMemberType] - untyped
        server = await asyncssh.listen("127.0.0.1", 0, server_factory=PasswordServer, server_host_keys=[host_key])
        port = server.get_port()
        settings: dict[str, Any] = {"host": "127.0.0.1", "port": float(port), "user": "operator", "dialErrorLimit": 0.0}
        if password is not None:
            settings["password"] = password
        operation = Operation("urn", Silent(""), Cancellation())
        try:
            async with connected(operation, settings) as connection:
                assert connection.get_extra_info("username") == "operator"
        finally:
            server.close()

    if enters:
        asyncio.run(scenario())
    else:
        with pytest.raises(Failure, match="ssh: unable to authenticate, attempted methods"):
            asyncio.run(scenario())
