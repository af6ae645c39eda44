"""The services' own source, read as syntax trees: what it imports, calls and compiles."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

APPS = Path(__file__).parents[3] / "apps"
_METHODS = ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")


@dataclass(frozen=True)
class Source:
    """A module: its path below `apps/`, and its tree."""

    name: str
    tree: ast.Module

    @property
    def module(self) -> str:
        return self.name.partition("/")[2].removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Expression:
    """A regular expression of the services, where it stands."""

    where: str
    pattern: str | bytes
    flags: int


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """Every Python module of the services."""
    found = sorted(path for path in APPS.glob("*/archive_*/**/*.py"))
    return tuple(Source(str(path.relative_to(APPS)), ast.parse(path.read_text("utf-8"))) for path in found)


def files(*endings: str) -> list[Path]:
    """Other files of the services, such as templates and scripts."""
    return sorted(path for path in APPS.glob("*/archive_*/**/*") if path.suffix in endings)


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of what a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, as it is written: `os.system`, `text`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def expressions() -> list[Expression]:
    """Every regular expression that a module of the services compiles or uses.

    AssertionError for one that is made at run time of anything but constants and escaped text.
    """
    found: list[Expression] = []
    for source in sources():
        ours = _of_constants(source)
        for name, call in called(source.tree):
            module, _, method = name.rpartition(".")
            if module != "re" or method not in _METHODS:
                continue
            where = f"{source.name}:{call.lineno}"
            pattern = literal(call.args[0], source)
            if pattern is not None:
                found.append(Expression(where, pattern, _flags(call)))
            elif call in ours:
                compiled: re.Pattern[str] = getattr(importlib.import_module(source.module), ours[call])
                found.append(Expression(where, compiled.pattern, compiled.flags))
            else:
                assert "re.escape" in ast.unparse(call), f"{where}: the pattern is put together at run time"
    return found


def _of_constants(source: Source) -> dict[ast.Call, str]:
    """The calls that a module assigns to names of its own while it is imported, before anybody sends anything."""
    return {
        node.value: target.id
        for node in source.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def literal(node: ast.expr, source: Source | None = None) -> str | bytes | None:
    """A constant text, or constants after one another, also those of `source` in an f-string; None for any other."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left, source), literal(node.right, source)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    if isinstance(node, ast.JoinedStr) and source is not None:
        parts = [_part(value, source) for value in node.values]
        return None if None in parts else "".join(filter(None, parts))
    return None


def _part(value: ast.expr, source: Source) -> str | None:
    """A piece of an f-string: its text, or the constant (in capitals) of its module."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    inner = value.value if isinstance(value, ast.FormattedValue) else value
    if isinstance(inner, ast.Name) and inner.id.isupper():
        return str(getattr(importlib.import_module(source.module), inner.id))
    return None


def _flags(call: ast.Call) -> int:
    chosen = 0
    for node in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and dotted(inner).startswith("re."):
                chosen |= int(getattr(re, inner.attr, 0) or 0)
    return chosen
