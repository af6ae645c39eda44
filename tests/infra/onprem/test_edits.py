"""Our lines in files of the operator's."""

from __future__ import annotations

import pytest
from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.onprem.script import render

PATH = "etc/some"
BLOCK = "# BEGIN archive x\none\ntwo\n# END archive x\n"


def _run(host: Sandbox, command: str, verb: str = "apply") -> Outcome:
    text = render("edits", "h1", {}).text.replace('main "$@"', f"main() {{ begin $1; {command}; answer; }}; main $1")
    done = host.run_text(text, verb)
    assert done.code == 0, done.said
    return done


def _block(host: Sandbox, lines: str, verb: str = "apply") -> Outcome:
    return _run(host, f"ensure_block /{PATH} x < <(printf '{lines}')", verb)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, BLOCK),
        ("", BLOCK),
        ("mine\n", f"mine\n{BLOCK}"),
        ("mine without an end", f"mine without an end\n{BLOCK}"),
        (f"mine\n{BLOCK}yours\n", f"mine\n{BLOCK}yours\n"),
        ("mine\n# BEGIN archive x\nold\n# END archive x\nyours\n", f"mine\nyours\n{BLOCK}"),
        (f"{BLOCK}mine\n{BLOCK}", f"mine\n{BLOCK}"),
        ("mine\n# BEGIN archive x\none\nyours\n", f"mine\none\nyours\n{BLOCK}"),
        ("# END archive x\nmine\n", f"# END archive x\nmine\n{BLOCK}"),
        ("# BEGIN archive y\none\n# END archive y\n", f"# BEGIN archive y\none\n# END archive y\n{BLOCK}"),
        ("tab\tand \\ and trailing  \n", f"tab\tand \\ and trailing  \n{BLOCK}"),
    ],
)
def test_our_lines_are_there_and_the_others_still_are(host: Sandbox, before: str | None, after: str) -> None:
    if before is not None:
        host.write(PATH, before)
    _block(host, "one\\ntwo\\n")
    assert host.read(PATH) == after
    assert _block(host, "one\\ntwo\\n", "plan").changes == []


def test_without_lines_there_is_no_block(host: Sandbox) -> None:
    host.write(PATH, f"mine\n{BLOCK}yours\n", 0o640)
    _block(host, "")
    assert host.read(PATH) == "mine\nyours\n"
    assert (host.root / PATH).stat().st_mode & 0o777 == 0o640


def test_nothing_is_made_for_no_lines(host: Sandbox) -> None:
    _block(host, "")
    assert not host.has(PATH)


def test_a_plan_only_tells(host: Sandbox) -> None:
    host.write(PATH, "mine\n")
    assert _block(host, "one\\n", "plan").changes == [f"write our part of /{PATH}"]
    assert host.read(PATH) == "mine\n"


def test_links_replace_whatever_is_there(host: Sandbox) -> None:
    host.write(PATH, "a file\n")
    assert _run(host, f"ensure_link /{PATH} target", "plan").changes == [f"link /{PATH} to target"]
    _run(host, f"ensure_link /{PATH} target")
    assert (host.root / PATH).readlink().as_posix() == "target"
    assert _run(host, f"ensure_link /{PATH} target", "plan").changes == []


def test_lines_out_of_use_come_back_as_they_were(host: Sandbox) -> None:
    before = "keep\ndrop / and # and & \\1\n# drop, a comment already\n"
    host.write(PATH, before)
    _run(host, f"ensure_lines_out /{PATH} '^drop'")
    assert host.read(PATH).splitlines()[1] == "# put out of use by archive: drop / and # and & \\1"
    assert _run(host, f"ensure_lines_out /{PATH} '^drop'", "plan").changes == []
    _run(host, f"ensure_lines_back /{PATH}")
    assert host.read(PATH) == before
