"""Korean particles at the end of a word: "공략을" is "공략" and "을".

A particle is taken off only where it can stand: 은, 이, 을 and 과 follow a closed syllable, 는, 가, 를 and 와 an open
one, 로 an open one or ㄹ (National Institute of Korean Language, Standard Korean Grammar). So "고양이" loses its last
syllable and "레이" does not. Endings of verbs are no particles; the few forms of 이다 that people ask with are.
"""

from __future__ import annotations

import re

from archive_chassis.search.hangul import final, is_syllable

_AFTER_CLOSED = ("은", "이", "을", "과", "이랑", "이나", "이라도", "이라는", "이라고", "이란", "이에요", "이고", "이며")
_AFTER_OPEN = ("는", "가", "를", "와", "랑", "라도", "라는", "라고", "예요")
_AFTER_OPEN_OR_L = ("로", "로는", "로도")
_AFTER_CLOSED_NOT_L = ("으로",)
_ANYWHERE = (
    *("의", "에", "에서", "에게", "에게서", "한테", "한테서", "께", "께서", "도", "만", "까지", "부터", "보다", "처럼"),
    *(
        "마다",
        "밖에",
        "조차",
        "마저",
        "하고",
        "대로",
        "만큼",
        "들",
        "뿐",
        "끼리",
        "입니다",
        "인데",
        "인가요",
        "인가",
        "인지",
    ),
)

#: Particles pile up: "보스들에게서는" has four.
MOST = 4
#: What is left of a word must still mean something: one syllable ("가" of "가을") does not.
SHORTEST_STEM = 2

_PARTICLES = sorted(
    {*_AFTER_CLOSED, *_AFTER_OPEN, *_AFTER_OPEN_OR_L, *_AFTER_CLOSED_NOT_L, *_ANYWHERE},
    key=lambda one: (-len(one), one),
)

#: What may follow a noun up to the end of its word: nothing, or particles.
TAIL = re.compile(rf"(?:{'|'.join(_PARTICLES)}){{0,{MOST}}}(?![가-힣])")


def stem(word: str) -> str:
    """The word without its particles; the word itself when it has none or too little would be left."""
    for _ in range(MOST):
        shorter = _without_last(word)
        if shorter is None:
            break
        word = shorter
    return word


def _without_last(word: str) -> str | None:
    for particle in _PARTICLES:
        if word.endswith(particle):
            rest = word[: -len(particle)]
            if len(rest) >= SHORTEST_STEM and _may_follow(rest[-1], particle):
                return rest
    return None


def _may_follow(last: str, particle: str) -> bool:
    """Whether a particle can stand behind a word that ends so; behind letters and digits any can."""
    if not is_syllable(last) or particle in _ANYWHERE:
        return True
    closing = final(last)
    if particle in _AFTER_CLOSED:
        return closing != ""
    if particle in _AFTER_CLOSED_NOT_L:
        return closing not in ("", "ㄹ")
    if particle in _AFTER_OPEN_OR_L:
        return closing in ("", "ㄹ")
    return closing == ""
