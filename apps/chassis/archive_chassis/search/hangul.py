"""Hangul taken apart: the initial consonants of syllables, and the keystrokes (jamo) that they are typed with."""

from __future__ import annotations

import re

FIRST_SYLLABLE = 0xAC00
LAST_SYLLABLE = 0xD7A3
_FINALS_PER_VOWEL = 28
_SYLLABLES_PER_INITIAL = 21 * _FINALS_PER_VOWEL

#: The parts of a syllable in the order of Unicode, section 3.12: code = (initial * 21 + vowel) * 28 + final.
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

#: Jamo that are typed with two keys. A Korean keyboard joins ㄱ and ㅅ to ㄳ even where no syllable is meant.
PAIRS = {
    "ㅘ": "ㅗㅏ",
    "ㅙ": "ㅗㅐ",
    "ㅚ": "ㅗㅣ",
    "ㅝ": "ㅜㅓ",
    "ㅞ": "ㅜㅔ",
    "ㅟ": "ㅜㅣ",
    "ㅢ": "ㅡㅣ",
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
}

_SYLLABLE = re.compile("[가-힣]")
_CONSONANT_PAIR = re.compile("[ㄳㄵㄶㄺ-ㅀㅄ]")


def is_syllable(character: str) -> bool:
    """Whether it is one whole syllable, as 가 is and ㄱ is not."""
    return FIRST_SYLLABLE <= ord(character) <= LAST_SYLLABLE


def final(syllable: str) -> str:
    """The consonant that closes a syllable; "" for an open one and for what is no syllable."""
    if not is_syllable(syllable):
        return ""
    return FINALS[(ord(syllable) - FIRST_SYLLABLE) % _FINALS_PER_VOWEL].strip()


def initials(text: str) -> str:
    """The text with each syllable replaced by its initial consonant ("공략 2" gives "ㄱㄹ 2"); as long as the text."""
    return _SYLLABLE.sub(lambda found: _INITIAL_OF[(ord(found[0]) - FIRST_SYLLABLE) // _SYLLABLES_PER_INITIAL], text)


def keystrokes(text: str) -> str:
    """The text as the keys that type it: "왕관" gives "ㅇㅗㅏㅇㄱㅗㅏㄴ". Other characters stay."""
    return text.translate(_KEYS)


def consonants_apart(text: str) -> str:
    """Consonants that the keyboard has joined, one by one again: "ㄳ" gives "ㄱㅅ"."""
    return _CONSONANT_PAIR.sub(lambda found: PAIRS[found[0]], text)


class _Keys(dict[int, str]):
    """For `str.translate`: characters by their codes, taken apart when they first come by."""

    def __missing__(self, code: int) -> str:
        keys = self[code] = _keystrokes(chr(code))
        return keys


def _keystrokes(character: str) -> str:
    if not is_syllable(character):
        return PAIRS.get(character, character)
    code = ord(character) - FIRST_SYLLABLE
    vowel = VOWELS[code % _SYLLABLES_PER_INITIAL // _FINALS_PER_VOWEL]
    closing = FINALS[code % _FINALS_PER_VOWEL].strip()
    return INITIALS[code // _SYLLABLES_PER_INITIAL] + PAIRS.get(vowel, vowel) + PAIRS.get(closing, closing)


_INITIAL_OF = tuple(INITIALS)
_KEYS = _Keys()
