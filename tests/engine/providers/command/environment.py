"""The environment variables of a command, local or remote."""

from __future__ import annotations

from ..provider.values import Object, Value, reveal
from .output import Printed

PREVIOUS_STDOUT, PREVIOUS_STDERR = "PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR"


def texts(environment: Value) -> dict[str, str]:
    """The `environment` input without secret wrappers."""
    plain = reveal(environment)
    return {name: str(value) for name, value in plain.items()} if isinstance(plain, dict) else {}


def printed_before(properties: Object) -> Printed:
    """What the resource's last command has printed, from its state."""
    stdout, stderr = reveal(properties.get("stdout")), reveal(properties.get("stderr"))
    return Printed(stdout if isinstance(stdout, str) else "", stderr if isinstance(stderr, str) else "")


def previous_environment(properties: Object, before: Printed) -> dict[str, str]:
    """What was printed before, unless `addPreviousOutputInEnv` is false. Nothing printed: no variable."""
    if reveal(properties.get("addPreviousOutputInEnv")) is False:
        return {}
    named = {PREVIOUS_STDOUT: before.stdout, PREVIOUS_STDERR: before.stderr}
    return {name: text for name, text in named.items() if text}
