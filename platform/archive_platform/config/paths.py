"""Where a setting stands, as Pulumi writes it, and what stands there, as an operator may see it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

NAMESPACE = "archive"
Path: TypeAlias = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CREDENTIALS = re.compile(r"://[^/@\s]*@")
_LONGEST = 80  # characters of a value in a message


def render(path: Path) -> str:
    """The key of a setting, as `pulumi config set --path` takes it.

    >>> render(("hosts", 2, "labels", "example.com/disk"))
    'archive:hosts[2].labels["example.com/disk"]'
    """
    text = f"{NAMESPACE}:{path[0]}"
    for step in path[1:]:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if _PLAIN.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def at(values: Any, path: Path) -> Any:
    """What stands at a path, or None."""
    found = values
    for step in path:
        try:
            found = found[step]
        except (LookupError, TypeError):  # less was given, or something else
            return None
    return found


def shown(value: object) -> str:
    """A value in a message: short, as YAML has it, and without what is secret wherever it stands."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[object]", value)
        if any(isinstance(item, Mapping | list | tuple) for item in items):
            return "a list"
        text = ", ".join(shown(item) for item in items) or "an empty list"
    else:
        text = str(value)
    if "PRIVATE KEY" in text:
        return "[secret]"
    text = _CREDENTIALS.sub("://[secret]@", text)
    if not text.isprintable():
        text = json.dumps(text, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
