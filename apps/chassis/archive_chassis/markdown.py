"""Markdown to safe HTML, at write time: a page that is read a thousand times is rendered and cleaned once."""

from __future__ import annotations

import html
import re

import comrak
import nh3

MAX_LENGTH = 100_000
#: Elements within elements, such as quotes of quotes; deeper ones are shown at this depth. The cleaner's time grows
#: with the square of the depth: a text of nothing but ">" would keep it busy for ten seconds.
MAX_DEPTH = 40

_EXTENSIONS = comrak.ExtensionOptions()
_EXTENSIONS.autolink = True
_EXTENSIONS.strikethrough = True
_EXTENSIONS.table = True
_EXTENSIONS.tasklist = True
_EXTENSIONS.spoiler = True
# CommonMark's flanking rules fail where a particle follows a bracket: **강조(중요)**는
_EXTENSIONS.cjk_friendly_emphasis = True
_RENDER = comrak.RenderOptions()
_RENDER.hardbreaks = True  # a line break typed in a post is meant as one
_PARSE = comrak.ParseOptions()

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "blockquote", "span"),
    *("ul", "ol", "li", "a", "img", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "input"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
    "input": {"type", "checked", "disabled"},
    "span": {"class"},
}
_HEADING = re.compile(r"<(/?)h([1-6])>")
_PICTURE = re.compile(r'<img src="([^"<]*)"([^<>]*)>')
# A disabled check box without a label says nothing to a screen reader; a character does.
_CHECK_BOX = re.compile(r"<input [^<>]*>")
_ALT = re.compile(r'alt="([^"]*)"')
_MARKS = re.compile(r"<[^<>]+>")
_ELEMENT = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>")
_WITHOUT_END = frozenset({"br", "hr", "img", "input"})
_SPOILER = re.compile(r'<span class="spoiler">.*?</span>', re.DOTALL)


def render(text: str) -> str:
    """`text` (Markdown with line breaks kept, tables, task lists, ~~strike~~, ||spoiler||) as safe HTML.

    Raw HTML is dropped. Headings begin at h2, since the page's title is the h1. Task lists get ☑ and ☐.
    Links to elsewhere carry rel="nofollow ugc noopener". A picture from elsewhere becomes a link: pages load nothing
    from other sites.
    """
    rendered = comrak.render_markdown(text, _EXTENSIONS, _PARSE, _RENDER)
    cleaned = nh3.clean(
        _below_title(_flattened(rendered)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return _PICTURE.sub(_picture, _CHECK_BOX.sub(lambda found: "☑" if "checked" in found[0] else "☐", cleaned))


def _flattened(rendered: str) -> str:
    """What comrak rendered (every element closed, no markup within attributes) without elements beyond MAX_DEPTH.

    What they hold stays.
    """
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2] in _WITHOUT_END:
            return found[0]
        if found[1]:
            depth -= 1
            return found[0] if depth < MAX_DEPTH else ""
        depth += 1
        return found[0] if depth <= MAX_DEPTH else ""

    return _ELEMENT.sub(kept, rendered)


def _below_title(rendered: str) -> str:
    """Move the headings so that the uppermost is an h2, right below the page's h1, whichever level its writer chose."""
    levels = [int(level) for _slash, level in _HEADING.findall(rendered)]
    shift = 2 - min(levels, default=2)
    return _HEADING.sub(lambda found: f"<{found[1]}h{min(int(found[2]) + shift, 6)}>", rendered)


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name in ("href", "src") and not value:  # what comrak leaves of a dangerous address
        return None
    if tag == "span" and value != "spoiler":
        return None
    if tag == "code" and not re.fullmatch(r"language-[\w+#.-]{1,30}", value):
        return None
    if tag == "input" and name == "type" and value != "checkbox":
        return None
    return value


def _picture(found: re.Match[str]) -> str:
    source, rest = found[1], found[2]
    if source.startswith("/") and not source.startswith("//"):
        return f'<img src="{source}"{rest} loading="lazy">'
    return link_to_picture(source, rest)


def link_to_picture(source: str, attributes: str) -> str:
    """A link in the place of a picture that is not to be loaded. Its parts are as the cleaner wrote them."""
    alt = _ALT.search(attributes)
    return f'<a href="{source}" rel="nofollow ugc noopener">{(alt and alt[1]) or source}</a>'


def plain(rendered: str, length: int) -> str:
    """The first `length` characters of rendered HTML's text on one line, for summaries; a spoiler shows as "…".

    Tags leave no space: a particle follows its emphasis, and blocks are on lines of their own.
    """
    words = html.unescape(_MARKS.sub("", _SPOILER.sub("…", rendered))).split()
    line = " ".join(words)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
