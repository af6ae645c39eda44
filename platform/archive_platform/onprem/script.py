"""The text of a step: settings as shell variables, the library, the step itself. Pure functions.

The text goes to `bash -s` on standard input, so it is in no process list, in no error message and of any length; the
command that is run stays one short line. `cat` reads the text and not bash, which takes a pipe's letters one at a time:
tens of thousands of them, for each step. The step's work is in a function that is called last, without standard input.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Value = str | int | bool | Sequence[str] | Mapping[str, str]
Verb = Literal["found", "apply", "remove", "plan"]

LOCK_SECONDS = 900
LIBRARY = ("lib", "ahead", "packages")  # of every step
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Script:
    """A step for one host, ready to be sent.

    Attributes:
        host: the host's name.
        step: the name of the file in `scripts/`.
        text: what bash reads; secret as a whole, since it may hold secrets.
        digest: of everything but the secrets: tells in a preview whether the step changed.
        seconds: how long the step may take.
    """

    host: str
    step: str
    text: str
    digest: str
    seconds: int

    def command(self, verb: Verb, sudo: bool, run: int = 1) -> str:
        """The line that the host's shell is given; `self.text` goes to its standard input.

        The comment makes it another line, and so a change for the engine, when the script differs or `run` is raised.

        >>> Script("cp1", "prepare", "", "3fa2c1d0", 900).command("apply", sudo=True)
        'sudo -n timeout --kill-after=30 900 bash -s -- apply # prepare cp1 3fa2c1d0 run 1'
        """
        root = "sudo -n " if sudo else ""
        comment = f"{self.step} {self.host} {self.digest} run {run}"
        return f"{root}timeout --kill-after=30 {self.seconds} bash -s -- {verb} # {comment}"


def render(
    step: str,
    host: str,
    settings: Mapping[str, Value],
    secrets: Mapping[str, str] | None = None,
    parts: Sequence[str] = (),
    seconds: int = 900,
) -> Script:
    """A step's script.

    Args:
        step: the name of a file in `scripts/`, without `.sh`.
        host: for messages and for the answer.
        settings: shell variables, in capitals. A sequence becomes an array, a mapping an
            associative one, in the order of its keys.
        secrets: more of them, which `digest` leaves out.
        parts: more files in `scripts/` whose functions the step uses, in this order before it.
        seconds: how long the step may take once it has the host's lock.
    """
    plain = assignments({"HOST": host, "STEP": step, "LOCK_SECONDS": LOCK_SECONDS, **settings})
    code = "\n".join([*(source(f"{name}.sh") for name in (*LIBRARY, *parts, step)), 'main "$@" < /dev/null\nexit\n'])
    text = f'eval "$(cat)"\nset -Eeuo pipefail\n{plain}{assignments(secrets or {})}{code}'
    digest = hashlib.sha256(f"{plain}{code}".encode()).hexdigest()[:12]
    return Script(host, step, text, digest, seconds + LOCK_SECONDS)


@cache
def source(path: str) -> str:
    """A file of `scripts/`: a part of a step, or something that a step installs."""
    return (files("archive_platform.onprem") / "scripts" / path).read_text(encoding="utf-8")


def assignments(values: Mapping[str, Value]) -> str:
    """Shell text that sets the variables, quoted so that no value is ever code.

    >>> print(assignments({"NAME": "it's", "PORTS": ["80", "443"], "ON": True, "MAP": {"a": "1"}}), end="")
    NAME='it'"'"'s'
    PORTS=(80 443)
    ON=yes
    declare -A MAP=([a]=1)

    ValueError for a name that is no variable's.
    """
    lines: list[str] = []
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a shell variable of a step: use capitals, digits and _")
        lines.append(_assignment(name, value))
    return "".join(line + "\n" for line in lines)


def _assignment(name: str, value: Value) -> str:
    match value:
        case bool():
            return f"{name}={'yes' if value else ''}"
        case int():
            return f"{name}={value}"
        case str():
            return f"{name}={shlex.quote(value)}"
        case Mapping():
            pairs = " ".join(f"[{shlex.quote(key)}]={shlex.quote(each)}" for key, each in sorted(value.items()))
            return f"declare -A {name}=({pairs})"
        case _:
            return f"{name}=({' '.join(shlex.quote(each) for each in value)})"
