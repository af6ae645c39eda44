"""Asks every host, with the verb `plan`, what its steps would do: one connection each, all at once, reading only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archive_platform.config.onprem import Host
from archive_platform.errors import HostError
from archive_platform.onprem.connection import Connection, Connections, on_each
from archive_platform.onprem.script import Script

# A plan reads for less than a second; a host that needs longer than this is told, and the others are not kept waiting
PLAN_SECONDS = 30
_TIMED_OUT = 124  # timeout(1)

# The scripts that a host is made with, in their order
Steps = Callable[[Host], list[Script]]


@dataclass(frozen=True)
class Answer:
    """What a step found on a host.

    Attributes:
        step: its name.
        items: the host's state, a value for each item.
        changes: what `apply` would do, in words.
        error: why there is no answer, "" when there is one.
    """

    step: str
    items: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: Sequence[str] = ()
    error: str = ""


async def ask(
    hosts: Sequence[Host], steps: Steps, connections: Connections, seconds: float = PLAN_SECONDS
) -> dict[str, list[Answer] | HostError]:
    """By the host's name the answers of its steps, in their order; a HostError for a host that cannot be reached."""

    async def one(host: Host) -> list[Answer]:
        async with connections.to(host) as connection:
            return await answers_of(connection, steps(host), seconds)

    return await on_each(hosts, one)


async def answers_of(connection: Connection, scripts: Sequence[Script], seconds: float = PLAN_SECONDS) -> list[Answer]:
    """What a host's steps answer, asked at the same time: they read, and none waits for another."""
    return list(await asyncio.gather(*(_answer(connection, script, seconds) for script in scripts)))


async def _answer(connection: Connection, script: Script, seconds: float) -> Answer:
    # The host ends it by itself a little earlier, so that nothing is left running there
    limited = replace(script, seconds=min(script.seconds, max(1, int(seconds) - 1)))
    command = limited.command("plan", sudo=connection.server.sudo)
    done = await connection.run(command, stdin=limited.text, seconds=seconds)
    if done.code == _TIMED_OUT:
        return Answer(script.step, error=f"the step did not end within {limited.seconds} s: is the host overloaded?")
    if done.code:
        # A step's lines begin with the host and the step, which whoever prints the answer knows
        reason = done.reason.replace(f"{script.host} {script.step}: ", "")
        return Answer(script.step, error=f"the step failed (exit code {done.code}): {reason}")
    try:
        told: dict[str, Any] = json.loads(done.out)
        return Answer(script.step, dict(told["items"]), list(told["changes"]))
    except (ValueError, KeyError, TypeError):
        shown = done.out.strip().partition("\n")[0][:80] or "nothing"
        return Answer(script.step, error=f"the step answered no JSON document but: {shown}")
