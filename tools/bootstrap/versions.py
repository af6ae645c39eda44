"""Version numbers as tools print them, compared number by number."""

from __future__ import annotations

import re

Version = tuple[int, int, int]


def parse(text: str) -> Version | None:
    """Find the first `X.Y` or `X.Y.Z` in a tool's output: "v3.274.1", "uv 0.13.9 (x86_64)", "go1.26.8"."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)


def show(version: Version) -> str:
    return ".".join(str(number) for number in version)
