"""Plain tables: aligned columns that fit a terminal, long cells wrapped."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

_GAP = "  "
# Words up to this length, as a key's fingerprint is, are left whole: they are there to be compared and copied
_WHOLE = 50
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
    columns = [[row[i] for row in lines] for i in range(len(headers))]
    least = [min(_WHOLE, max(len(word) for cell in cells for word in cell.split() or [""])) for cells in columns]
    widths = _fitted([max(map(_width, cells)) for cells in columns], least, width or _terminal())
    return "\n".join(text for row in lines for text in _row(row, widths))


def counted(number: int, noun: str) -> str:
    """A number and what it counts.

    >>> counted(1, "host"), counted(2, "host")
    ('1 host', '2 hosts')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _terminal() -> int:
    narrowest, widest = _WIDTHS
    return min(max(shutil.get_terminal_size((widest, 0)).columns, narrowest), widest)


def _width(cell: str) -> int:
    return max((len(line) for line in cell.splitlines()), default=0)


def _fitted(widths: list[int], least: Sequence[int], limit: int) -> list[int]:
    """Takes from the column with the most to give until all of them fit, or none has anything left."""
    spare = limit - len(_GAP) * (len(widths) - 1)
    while sum(widths) > spare:
        given = [width - smallest for width, smallest in zip(widths, least, strict=True)]
        if max(given) <= 0:
            break
        widths[given.index(max(given))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    wrapped = [
        [part for line in cell.splitlines() for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for i in range(max(len(lines) for lines in wrapped) or 1):
        parts = (lines[i] if i < len(lines) else "" for lines in wrapped)
        yield _GAP.join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
