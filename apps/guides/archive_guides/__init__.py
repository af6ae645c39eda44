"""The guides board: how to get on in a game, by members for members."""

from archive_boards import Board, Category, Field, Labels, board_service

BOARD = Board(
    name="guides",
    title="공략",
    lead="막힐 때 펼쳐 보는 공략집이에요. 먼저 가 본 길을 나눠 주세요.",
    categories=(
        Category("beginner", "입문"),
        Category("system", "시스템"),
        Category("class", "직업·빌드"),
        Category("boss", "보스"),
        Category("raid", "레이드"),
        Category("map", "지도·탐험"),
        Category("practice", "연습"),
    ),
    labels=Labels(
        write="공략 쓰기",
        edit="공략 수정",
        empty="아직 공략이 없어요",
        empty_text="가장 먼저 길을 찾은 사람이 되어 주세요.",
    ),
    fields=(
        Field("game", "게임", max_length=60, required=True, hint="정식 이름으로 적으면 찾기 쉬워요.", shown="badge"),
        Field(
            "difficulty",
            "난이도",
            kind="choice",
            max_length=16,
            required=True,
            choices={"easy": "쉬움", "normal": "보통", "hard": "어려움", "expert": "매우 어려움"},
            shown="beside",
        ),
    ),
    guides=True,
)

service = board_service(BOARD, __name__)
