"""What pages load of scripts is little, and all of it is our own."""

from __future__ import annotations

import re

import pytest

from archive_chassis.assets import FOLDER

#: All scripts together, as they are written. No page loads all of them.
MOST_BYTES = 30 * 1024

SCRIPTS = sorted(FOLDER.glob("*.js"))
#: What would load code, or run text as code.
FOREIGN = re.compile(r"""\bimport\b|\beval\(|new Function|innerHTML|document\.write|https?://(?!\))[\w.]""")


def test_all_scripts_together_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in SCRIPTS}
    assert {"app.js", "editor.js", "session.js", "shortcuts.js"} <= set(sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_loads_no_other_and_runs_no_text(path: object) -> None:
    assert FOREIGN.findall(getattr(path, "read_text")("utf-8")) == []  # noqa: B009 - pytest's parameters have no type


def test_the_search_for_foreign_code_can_fail() -> None:
    assert FOREIGN.search('import x from "./x.js"')
    assert FOREIGN.search("box.innerHTML = text")
    assert FOREIGN.search('fetch("https://cdn.example/x.js")')
