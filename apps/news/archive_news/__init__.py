"""The news board: written by editors, commented on by everybody."""

from archive_boards import Board, Category, Field, Labels, board_service

BOARD = Board(
    name="news",
    title="뉴스",
    lead="새 게임과 업데이트, 업계 소식을 전해 드려요.",
    categories=(
        Category("update", "업데이트"),
        Category("release", "출시"),
        Category("event", "행사"),
        Category("tournament", "대회"),
        Category("industry", "업계"),
        Category("hands_on", "체험기"),
        Category("notice", "소식"),
    ),
    labels=Labels(
        write="기사 쓰기",
        edit="기사 수정",
        empty="아직 기사가 없어요",
        empty_text="새 소식이 들어오면 여기에 가장 먼저 올릴게요.",
        body="본문",
    ),
    writers="editors",
    scheduled=True,
    lead_image=True,
    fields=(
        Field("summary", "요약", max_length=160, hint="첫 화면과 검색 결과에 보여요. 비워 두면 본문 첫 부분을 써요."),
        Field("source", "출처", kind="link", max_length=500, hint="원문이 있으면 주소를 적어 주세요."),
    ),
)

service = board_service(BOARD, __name__)
