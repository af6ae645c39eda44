"""`command:remote:Command` (provider/pkg/provider/remote/commandController.go and commandOutputs.go)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from secrets import token_hex

from ..provider.engine import ERROR, WARNING
from ..provider.failures import Failure
from ..provider.values import Object, Value, reveal
from . import golang
from .connection import connected
from .environment import previous_environment, printed_before, texts
from .operation import Operation
from .output import Output, Printed
from .session import Channel, Session

REFUSED = (
    "Unable to set '{}'. This only works if your SSH server is configured to accept\n"
    "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you "
    "could\n"
    "\tprefix the command itself with the variables in the form 'VAR=value command'"
)


class RemoteCommand:
    """Runs `create`, `update` and `delete` over one SSH connection each."""

    async def create(self, operation: Operation, name: str, inputs: Object) -> tuple[str, Object]:
        printed = await _run_any(operation, inputs, inputs.get("create"), Printed("", ""))
        return name + token_hex(4), {**inputs, "stdout": printed.stdout, "stderr": printed.stderr}

    async def update(self, operation: Operation, old: Object, inputs: Object) -> Object:
        command = inputs.get("create") if inputs.get("update") is None else inputs.get("update")
        printed = await _run_any(operation, inputs, command, printed_before(old))
        return {**inputs, "stdout": printed.stdout, "stderr": printed.stderr}

    async def delete(self, operation: Operation, old: Object) -> None:
        await _run_any(operation, old, old.get("delete"), printed_before(old))


async def _run_any(operation: Operation, properties: Object, command: Value, previous: Printed) -> Printed:
    """Run the command, if there is one; else what was printed before stays."""
    text = reveal(command)
    return await _run(operation, properties, text, previous) if isinstance(text, str) else previous


async def _run(operation: Operation, properties: Object, command: str, previous: Printed) -> Printed:
    plain = reveal(properties)
    assert isinstance(plain, dict)
    settings, stdin, logging = plain["connection"], plain.get("stdin"), plain.get("logging")
    assert isinstance(settings, dict)
    wanted, optional = texts(plain.get("environment")), previous_environment(plain, previous)

    async def refused(name: str) -> None:
        if name in optional and name not in wanted:
            await operation.engine.log(WARNING, operation.urn, REFUSED.format(name))
            return
        await operation.engine.log(ERROR, operation.urn, REFUSED.format(name))
        raise Failure(f'could not set environment variable "{name}": ssh: setenv failed')

    async with (
        Output(operation, logging if isinstance(logging, str) else None) as output,
        connected(operation, settings) as connection,
    ):
        session, channel = Session(output.received), Channel(connection)
        await channel.start(session, command, {**optional, **wanted}, refused)
        with suppress(BrokenPipeError):  # it has ended already, and has read what it wanted
            if isinstance(stdin, str) and stdin:
                channel.write(stdin.encode())  # pyright: ignore[reportUnknownMemberType] - asyncssh leaves it untyped
            channel.write_eof()
        error = await _ended(session, output)
    if error is not None:
        raise Failure(f"{error}: running {golang.quote(command)}:\n{output.everything}")
    return output.printed


async def _ended(session: Session, output: Output) -> str | None:
    """How the command failed. Cancelling the operation does not end it: officially it runs to its end."""
    ending, overlong = asyncio.ensure_future(session.error()), asyncio.ensure_future(output.overlong())
    try:
        await asyncio.wait({ending, overlong}, return_when=asyncio.FIRST_COMPLETED)
        if overlong.done():
            overlong.result()
        return ending.result()
    finally:
        ending.cancel()
        overlong.cancel()
