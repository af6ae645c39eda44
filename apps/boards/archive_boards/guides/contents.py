"""The contents of a long text, from its headings."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

#: Fewer headings need no contents.
FEWEST = 3

_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
_MARKS = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Entry:
    """A heading: the name of its anchor, its text, whether it stands below the one before it."""

    anchor: str
    text: str
    nested: bool


def with_anchors(rendered: str) -> tuple[str, list[Entry]]:
    """Rendered HTML whose headings have anchors, and the entries that lead there. Few headings are left as they are."""
    entries: list[Entry] = []

    def anchored(found: re.Match[str]) -> str:
        text = html.unescape(_MARKS.sub("", found[2])).strip()
        entry = Entry(f"section-{len(entries) + 1}", text, found[1] == "3")
        entries.append(entry)
        return f'<h{found[1]} id="{entry.anchor}">{found[2]}</h{found[1]}>'

    anchored_html = _HEADING.sub(anchored, rendered)
    return (anchored_html, entries) if len(entries) >= FEWEST else (rendered, [])
