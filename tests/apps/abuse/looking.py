"""What a page is made of, as a browser's parser sees it: elements, attributes, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3
from tests.apps.abuse.hostile import words

#: Where a browser follows or loads an address.
ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "background", "cite", "ping", "manifest"}
)
#: What an address may begin with. Anything else with a colon before a slash is another scheme.
_SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.\-\x09\x0a\x0d]*):", re.IGNORECASE)
_OWN_SCRIPT = re.compile(r"/static/[\w-]+\.js\?v=[0-9a-f]{10}")
_RUNS = frozenset({"script", "style", "iframe", "frame", "object", "embed", "applet", "base", "math", "foreignobject"})
_RUNS_TOO = frozenset({"animate", "set", "link", "meta", "form", "svg", "use", "template", "noscript", "portal"})
#: Event handlers, and what else makes an element do something: asked of a second parser by these names.
_HANDLERS = frozenset(
    f"on{name}"
    for name in words(
        """
        abort animationend animationstart auxclick beforeinput beforetoggle blur canplay change click close copy cut
        dblclick drag dragend dragenter dragleave dragover dragstart drop error focus focusin focusout hashchange
        input invalid keydown keypress keyup load loadeddata loadstart message mousedown mouseenter mouseleave
        mousemove mouseout mouseover mouseup mousewheel pageshow paste play pointerdown pointerenter pointermove
        pointerover pointerrawupdate pointerup popstate reset resize scroll scrollend search select show submit
        toggle touchend touchmove touchstart transitionend transitionrun unload wheel begin end repeat
        """
    )
)
_ACTS = frozenset({"style", "srcdoc", "http-equiv", "formaction", "ping", "autofocus", "accesskey", "srcset"})


@dataclass(frozen=True)
class Element:
    """An element's start: its name, and its attributes."""

    name: str
    attributes: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> tuple[str, frozenset[str]]:
        """What it is without what it says."""
        return self.name, frozenset(name for name, _value in self.attributes)

    def get(self, name: str) -> str | None:
        return dict(self.attributes).get(name)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag.lower(), tuple((name.lower(), value or "") for name, value in attrs)))


def elements(page: str) -> list[Element]:
    """Every element of a page, in its order."""
    parser = _Elements()
    parser.feed(page)
    parser.close()
    return parser.found


def active(page: str) -> Iterator[str]:
    """What in a page would run, or lead to what runs, beside the site's own scripts; nothing for a sound page."""
    for element in elements(page):
        yield from _active(element)
    yield from _seen_by_another_parser(page)


def _active(element: Element) -> Iterator[str]:
    for name, value in element.attributes:
        if name.startswith("on") or name in ("style", "srcdoc"):
            yield f"<{element.name} {name}={value!r}>"
        if name in ADDRESSES and (scheme := _SCHEME.match(value)):
            plain = re.sub(r"[\x00-\x20]", "", scheme[1]).lower()
            if plain not in ("http", "https", "mailto"):
                yield f"<{element.name} {name}={value!r}>"
    if element.name == "script":
        source, kind = element.get("src"), element.get("type")
        is_ours = source is not None and _OWN_SCRIPT.fullmatch(source) and kind == "module"
        if not is_ours and not (source is None and kind == "application/ld+json"):
            yield f"a script: {element.attributes}"
    elif element.name in _RUNS - {"script"}:
        yield f"<{element.name}>"


def _seen_by_another_parser(page: str) -> Iterator[str]:
    """Handlers and addresses as html5ever finds them, which parses as browsers do."""
    seen: list[str] = []

    def note(tag: str, name: str, value: str) -> str | None:
        if name in _HANDLERS or name in ("style", "srcdoc"):
            seen.append(f"<{tag} {name}={value!r}>, says html5ever")
        elif name in ADDRESSES and (scheme := _SCHEME.match(value)):
            plain = re.sub(r"[\x00-\x20]", "", scheme[1]).lower()
            if plain not in ("http", "https", "mailto"):
                seen.append(f"<{tag} {name}={value!r}>, says html5ever")
        return value

    everything = (nh3.ALLOWED_TAGS | _RUNS | _RUNS_TOO | _PLAIN) - {"script", "style"}
    names = _HANDLERS | _ACTS | ADDRESSES
    nh3.clean(
        page,
        tags=everything,
        clean_content_tags=set(),
        attributes={tag: set(names) for tag in everything},
        attribute_filter=note,
        url_schemes={"http", "https", "mailto", "javascript", "data", "vbscript", "file", "blob", "view-source"},
        link_rel=None,
    )
    yield from seen


_PLAIN = frozenset(
    words(
        """
        html head body main header footer nav section article aside form fieldset legend label input select option
        textarea button details summary dialog output progress meter audio video source track picture canvas map
        area ins del time ul ol li dl dt dd title marquee isindex keygen
        """
    )
)


@dataclass
class Structure:
    """The shapes of elements that pages of a site have while nobody means harm."""

    shapes: set[tuple[str, frozenset[str]]] = field(default_factory=set[tuple[str, frozenset[str]]])

    def learn(self, page: str) -> None:
        self.shapes |= {element.shape for element in elements(page)}

    def foreign(self, page: str) -> list[str]:
        """The elements of a page that no innocent page has, nor text written in Markdown."""
        found = {element.shape for element in elements(page)} - self.shapes
        return sorted(f"<{name} {' '.join(sorted(names))}>" for name, names in found if not _is_markdown(name, names))


#: What `archive_chassis.markdown` may make.
_MARKDOWN: dict[str, frozenset[str]] = {
    **dict.fromkeys(("p", "br", "hr", "strong", "em", "del", "blockquote", "ul", "li", "pre"), frozenset[str]()),
    **dict.fromkeys(("table", "thead", "tbody", "tr"), frozenset[str]()),
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), frozenset({"id"})),
    "a": frozenset({"href", "title", "rel"}),
    "img": frozenset({"src", "alt", "title", "loading", "width", "height"}),
    "code": frozenset({"class"}),
    "span": frozenset({"class"}),
    "ol": frozenset({"start"}),
    "th": frozenset({"align"}),
    "td": frozenset({"align"}),
}


def _is_markdown(name: str, names: frozenset[str]) -> bool:
    return name in _MARKDOWN and names <= _MARKDOWN[name]
