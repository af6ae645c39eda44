"""The parts of search that need no database: Hangul, particles, queries, terms, matches, snippets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.search.conftest import shown

from archive_chassis.search import hangul, matching, snippets, terms
from archive_chassis.search.conditions import MOST_PARTS, of_typo, of_word
from archive_chassis.search.folding import fold, normalise
from archive_chassis.search.matching import Fit, Match
from archive_chassis.search.particles import stem
from archive_chassis.search.query import LONGEST, MOST_WORDS, Kind, Word, parse


class TestHangul:
    def test_initials_and_keystrokes(self) -> None:
        assert hangul.initials("공략 2부!") == "ㄱㄹ 2ㅂ!"
        assert hangul.keystrokes("왕관") == "ㅇㅗㅏㅇㄱㅗㅏㄴ"
        assert hangul.keystrokes("값 A") == "ㄱㅏㅂㅅ A"
        assert hangul.consonants_apart("ㄳㄹ") == "ㄱㅅㄹ"
        assert [hangul.final(each) for each in "가각값A"] == ["", "ㄱ", "ㅄ", ""]

    @given(st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1))
    def test_initials_stay_in_place(self, text: str) -> None:
        assert len(hangul.initials(text)) == len(text)
        assert set(hangul.initials(text)) <= set(hangul.INITIALS)


class TestParticles:
    @pytest.mark.parametrize(
        ("word", "noun"),
        [
            ("공략을", "공략"),
            ("공략이", "공략"),
            ("지도는", "지도"),
            ("보스들에게서는", "보스"),
            ("퀘스트에서만", "퀘스트"),
            ("콘솔로", "콘솔"),
            ("장비로", "장비"),
            ("게임으로", "게임"),
            ("패드으로", "패드으"),  # 으로 does not follow an open syllable, 로 does
            ("공략를", "공략를"),
            ("레이", "레이"),
            ("가을", "가을"),  # one syllable would be left
            ("마을에", "마을"),
            ("ps5를", "ps5"),
            ("공략입니다", "공략"),
        ],
    )
    def test_only_particles_that_fit_are_taken_off(self, word: str, noun: str) -> None:
        assert stem(word) == noun


class TestFolding:
    def test_one_spelling(self) -> None:
        assert normalise("ＲＴＸ４０８０  공략\r\n①") == "RTX4080 공략 1"
        assert normalise("ㄱㄹ ㅋㅋ") == "ㄱㄹ ㅋㅋ"  # NFKC alone would make them parts of syllables
        assert normalise("공략\x00집\u200b\ud800") == "공략 집"
        assert normalise("\u1100\u1169\u11bc략") == "공략"  # as a Mac sends it
        assert fold("İSTANBUL Σ") == "İstanbul σ"

    @given(st.text())
    def test_folding_keeps_every_place(self, text: str) -> None:
        line = normalise(text)
        assert len(fold(line)) == len(line)
        line.encode()  # no lone surrogate is left
        assert "\x00" not in line


class TestQueries:
    def test_words_tags_and_phrases(self) -> None:
        query = parse('공략을 #보스 tag:초보 "세이브 파일" ㄱㄹ 공ㄹ 2.1 C++ 보스/던전')
        assert query.tags == ("보스", "초보")
        assert query.words == (
            Word("세이브 파일", Kind.PHRASE, "세이브 파일"),
            Word("공략을", Kind.TEXT, "공략"),
            Word("ㄱㄹ", Kind.INITIALS, "ㄱㄹ"),
            Word("공ㄹ", Kind.INITIALS, "공ㄹ"),
            Word("2.1", Kind.TEXT, "2.1"),
            Word("c++", Kind.TEXT, "c++"),
            Word("보스", Kind.TEXT, "보스"),
            Word("던전", Kind.TEXT, "던전"),
        )

    def test_it_is_bounded(self) -> None:
        query = parse(" ".join(f"낱말{number}" for number in range(50)))
        assert len(query.words) <= MOST_WORDS
        assert len(query.typed) <= LONGEST
        assert query.shortened
        assert not parse("보스 공략").shortened
        assert (
            sum(len(of_word(word).every_key()) for word in parse("가나다라마바사아자차카타파하" * 7).words)
            <= MOST_PARTS * 4
        )

    @pytest.mark.parametrize("text", ["", "   ", "!!! ... ???", "😀🎮", "\x00", '""', '"', "#", "_"])
    def test_what_cannot_be_searched_for_is_passed_over(self, text: str) -> None:
        assert parse(text).words == ()

    @given(st.text(max_size=300))
    def test_anything_can_be_taken_apart(self, text: str) -> None:
        for word in parse(text).words:
            of_word(word)
            of_typo(word)
            matching.find(word, fold(normalise(text)), in_head=True)
            matching.similar(word, fold(normalise(text)))


def find(text: str, in_text: str, *, head: bool = True) -> str:
    """What the first word of a query marks."""
    line = normalise(in_text)
    return shown(snippets.marked(line, matching.find(parse(text).words[0], fold(line), in_head=head)))


class TestMatches:
    @pytest.mark.parametrize(
        ("asked", "there", "marked"),
        [
            ("공략", "보스공략을 정리", "보스[공략]을 정리"),
            ("공략을", "공략은 여기, 공략집은 저기", "[공략]은 여기, 공략집은 저기"),
            ("고양이", "고양이와 고양시", "[고양]이와 고양시"),
            ("젤다의전설", "새 젤다의 전설 소식", "새 [젤다의 전설] 소식"),
            ("지도로", "하지 도로", "하지 도로"),  # only from the beginning of a word on
            ("ㄱㄹ", "보스 공략", "보스 [공략]"),
            ("공ㄹ", "공략과 경로", "[공략]과 경로"),
            ("ㅈㄷㅇㅈㅅ", "젤다의 전설", "[젤다의 전설]"),
            ("ㅋㅋ", "ㅋㅋㅋ 쿠키", "[ㅋㅋ]ㅋ [쿠키]"),
            ("ring", "ELDEN RING", "ELDEN [RING]"),
            ("5", "PS5와 15", "PS[5]와 15"),
            ("2.1", "2.1 업데이트, 12.13", "[2.1] 업데이트, 1[2.1]3"),
            ("c++", "C와 C++", "C와 [C++]"),
            ('"새 지역"', "새 지역이 열려요", "[새 지역]이 열려요"),
        ],
    )
    def test_in_heads(self, asked: str, there: str, marked: str) -> None:
        assert find(asked, there) == marked

    @pytest.mark.parametrize(
        ("asked", "there", "marked"),
        [
            ("검", "대검 검 검을 검정", "대검 [검] [검]을 검정"),
            ("ㄱㄹ", "공략 ㄱㄹ", "공략 [ㄱㄹ]"),
        ],
    )
    def test_in_texts(self, asked: str, there: str, marked: str) -> None:
        assert find(asked, there, head=False) == marked

    def test_they_say_how_well_they_fit(self) -> None:
        word = parse("공략").words[0]
        fits = [match.fit for match in matching.find(word, "공략 공략을 공략집 보스공략", in_head=True)]
        assert fits == [Fit.WHOLE, Fit.WHOLE, Fit.BEGINNING, Fit.PART]

    @pytest.mark.parametrize(
        ("asked", "title", "marked"),
        [
            ("젤더", "젤다의 전설", "[젤다]의 전설"),
            ("잴다", "새 젤다", "새 [젤다]"),
            ("젤더의전설", "젤다의 전설", "[젤다의 전설]"),
            ("eldne", "Elden Ring", "[Elden] Ring"),
            ("젤더", "보스 공략", "보스 공략"),
        ],
    )
    def test_nearly_right_titles(self, asked: str, title: str, marked: str) -> None:
        word = parse(asked).words[0]
        assert shown(snippets.marked(title, matching.similar(word, fold(title)))) == marked


class TestTerms:
    def document(self, text: str = "", title: str = "") -> set[bytes]:
        return terms.of_document(terms.Indexed("qa", 3, fold(title), "", (), fold(text)))

    def test_a_text_and_a_title(self) -> None:
        assert {key.decode() for key in self.document(text="대검을 3월 Elden 검은")} == {
            *(
                "b대검",
                "b검을",
                "b검은",
                "e대검",
                "e검을",
                "e검은",
                "u검",
                "w3",
                "u월",
                "teld",
                "tlde",
                "tden",
                "Oqa",
                "A3",
            ),
        }
        assert {
            "B젤다",
            "B다의",
            "E젤다",
            "E다의",
            "X의전",
            "B전설",
            "U전",
            "Cㅈㄷ",
            "Dㅇㅈ",
            "Fㅈㅔㄹㄷㅏ",
            "Fㅈㅔㄹㄷ",
        } <= {key.decode() for key in self.document(title="젤다의 전설")}

    def test_no_key_is_longer_than_its_column(self) -> None:
        keys = terms.of_document(
            terms.Indexed("게시판" * 10, 2**62, "뷁" * 200, "𠀀" * 100, ("태그" * 10,), "궯궯" * 5000 + "𐀀" * 5000)
        )
        assert max(map(len, keys)) <= terms.LONGEST_KEY

    @given(st.text(max_size=80), st.data())
    def test_a_word_s_conditions_are_met_by_every_text_with_it(self, text: str, data: st.DataObject) -> None:
        line = fold(normalise(text))
        words = [word for word in line.split() if word.isalnum()]
        if not words:
            return
        asked = parse(data.draw(st.sampled_from(words)))
        title, body = self.document(title=line), self.document(text=line)
        for word in asked.words:
            needed = of_word(word)
            assert any(all(set(part) & title for part in one) for one in needed.head if one)
            assert any(all(set(part) & body for part in one) for one in needed.text if one)


class TestSnippets:
    def test_it_shows_where_the_words_are_together(self) -> None:
        text = "보스 이야기. " + "그냥 하는 말. " * 30 + "보스 공략을 적습니다. " + "끝말. " * 30
        found = [matching.find(word, text, in_head=False) for word in parse("보스 공략").words]
        line = shown(snippets.snippet(text, found))
        assert "[보스] [공략]을 적습니다." in line
        assert line.startswith("…")
        assert line.endswith("…")
        assert len(line) < snippets.LENGTH + 40

    def test_without_a_match_it_is_the_beginning(self) -> None:
        assert shown(snippets.snippet("처음 " * 100, [[]])).startswith("처음 처음")

    @given(st.text(max_size=400), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9)), max_size=9))
    def test_it_never_loses_or_makes_up_words(self, text: str, places: list[tuple[int, int]]) -> None:
        matches = [Match(s, s + n, Fit.WHOLE) for s, n in places if s + n <= len(text)]
        pieces = snippets.snippet(text, [matches])
        assert "".join(piece.text for piece in pieces).strip("…") in text
        assert "".join(piece.text for piece in snippets.marked(text, matches)) == text


def test_nothing_takes_long_on_hostile_input() -> None:
    """Quadratic or exponential work would take minutes here."""
    texts = ["ㅋ" * 20_000, "가 " * 10_000, "a" * 20_000, "은는이가" * 5_000, "1." * 10_000, "보스" * 10_000]
    asked = [
        "ㅋ" * 99 + "ㅎ",
        "가" * 99 + "나",
        "a" * 99 + "b",
        "은는이가을" * 20,
        "1.1.1." * 16,
        '"보스 ' * 9,
        "보 스 " * 4,
    ]
    started = time.process_time()
    for text in texts:
        terms.of_document(terms.Indexed("qa", 1, text[:200], "", (), text))
        for query in asked:
            for word in parse(query).words:
                found = matching.find(word, text, in_head=True) + matching.find(word, text, in_head=False)
                snippets.snippet(text, [found])
                matching.similar(word, text[:200])
    assert time.process_time() - started < 20
