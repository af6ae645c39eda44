"""What a nickname may be, and which look alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_auth.services import nicknames


@pytest.mark.parametrize(
    "nickname",
    ["새벽토끼", "토끼", "abc", "Dawn_Rabbit", "롤하는곰2", "badminton", "a1", "가나다라마바사아자차카타파하가나"],
)
def test_ordinary_nicknames_are_accepted(nickname: str) -> None:
    assert nicknames.problem(nickname) is None


@pytest.mark.parametrize(
    ("nickname", "why"),
    [
        ("", "닉네임을 적어 주세요"),
        ("가", nicknames.SHAPE),
        ("a" * 17, nicknames.SHAPE),
        ("1234", nicknames.LETTERLESS),
        ("____", nicknames.LETTERLESS),
        ("새벽 토끼", nicknames.ALPHABET),
        ("rаbbit", nicknames.ALPHABET),  # Cyrillic а
        ("rabbiτ", nicknames.ALPHABET),  # Greek τ
        ("ｒabbit", nicknames.ALPHABET),  # full-width
        ("ㅋㅋㅋ", nicknames.ALPHABET),  # loose jamo
        ("토ㄲㅣ", nicknames.ALPHABET),
        ("토끼\u3164", nicknames.ALPHABET),  # Hangul filler
        ("토끼\u115f", nicknames.ALPHABET),
        ("토\u200b끼", nicknames.ALPHABET),  # zero-width space
        ("토끼\u202e", nicknames.ALPHABET),  # right-to-left override
        ("토끼\u0301", nicknames.ALPHABET),
        ("兎ちゃん", nicknames.ALPHABET),
    ],
)
def test_what_could_imitate_or_hide_is_refused_with_its_reason(nickname: str, why: str) -> None:
    assert nicknames.problem(nickname) == why


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Rabbit", "rabbit"),
        ("lucky", "Iucky"),
        ("lucky", "1ucky"),
        ("Oscar", "0scar"),
        ("modern", "modem"),
        ("wave", "vvave"),
        ("새벽_토끼", "새벽토끼"),
        ("토끼O", "토끼0"),
        ("토끼", unicodedata.normalize("NFD", "토끼")),
        ("rabbit", "ｒabbit"),
    ],
)
def test_look_alikes_share_a_skeleton(first: str, second: str) -> None:
    assert nicknames.skeleton(first) == nicknames.skeleton(second)


@pytest.mark.parametrize(("first", "second"), [("토끼", "도끼"), ("rabbit", "rabbits"), ("곰1", "곰2"), ("각", "가")])
def test_different_names_keep_different_skeletons(first: str, second: str) -> None:
    assert nicknames.skeleton(first) != nicknames.skeleton(second)


@pytest.mark.parametrize(
    "nickname",
    [
        *("운영자", "새벽운영자", "운_영_자", "관리자1", "게임아카이브", "GameArchive", "game_archive", "GarneArchive"),
        *("admin", "Adm1n", "ADMIN7", "theadmin", "admin_kim", "moderator", "GM", "gm12", "r00t"),
        *("익명", "공지", "탈퇴한회원"),
    ],
)
def test_names_of_the_staff_are_reserved(nickname: str) -> None:
    assert nicknames.problem(nickname) == nicknames.RESERVED


@given(st.text(max_size=20))
def test_an_accepted_nickname_is_in_nfc_and_its_skeleton_fits_the_column(text: str) -> None:
    if nicknames.problem(text) is None:
        assert unicodedata.normalize("NFC", text) == text
        assert 0 < len(nicknames.skeleton(text)) <= 64
        assert nicknames.skeleton(nicknames.skeleton(text)) == nicknames.skeleton(text)
