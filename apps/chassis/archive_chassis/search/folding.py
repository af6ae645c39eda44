"""One spelling for what looks the same, in documents and in queries alike."""

from __future__ import annotations

import re
import unicodedata

# NFKC turns the jamo that people type (ㄱ, U+3131) into parts of syllables (U+1100), and would join ㄱ and ㅏ to 가.
_JAMO = re.compile("([ㄱ-ㆎ]+)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """The text on one line in NFKC, but for its single jamo; without control characters. It keeps its capitals."""
    text = _UNSEEN.sub(" ", text)
    if not unicodedata.is_normalized("NFKC", text):
        parts = _JAMO.split(text)
        parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
        text = "".join(parts)
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """A normalised text in lower case, exactly as long: what is found in it stands at the same place in the text."""
    lower = text.lower()
    if len(lower) != len(text):  # İ is the only character that grows
        lower = "".join(small if len(small := character.lower()) == 1 else character for character in text)
    return lower.replace("ς", "σ")  # lower() writes Σ in two ways
