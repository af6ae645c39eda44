"""What somebody typed or sent as text, brought into the one form that services keep."""

from __future__ import annotations

import unicodedata

#: Characters that take no room on a page, beside white space: soft hyphens, fillers, joiners. For a class of a regular
#: expression, in Python and in JSON Schema.
INVISIBLE = r"\u00ad\u115f\u1160\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3164\ufeff\uffa0"
#: Decimal digits that always fit a BIGINT.
ID_DIGITS = 18


def nfc(value: str) -> str:
    """Composed: Hangul typed on a Mac arrives in pieces."""
    return unicodedata.normalize("NFC", value)


def one_line(value: str) -> str:
    """NFC, white space as single spaces, none at the ends."""
    return " ".join(nfc(value).split())


def many_lines(value: str) -> str:
    """NFC, "\\n" line ends, no white space at the end."""
    return nfc(value).replace("\r\n", "\n").replace("\r", "\n").rstrip()


def whole_number(value: str) -> int | None:
    """A number from 0 that a row's id can be, such as "12"; None for any other text."""
    return int(value) if value.isdecimal() and len(value) <= ID_DIGITS else None
