"""OWASP's ASVS 5.0.0 as docs/security/asvs.toml answers it, and the page that is made of it.

`python -m tests.apps.asvs` writes docs/security/asvs.md.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "docs" / "security" / "asvs.toml"
PAGE = CHECKOUT / "docs" / "security" / "asvs.md"

#: The standard's chapters.
CHAPTERS = (
    *("Encoding and Sanitization", "Validation and Business Logic", "Web Frontend Security", "API and Web Service"),
    *("File Handling", "Authentication", "Session Management", "Authorization", "Self-contained Tokens"),
    *("OAuth and OIDC", "Cryptography", "Secure Communication", "Configuration", "Data Protection"),
    *("Secure Coding and Architecture", "Security Logging and Error Handling", "WebRTC"),
)
#: The level of every requirement of each section, in their order, as version 5.0.0 has them: V1.2.10 is of level 3.
_LEVELS = """
    V1.1:22 V1.2:1111122223 V1.3:112222222223 V1.4:222 V1.5:123
    V2.1:122 V2.2:112 V2.3:12223 V2.4:23
    V3.1:3 V3.2:113 V3.3:12223 V3.4:11222233 V3.5:11122333 V3.6:3 V3.7:22333
    V4.1:12233 V4.2:23333 V4.3:22 V4.4:1222
    V5.1:2 V5.2:112333 V5.3:113 V5.4:222
    V6.1:122 V6.2:111111112222 V6.3:11223333 V6.4:112233 V6.5:22222333 V6.6:2223 V6.7:33 V6.8:2222
    V7.1:222 V7.2:1111 V7.3:22 V7.4:11222 V7.5:223 V7.6:22
    V8.1:1233 V8.2:1123 V8.3:133 V8.4:23
    V9.1:111 V9.2:1222
    V10.1:22 V10.2:223 V10.3:22223 V10.4:1111122222233333 V10.5:22222 V10.6:22 V10.7:222
    V11.1:2233 V11.2:22233 V11.3:11233 V11.4:1222 V11.5:23 V11.6:23 V11.7:33
    V12.1:12233 V12.2:11 V12.3:22223
    V13.1:2333 V13.2:222223 V13.3:2233 V13.4:1222233
    V14.1:22 V14.2:12223333 V14.3:122
    V15.1:12233 V15.2:12233 V15.3:1222222 V15.4:3333
    V16.1:2 V16.2:22222 V16.3:2222 V16.4:222 V16.5:2223
    V17.1:23 V17.2:22223333 V17.3:22
