"""The Q&A board: questions, their answers, and the one that solved it."""

from archive_boards import Board, Category, Labels, board_service

BOARD = Board(
    name="qa",
    title="Q&A",
    lead="혼자 고민하지 마세요. 물어보면 누군가는 알고 있어요.",
    categories=(
        Category("stuck", "막혔어요"),
        Category("system", "시스템"),
        Category("device", "기기·설정"),
        Category("recommend", "게임 추천"),
        Category("find", "게임 찾기"),
        Category("discuss", "이야기"),
    ),
    labels=Labels(
        write="질문하기",
        edit="질문 수정",
        empty="아직 질문이 없어요",
        empty_text="궁금한 것을 가장 먼저 물어보세요.",
        body="질문 내용",
    ),
    answers=True,
)

service = board_service(BOARD, __name__)
