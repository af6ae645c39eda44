"""Rules for passwords, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from archive_auth.services import passwords


def problem(password: str) -> str | None:
    return passwords.problem(password, nickname="SilverRabbit", email="silver.rabbit@example.com")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "열 글자가 넘는 문장이에요", "zxcv-9f!kQ", "가나다라마바사아자차카", "a" * 9 + "bcdefg"],
)
def test_long_passwords_of_any_characters_are_accepted(password: str) -> None:
    assert problem(password) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", passwords.TOO_SHORT),
        ("아홉글자비밀번호다", passwords.TOO_SHORT),
        ("가" * 86, passwords.TOO_LONG),
        ("x" * 257, passwords.TOO_LONG),
        ("1234567890", passwords.TOO_COMMON),
        ("Password123", passwords.TOO_COMMON),
        ("qwertyuiop", passwords.TOO_COMMON),
        ("dkssudgktpdy", passwords.TOO_COMMON),
        ("ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ", passwords.TOO_COMMON),
        ("abababababab", passwords.TOO_COMMON),
        ("1004100410041", passwords.TOO_COMMON),
        ("bcdefghijklmn", passwords.TOO_COMMON),
        ("silverrabbit", passwords.TOO_CLOSE),
        ("silver.rabbit", passwords.TOO_CLOSE),
        ("silver.rabbit@example.com", passwords.TOO_CLOSE),
    ],
)
def test_guessable_passwords_are_refused_with_their_reason(password: str, why: str) -> None:
    assert problem(password) == why


@pytest.mark.parametrize("password", ["1qaz2wsx3edc", "Football123", "iloveyou1234", "letmein1234", "trustno1trustno1"])
def test_passwords_of_known_breaches_are_refused(password: str) -> None:
    """Of 4.2 million with ten characters and more, however they are capitalised; nobody is asked about them."""
    assert problem(password) == problem(password.upper()) == passwords.TOO_COMMON


def test_a_hash_is_argon2id_with_the_parameters_of_owasp() -> None:
    assert passwords.hashed("a long enough one").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_only_the_password_itself_matches() -> None:
    stored = passwords.hashed("a long enough one")
    assert passwords.matches(stored, "a long enough one")
    assert not passwords.matches(stored, "a long enough two")
    assert not passwords.matches("not a hash", "a long enough one")


def test_nobody_has_the_password_of_the_dummy() -> None:
    assert not passwords.matches(None, "the password of nobody")


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hashed("x"))
