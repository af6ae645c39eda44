"""What a nickname may be, and when two nicknames look the same."""

from __future__ import annotations

import re
import unicodedata

MIN_LENGTH, MAX_LENGTH = 2, 16

#: Whole Hangul syllables, basic Latin letters, digits and "_". Everything else that could imitate these (Cyrillic and
#: full-width letters, loose jamo, Hangul fillers, zero-width characters) is thereby refused.
_ALLOWED = re.compile(r"[가-힣A-Za-z0-9_]+")
_HAS_LETTER = re.compile(r"[가-힣A-Za-z]")

#: Within that alphabet, what Unicode's confusables (UTS #39) and common fonts do not tell apart, after case folding.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "_": None})
_ALIKE_PAIRS = (("rn", "m"), ("vv", "w"))

#: Names that would pass for the staff or the site: refused anywhere in a nickname.
RESERVED_ANYWHERE = ("운영자", "운영진", "관리자", "관리팀", "운영팀", "게임아카이브", "gamearchive")
#: Refused at either end ("badminton" is a fine nickname).
RESERVED_AT_AN_END = ("admin", "administrator", "moderator", "official", "webmaster")
#: Refused as the whole nickname, whatever digits follow.
RESERVED_WHOLE = (
    *(
        "gm",
        "mod",
        "root",
        "staff",
        "support",
        "system",
        "sysop",
        "master",
        "anonymous",
        "null",
        "undefined",
        "deleted",
    ),
    *(
        "공지",
        "공지사항",
        "고객센터",
        "매니저",
        "마스터",
        "익명",
        "시스템",
        "아카이브",
        "탈퇴회원",
        "탈퇴한회원",
        "알수없음",
    ),
)

SHAPE = "닉네임은 2자에서 16자까지 쓸 수 있어요"
ALPHABET = "완성된 한글, 영문, 숫자, 밑줄(_)만 쓸 수 있어요"
LETTERLESS = "한글이나 영문을 한 글자 이상 넣어 주세요"
RESERVED = "운영진으로 보일 수 있는 닉네임은 쓸 수 없어요"
TAKEN = "이미 쓰고 있거나 아주 비슷한 닉네임이 있어요"


def skeleton(nickname: str) -> str:
    """What a nickname looks like: two with the same skeleton cannot both be members."""
    text = unicodedata.normalize("NFKC", nickname).casefold().translate(_ALIKE)
    for pair, single in _ALIKE_PAIRS:
        text = text.replace(pair, single)
    return text


def problem(nickname: str) -> str | None:
    """Why `nickname` (in NFC) cannot be a member's, or None."""
    return shape_problem(nickname) or (RESERVED if is_reserved(nickname) else None)


def shape_problem(nickname: str) -> str | None:
    """As `problem`, but without the reserved names: an administrator may have one."""
    if not _ALLOWED.fullmatch(nickname):
        return ALPHABET if nickname else "닉네임을 적어 주세요"
    if not MIN_LENGTH <= len(nickname) <= MAX_LENGTH:
        return SHAPE
    return None if _HAS_LETTER.search(nickname) else LETTERLESS


def is_reserved(nickname: str) -> bool:
    """Whether it would pass for the staff or the site."""
    looks = skeleton(nickname)
    without_digits = skeleton(nickname.rstrip("0123456789_"))
    return (
        any(word in looks for word in _ANYWHERE)
        or looks.startswith(_AT_AN_END)
        or looks.endswith(_AT_AN_END)
        or without_digits.endswith(_AT_AN_END)
        or bool({looks, without_digits} & _WHOLE)
    )


_ANYWHERE = tuple(skeleton(word) for word in RESERVED_ANYWHERE)
_AT_AN_END = tuple(skeleton(word) for word in RESERVED_AT_AN_END)
_WHOLE = frozenset(skeleton(word) for word in RESERVED_WHOLE)
