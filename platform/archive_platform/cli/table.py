"""Plain tables: aligned columns that fit a terminal, long cells wrapped."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

_GAP = "  "
_NARROWEST = 10
_WIDTHS = (80, 100)  # narrower than the first nothing is readable, wider than the second the eye loses the line


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> str:
    """The rows under their headers.

    Args:
        headers: one for each column.
        rows: as many cells each as there are headers; a cell may have several lines.
        width: columns of the terminal; without it the real one, within what is readable.

    >>> print(table(["HOST", "WOULD"], [["cp1", "join"], ["worker1", "install kubelet"]]))
    HOST     WOULD
    cp1      join
    worker1  install kubelet
    """
    lines = [list(headers), *(list(row) for row in rows)]
    widths = _fitted([max(_width(row[i]) for row in lines) for i in range(len(headers))], width or _terminal())
    return "\n".join(text for row in lines for text in _row(row, widths))


def _terminal() -> int:
    narrowest, widest = _WIDTHS
    return min(max(shutil.get_terminal_size((widest, 0)).columns, narrowest), widest)


def _width(cell: str) -> int:
    return max((len(line) for line in cell.splitlines()), default=0)


def _fitted(widths: list[int], limit: int) -> list[int]:
    """Takes from the widest column until all of them fit."""
    spare = limit - len(_GAP) * (len(widths) - 1)
    while sum(widths) > spare and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    wrapped = [
        [part for line in cell.splitlines() for part in textwrap.wrap(line, width) or [""]]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for i in range(max(len(lines) for lines in wrapped) or 1):
        parts = (lines[i] if i < len(lines) else "" for lines in wrapped)
        yield _GAP.join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
