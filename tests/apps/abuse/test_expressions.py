"""Regular expressions, and what else reads text, take time in proportion to it, however hostile it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from tests.apps.abuse.growth import grows_too_fast
from tests.apps.abuse.reading_code import Expression, expressions

from archive_auth.routes.requests import safe_path
from archive_auth.services import emails, nicknames, passwords
from archive_boards import announce, drafts, tags
from archive_boards.guides.contents import with_anchors
from archive_boards.revisions import differences
from archive_chassis import markdown
from archive_chassis.errors import Invalid
from archive_chassis.pagination import Cursor
from archive_chassis.search import matching
from archive_chassis.search.query import parse

pytestmark = pytest.mark.slow

#: Expressions that read HTML which the cleaner has just written: there every element is closed, so a search for its end
#: never goes on to the end of the text. The whole functions are tried below, on what the cleaner makes of hostile text.
ON_CLEAN_HTML = {
    r'<span class="spoiler">.*?</span>',
    r"<h([23])>(.*?)</h\1>",
    r"<[^>]+>",
}
#: Pieces that attackers repeat, beside those that an expression itself looks for.
PIECES = tuple('a가0 \n<"/@.')
_FRAGMENT = re.compile(r'[\w<>="/ .@#:;!*-]{2,40}')


def hostile(pattern: str) -> Iterator[str]:
    """Pieces made of what the expression looks for: whole, cut short, doubled, and with something wrong at the end."""
    yield from PIECES
    plain = re.sub(r"\\(.)", r"\1", re.sub(r"\[[^\]]*\]|\\[swdbSWDB]|\(\?[:!=<]+|[()|?*+^$]|\{[\d,]+\}", " ", pattern))
    fragments = [found.strip() for found in _FRAGMENT.findall(plain) if found.strip()]
    yield from dict.fromkeys(fragments)
    if fragments:
        yield "".join(fragments)
        yield f"{fragments[0]}a"
        yield f"{fragments[0]} {fragments[0]}"
        yield f"{fragments[0]}<"


def use(expression: Expression) -> Callable[[str], object]:
    compiled = re.compile(expression.pattern, expression.flags)
    if isinstance(compiled.pattern, bytes):
        return lambda text: (compiled.findall(text.encode()), compiled.fullmatch(text.encode()))  # type: ignore[arg-type]
    return lambda text: (compiled.findall(text), compiled.fullmatch(text))  # type: ignore[arg-type]


def repeated(piece: str, length: int, end: str = "") -> str:
    return (piece * (length // len(piece) + 1))[:length] + end


@pytest.mark.parametrize("expression", expressions(), ids=lambda one: one.where)
def test_an_expression_takes_time_in_proportion(expression: Expression) -> None:
    pattern = expression.pattern if isinstance(expression.pattern, str) else expression.pattern.decode("latin-1")
    if pattern in ON_CLEAN_HTML:
        return
    for piece in hostile(pattern):
        for end in ("", "!"):
            found = grows_too_fast(use(expression), partial(_text, piece, end))
            assert not found, f"{expression.where} {pattern!r} on {piece!r} …{end!r}: {found}"


def _text(piece: str, end: str, length: int) -> str:
    return repeated(piece, length, end)


def test_exceptions_are_expressions_of_ours() -> None:
    assert {one.pattern for one in expressions()} >= ON_CLEAN_HTML


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"<[^>]+>", r"\s+$", r"^(a|aa)+$"])
def test_an_expression_that_does_not_would_be_seen(pattern: str) -> None:
    planted = Expression("planted", pattern, 0)
    tried = ((piece, end) for piece in hostile(pattern) for end in ("", "!"))
    assert any(grows_too_fast(use(planted), partial(_text, piece, end)) for piece, end in tried)


def cursor(text: str) -> object:
    try:
        return Cursor.decode(text, 2)
    except Invalid:
        return None


def _read(text: str) -> object:
    html = markdown.render(text)
    return markdown.plain(html, 160), with_anchors(html), announce.mentions(text)


WANTED = parse('공략 ㄱㄹ "보스 공략" 젤다의전설 abc a 검 공ㄹ').words
#: What reads what members send.
READERS: dict[str, Callable[[str], object]] = {
    "Markdown, its summary, contents and mentions": _read,
    "tags": tags.parse,
    "a cursor": cursor,
    "a path to go on to": safe_path,
    "an address of mail": emails.normalised,
    "a nickname": lambda text: (nicknames.skeleton(text), nicknames.problem(text)),
    "a password": lambda text: passwords.problem(text, nickname="새벽토끼", email="rabbit@example.com"),
    "a comment": drafts.comment_problem,
    "a search": lambda text: [matching.find(word, text, in_head=True) for word in parse(text).words],
    "a text that is searched": lambda text: [matching.find(word, text, in_head=False) for word in WANTED],
    "a difference": lambda text: differences(text, f"{text[1:]}x"),
}
MARKUP = (
    "> ",
    ">",
    "- ",
    "* a\n",
    "*",
    "**a",
    "_a_ ",
    "[",
    "![",
    "[a](",
    "[a](b",
    "[a](<b",
    "![a](/b.webp",
    "![a](http://e/x)",
    "]",
    "`",
    "``a` ",
    "~~",
    "||",
    "||a",
    "||a||",
    "|",
    "|a",
    "| a |\n|-|\n",
    "# ",
    "## a\n\n",
    "<",
    "<a",
    "<a>",
    "</a>",
    "<!--",
    "<![CDATA[",
    "<?",
    "&",
    "&#",
    "&amp;",
    "\\",
    "\\*",
    "http://a",
    "http://a ",
    "www.a.b ",
    "a@b.c ",
    "@",
    "@가",
    "#태그 ",
    "  \n",
    "\t",
    "1. ",
    "- [x] ",
    "```\n",
    "    a\n",
    "\n\n",
    "[a]: b\n",
    "[a][b] ",
    "a**가(나)**다",
    '<span class="spoiler">',
    '<img src="',
    "<input ",
    "<h2>",
    "💥",
    "\u0301",
    "\u202e",
    "가\u1100",
    "..",
    ".",
    "",
)


@pytest.mark.parametrize("reader", READERS)
def test_what_reads_text_takes_time_in_proportion(reader: str) -> None:
    for piece in filter(None, MARKUP):
        found = grows_too_fast(READERS[reader], partial(_text, piece, "!"))
        assert not found, f"{reader} on {piece!r}: {found}"


def test_deep_markup_ends(tmp_path: object) -> None:
    """Nesting that would overflow a stack: rendered, or flattened, and the process lives."""
    for opening in ("> ", "- ", "*", "**", "[", "![", "||", "~~", "<b>", "(", "1. "):
        html = markdown.render(repeated(opening, 50_000) + "끝")
        assert "끝" in html
