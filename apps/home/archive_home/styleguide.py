"""`/styleguide`, in development only: every component of the design system on one page, to look at while building."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue

from archive_chassis import clock, markdown
from archive_chassis.templating import render
from archive_home.front import Post

blueprint = Blueprint("styleguide", __name__)

SAMPLE = """\
게임을 오래 하다 보면 **적어 두고 싶은 것(특히 실수)**이 생겨요. 결말은 ||아직 비밀||이고, ~~옛 정보~~는 지웠어요.

## 준비물

| 물건 | 값 |
|---|---:|
| 솜 귀마개 | 300 |
| 기름 3병 | 90 |

1. 등불까지 걸어가요.
2. `F` 키를 눌러요.

- [x] 지도 챙기기
- [ ] 점심 먹기

> 서두르면 돌아가게 된다.

```python
damage = max(0, debt - coins) * 2
```
"""


@dataclass(frozen=True)
class Comment:
    """What `comment_thread` shows."""

    id: int
    author: str
    html: str
    created_at: datetime
    avatar: str = ""
    edited_at: datetime | None = None
    history: str = ""
    author_href: str = ""
    waiting: bool = False
    restorable: bool = False
    deleted: bool = False
    replies: list[Comment] = field(default_factory=list["Comment"])


@blueprint.get("/styleguide")
def show_styleguide() -> ResponseReturnValue:
    """The components with made-up content."""
    now = clock.naive_now()
    return render("styleguide.html", at=now, posts=_posts(now), comments=_comments(now), sample=markdown.render(SAMPLE))


def _posts(now: datetime) -> list[Post]:
    titles = (
        "짧은 제목",
        "목록에서 두 줄이 될 만큼 긴 제목이 어떻게 보이는지 확인하려고 조금 길게 적어 본 글",
        "Q&A와 <꺾쇠>",
    )
    return [
        Post(
            board="guides",
            title=title,
            summary="요약은 두 줄까지 보여요. " * 4,
            url="/styleguide",
            author="새벽토끼",
            category="입문",
            image="",
            published_at=now - timedelta(hours=9 * place),
            comments=12 * place,
            score=7 * place,
            views=1234 * place,
            hot=0.0,
        )
        for place, title in enumerate(titles)
    ]


def _comments(now: datetime) -> list[Comment]:
    reply = Comment(2, "달빛기사", markdown.render("고맙습니다. 고쳐 둘게요."), now - timedelta(minutes=5))
    first = Comment(1, "느린달팽이", markdown.render("3단계에서 **오른쪽**이 맞나요?"), now, replies=[reply])
    edited = Comment(3, "라면물조절", markdown.render("저도 해 봤어요."), now - timedelta(days=2), edited_at=now)
    return [first, edited, Comment(4, "", "", now, deleted=True)]