"""
LEVELS: dict[str, str] = dict(re.findall(r"(\S+):(\d+)", _LEVELS))
#: How many requirements version 5.0.0 has of each level.
COUNTS = {1: 70, 2: 183, 3: 92}

Kind = Literal["test", "document", "reason", "open"]
KINDS: tuple[Kind, ...] = ("test", "document", "reason", "open")


@dataclass(frozen=True)
class Requirement:
    """A requirement, and our one answer to it: its kind, and what it says."""

    id: str
    level: int
    about: str
    kind: Kind
    answer: tuple[str, ...]

    @property
    def chapter(self) -> int:
        return int(self.id[1:].partition(".")[0])


def standard() -> dict[str, int]:
    """Every identifier of the standard with its level."""
    return {
        f"{section}.{number}": int(level)
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, 1)
    }


def wanted() -> dict[str, int]:
    """Those of levels 1 and 2."""
    return {name: level for name, level in standard().items() if level < 3}


def requirements(text: str) -> list[Requirement]:
    """What is answered. ValueError for a requirement without one answer, or with two."""
    found: list[Requirement] = []
    for entry in tomllib.loads(text)["requirement"]:
        kinds = [kind for kind in KINDS if entry.get(kind)]
        if len(kinds) != 1 or set(entry) != {"id", "level", "about", kinds[0]} or not entry["about"]:
            raise ValueError(f"{entry.get('id')}: give it `id`, `level`, `about` and one of {', '.join(KINDS)}")
        answer = entry[kinds[0]]
        said = tuple(answer) if isinstance(answer, list) else (answer,)
        found.append(Requirement(entry["id"], entry["level"], entry["about"], kinds[0], said))
    return found


def problems(found: Sequence[Requirement]) -> Iterator[str]:
    """What is wrong with the answers; nothing for a whole and true list."""
    levels, times = {one.id: one.level for one in found}, Counter(one.id for one in found)
    yield from (f"{name} is not answered" for name in wanted() if name not in levels)
    yield from (f"{name} is no requirement of level 1 or 2" for name in levels if name not in wanted())
    yield from (f"{name} is there {count} times" for name, count in times.items() if count > 1)
    for name, level in levels.items():
        if wanted().get(name, level) != level:
            yield f"{name} is of level {wanted()[name]}, not {level}"
    for one in found:
        if one.kind == "test":
            yield from (f"{one.id}: {path} is not there" for path in one.answer if not has_test(path))
        if one.kind == "document":
            yield from (f"{one.id}: {path} is not there" for path in one.answer if not has_heading(path))


def has_test(path: str) -> bool:
    """Whether `tests/….py::test_name` is a test that is there."""
    file, separator, name = path.partition("::")
    if not separator or not name.startswith("test_") or not file.startswith("tests/"):
        return False
    return name in _tests(CHECKOUT / file)


@lru_cache(maxsize=256)
def _tests(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def has_heading(path: str) -> bool:
    """Whether `docs/….md#heading` is a heading of a page."""
    file, _, anchor = path.partition("#")
    page = CHECKOUT / file
    return page.is_file() and anchor in _anchors(page.read_text("utf-8"))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


_HEAD = """\
# OWASP ASVS 5.0.0, levels 1 and 2

Where each of the {count} requirements is met: by a test, by a page, or not at all with the reason; and what is open.
Identifiers and levels are those of OWASP's [Application Security Verification Standard
5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0) (CC BY-SA 4.0). What each asks for is said here in our own words: read
the standard's before you judge. This page is made from [asvs.toml](asvs.toml) by `python -m tests.apps.asvs`; a test
fails on a requirement without an answer, a wrong level, and a test or a heading that is not there.

{summary}

## Open

{open}
"""


def page(found: Sequence[Requirement]) -> str:
    """The page: a summary, what is open, and a table for each chapter."""
    missing = [one for one in found if one.kind == "open"]
    listed = "\n".join(f"- **{one.id}** (level {one.level}). {one.about}: {one.answer[0]}" for one in missing)
    parts = [_HEAD.format(count=len(found), summary=_summary(found), open=listed or "Nothing.")]
    for number, title in enumerate(CHAPTERS, 1):
        rows = [_row(one) for one in found if one.chapter == number]
        head = [f"## V{number} {title}", "", "| id | level | asks for | answer |", "|---|---|---|---|"]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)


def _summary(found: Sequence[Requirement]) -> str:
    lines = ["| level | requirements | tests | pages | reasons | open |", "|---|---|---|---|---|---|"]
    for level in (1, 2):
        counts = Counter(one.kind for one in found if one.level == level)
        lines.append(f"| {level} | {counts.total()} | {' | '.join(str(counts[kind]) for kind in KINDS)} |")
    return "\n".join(lines)


def _row(one: Requirement) -> str:
    return f"| {one.id} | {one.level} | {_cell(one.about)} | {_answer(one)} |"


def _answer(one: Requirement) -> str:
    if one.kind == "test":
        return "<br>".join(f"`{path.removeprefix('tests/')}`" for path in one.answer)
    if one.kind == "document":
        return "<br>".join(f"[{_name(path)}]({path.removeprefix('docs/security/')})" for path in one.answer)
    return f"**Open**: {_cell(one.answer[0])}" if one.kind == "open" else _cell(one.answer[0])


def _name(path: str) -> str:
    return path.partition("#")[2].replace("-", " ").capitalize()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(requirements(SOURCE.read_text("utf-8"))), "utf-8")
