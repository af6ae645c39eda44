"""The community's own pages (about, rules, privacy), written in Markdown, one file per language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive_chassis import markdown
from archive_chassis.errors import NotFound

FOLDER = Path(__file__).parent / "texts"
NAMES = ("about", "rules", "privacy")


@dataclass(frozen=True)
class Text:
    """A page: its title and lead in plain text, the rest as HTML."""

    title: str
    lead: str
    html: str


@lru_cache(maxsize=32)
def read(name: str, language: str) -> Text:
    """The page `name` in `language`. NotFound for a name that is none of NAMES.

    A file begins with "# title", a blank line and one line of lead; what follows is the page.
    """
    if name not in NAMES:
        raise NotFound
    title, lead, body = (FOLDER / f"{name}.{language}.md").read_text("utf-8").split("\n\n", 2)
    return Text(title=title.removeprefix("# ").strip(), lead=lead.strip(), html=markdown.render(body))
