"""Korean texts as a game community writes them: every one different, the same ones in every run.

Most words are common; the names of monsters, places and items are many, and used as unevenly as those of a language
(Zipf), so that searches meet both frequent and rare words.
"""

from __future__ import annotations

import random
import re
from itertools import accumulate

_SYLLABLES = (
    "가나다라마바사아자카타하고노도로모보소오조코호구누두루무부수우주쿠후기니디리미비시이지키티히강난담란문별산운정천"
)
NAMES = 4_000
_PLACES = (
    *("동쪽 성채", "물안개 늪", "잿빛 고원", "가라앉은 도서관", "유리 사막", "북쪽 항구"),
    *("버려진 광산", "달빛 정원", "거인의 계단", "침묵의 탑"),
)
_THINGS = (
    *("보스", "무기", "방패", "물약", "강화석", "세이브 파일"),
    *("퀘스트", "업적", "난이도", "패치", "서버", "캐릭터"),
    *("스킬", "반지", "지도", "열쇠", "길드", "레이드"),
)
_TITLES = (
    "{name} 공략: {place} 처음부터 끝까지",
    "{version} 업데이트 정리, {thing} 변경점",
    "{place}에서 {name} 잡는 법",
    "{name} 출시일 공개와 새 {thing}",
    "{thing} 추천 좀 해 주세요, {name} 들고 있어요",
    "겨울 대회 대진표와 {name} 규칙",
)
_SENTENCES = (
    "{place}{에서} {name}{을} 만나면 먼저 {thing}{을} 챙기세요.",
    "{version} 패치 뒤로 {thing} 획득량이 {number}% 늘었어요.",
    "{name}{은} 체력이 절반 아래로 내려가면 {place} 쪽으로 달아나요.",
    "이번 이벤트에서는 {thing}{과} {name} 상자를 함께 받을 수 있습니다.",
    "솔직히 **{thing}(중요)**만 있으면 {number}분 안에 끝나요.",
    "{place} 입구의 상인이 {name}{을} {number} 골드에 팔아요.",
    "공식 발표에 따르면 {name} 서버 점검은 오전 {number}시까지입니다.",
    "회피는 뒤가 아니라 옆으로, 그리고 {thing}{은} 아껴 두세요.",
    "저는 {name} 없이 깼는데 {thing} 덕을 많이 봤어요.",
)
_COMMENTS = (
    "{name} 정보 고마워요. 덕분에 깼어요!",
    "{place}에서는 {thing}{이} 더 낫지 않나요?",
    "{version}에서 막힌 것 같아요. 확인 부탁드려요.",
    "저는 {number}번 만에 성공했어요. {thing} 꼭 챙기세요.",
    "{name}{은} 여전히 너무 세네요.",
)
_PARTICLES = {"을": ("을", "를"), "은": ("은", "는"), "이": ("이", "가"), "과": ("과", "와"), "에서": ("에서", "에서")}
_SLOT = re.compile(r"\{(\w+)\}")


class Korean:
    """Titles, texts and comments, drawn from `seed`."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up texts, no secret
        names: dict[str, None] = {}
        while len(names) < NAMES:
            names["".join(self._random.choices(_SYLLABLES, k=self._random.choice((2, 3, 3, 4))))] = None
        self.names = list(names)
        self._weights = list(accumulate(1 / (rank + 6) for rank in range(NAMES)))

    def title(self) -> str:
        """Of a post, at most 60 characters."""
        return self._filled(_TITLES)[:60]

    def body(self) -> str:
        """Of a post, as Markdown: 3 to 30 sentences, most of them short of ten, with a heading and sometimes a list."""
        paragraphs = [f"## {self.name()}", self._sentences(3)]
        while self._random.random() < 0.5 and len(paragraphs) < 10:
            paragraphs.append(self._sentences(3))
        if self._random.random() < 0.3:
            paragraphs.append("\n".join(f"- {self._random.choice(_THINGS)} {n}개" for n in range(1, 5)))
        return "\n\n".join(paragraphs)

    def comment(self) -> str:
        return self._filled(_COMMENTS)

    def name(self) -> str:
        """Of a monster, a place or an item: a few are everywhere, most are rare."""
        return self._random.choices(self.names, cum_weights=self._weights)[0]

    def query(self) -> str:
        """What somebody searches for: names and common words, alone or together, now and then with a particle."""
        words = [self.name()]
        if self._random.random() < 0.4:
            words.append(self._random.choice(_THINGS).split()[-1])
        if self._random.random() < 0.2:
            words.append(self._random.choice(_PLACES).split()[-1])
        ending = self._random.choice(("", "", "", "을", "에서"))
        return " ".join(words) + ending

    def _sentences(self, count: int) -> str:
        return " ".join(self._filled(_SENTENCES) for _ in range(count))

    def _filled(self, patterns: tuple[str, ...]) -> str:
        words: list[str] = []

        def word(slot: re.Match[str]) -> str:
            if slot[1] in _PARTICLES:
                return _PARTICLES[slot[1]][0 if _ends_in_consonant(words[-1]) else 1]
            words.append(self._word(slot[1]))
            return words[-1]

        return _SLOT.sub(word, self._random.choice(patterns))

    def _word(self, kind: str) -> str:
        chooser = self._random
        match kind:
            case "name":
                return self.name()
            case "place":
                return chooser.choice(_PLACES)
            case "thing":
                return chooser.choice(_THINGS)
            case "version":
                return f"{chooser.randrange(1, 6)}.{chooser.randrange(12)}"
            case _:
                return str(chooser.randrange(2, 60))


def _ends_in_consonant(word: str) -> bool:
    return (ord(word[-1]) - 0xAC00) % 28 != 0
