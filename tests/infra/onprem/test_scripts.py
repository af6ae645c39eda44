"""All shell text of the steps: shellcheck, and a trap that shellcheck does not know."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.infra.onprem import paper

import archive_platform.onprem
from archive_platform.onprem import load_balancer, node
from archive_platform.onprem.script import Script, assignments, render

SCRIPTS = Path(archive_platform.onprem.__file__).parent / "scripts"
FILES = sorted(SCRIPTS.rglob("*.sh"))

# What cannot be judged from one file of several: names that another file uses or sets.
ACROSS_FILES = ("SC2034", "SC2153", "SC2154")
# In a whole step: functions are called through `change`, which shellcheck takes for unreachable; it takes a local name
# for the same variable in every function; and settings hold programs and templates with a $ that is meant for others.
IN_STEPS = ("SC2317", "SC2128", "SC2178", "SC2179", "SC2016")


def steps() -> dict[str, Script]:
    known = paper.settings()
    hosts = {name: paper.host_of(known, name) for name in paper.HOSTS}
    return {
        **{f"prepare {name}": paper.script(name, known) for name in ("w1", "cp1", "lb1", "s1")},
        **{f"node {name}": node.node(known, hosts[name]) for name in ("w1", "cp1")},
        "cluster": node.cluster(known),
        "loadbalancer": load_balancer.load_balancer(known, hosts["lb1"]),
    }


def _findings(text: str, excluded: tuple[str, ...]) -> str:
    command = ["shellcheck", "--shell=bash", "--format=gcc", f"--exclude={','.join(excluded)}", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_a_file(path: Path) -> None:
    assert _findings(path.read_text(), ACROSS_FILES) == ""


@pytest.mark.parametrize("name", steps())
def test_shellcheck_finds_nothing_in_a_whole_step(name: str) -> None:
    """There it also knows which settings there are, and which of them nobody reads."""
    assert _findings(steps()[name].text, IN_STEPS) == ""


def test_shellcheck_would_find_something() -> None:
    assert "SC2086" in _findings("rm $1", ACROSS_FILES)
    unread = render("prepare", "h1", {"NOBODY_READS_THIS": "x"})
    assert "NOBODY_READS_THIS appears unused" in _findings(unread.text, IN_STEPS)


PIPED = re.compile(r"\|\s*(ensure_|change |item |extra )")


def test_nothing_is_noted_in_a_process_of_its_own() -> None:
    """`text | ensure_file …` works, and what it notes for the answer is lost with the process that ends the pipe."""
    found = [
        f"{path.name}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PIPED.search(line.replace("||", "")) and not line.lstrip().startswith("#")
    ]
    assert found == []
    assert PIPED.search("printf x | ensure_file /etc/x 644 root:root ''")


# The text of a step -------------------------------------------------------------------------------------------------

AWKWARD = [
    "",
    "it's",
    'a "word"',
    "$HOME `id` $(id)",
    "back\\slash",
    "two\nlines\n",
    "*",
    "-n",
    "한국어",
    " blank ",
    "a=b",
]


@pytest.mark.parametrize("value", AWKWARD)
def test_settings_reach_bash_as_they_are(value: str) -> None:
    text = assignments({"ONE": value, "LIST": [value, "x"], "MAP": {value or "empty": value}, "ON": True, "OFF": False})
    text += f'printf \'%s|%s|%s|%s|%s\' "$ONE" "${{LIST[0]}}" "${{MAP[@]}}" "$ON" "$OFF"; unset {"X"}'
    said = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True).stdout
    assert said == f"{value}|{value}|{value}|yes|"


@pytest.mark.parametrize("name", ["lower", "1ST", "A B", "A;id", ""])
def test_only_names_become_variables(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a shell variable"):
        assignments({name: "x"})


def test_secrets_are_in_the_text_and_not_in_the_digest() -> None:
    one, other = (render("prepare", "h1", {"A": "b"}, {"SECRET": secret}) for secret in ("canary", "another"))
    assert "canary" in one.text
    assert one.digest == other.digest
    assert one.digest != render("prepare", "h1", {"A": "c"}, {"SECRET": "canary"}).digest
    assert "canary" not in one.command("apply", sudo=True)
