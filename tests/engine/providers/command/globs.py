"""Files by glob patterns, as `assetPaths` and `archivePaths` mean them (syntax: github.com/gobwas/glob with `/`)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from ..provider.failures import Failure

EXCLUDES = "!"
ALTERNATIVES = {"{": "(?:", "}": ")", ",": "|"}


def matching(folder: str, patterns: Iterable[str]) -> list[str]:
    """Paths of the folder's files, relative to it, in the order of a walk. The last pattern that matches decides.

    Raises:
        Failure: the folder cannot be read, or a pattern is malformed.
    """
    rules = [(not pattern.startswith(EXCLUDES), _compiled(pattern.removeprefix(EXCLUDES))) for pattern in patterns]
    found: list[str] = []
    for path in _files(folder, ""):
        verdicts = [includes for includes, rule in rules if rule.fullmatch(path)]
        if verdicts and verdicts[-1]:
            found.append(path)
    return found


def _files(folder: str, inside: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(os.path.join(folder, inside)), key=lambda entry: entry.name)  # noqa: PTH118 - plain text, quick
    except OSError as error:
        raise Failure(f"open {inside or '.'}: {os.strerror(error.errno or 0).lower()}") from error
    for entry in entries:
        path = f"{inside}/{entry.name}" if inside else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(folder, path)
        else:
            yield path


def _compiled(pattern: str) -> re.Pattern[str]:
    expression, index, depth = "", 0, 0
    while index < len(pattern):
        character = pattern[index]
        if pattern.startswith("**", index):
            expression += ".*"
            index += 1
        elif character == "*":
            expression += "[^/]*"
        elif character == "?":
            expression += "[^/]"
        elif character == "\\" and index + 1 < len(pattern):
            index += 1
            expression += re.escape(pattern[index])
        elif character == "[":
            end = pattern.find("]", index + 1)
            if end < 0:
                raise Failure(f"the glob {pattern!r} has a [ without its ]")
            expression += _characters(pattern[index + 1 : end])
            index = end
        elif character in "{}" or (character == "," and depth):
            depth += {"{": 1, "}": -1}.get(character, 0)
            expression += ALTERNATIVES[character]
        else:
            expression += re.escape(character)
        index += 1
    if depth:
        raise Failure(f"the glob {pattern!r} has a {{ without its }}, or the other way round")
    return re.compile(expression, re.DOTALL)


def _characters(members: str) -> str:
    negated = members.startswith("!")
    inside = members.removeprefix("!").replace("\\", r"\\").replace("^", r"\^").replace("[", r"\[")
    return f"[{'^' if negated else ''}{inside}]"
