"""What the tests look for in a page besides its words: complaints of the browser, overflow, barriers, and a picture."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page

SCREENSHOTS = Path(__file__).parents[2] / ".test" / "screenshots"
BARRIERS = ("serious", "critical")

_AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


class Complaints(list[str]):
    """What the browser's console said about the pages of a context: errors, warnings of blocked content, exceptions."""

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._exception)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"{message.location.get('url', '')}: {message.text}")

    def _exception(self, error: Error) -> None:
        self.append(f"exception: {error.message}")


def sideways_overflow(page: Page) -> int:
    """How many pixels wider than its window the page is; 0 when it fits."""
    # Not innerWidth: a phone zooms out of a page that is too wide, and innerWidth grows with it.
    width: int = page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
    return max(width, 0)


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical in the page: one line for each rule and element."""
    # evaluate() goes past the page's content security policy, a <script> element would not.
    page.evaluate(_AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in BARRIERS
        for node in rule["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    """Keep a screenshot of the whole page for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    file = re.sub(r"[^0-9a-z가-힣]+", "-", name.lower()).strip("-")
    page.screenshot(path=SCREENSHOTS / f"{file}.png", full_page=True)
