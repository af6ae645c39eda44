"""What a user sees while something takes its time."""

from __future__ import annotations

import io

import pytest
from tests.tools import support
from tools.bootstrap import progress as progress_module
from tools.bootstrap.progress import Progress, seconds


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds become a moment."""
    monkeypatch.setattr(progress_module, "ANNOUNCE_AFTER", 0.05)
    monkeypatch.setattr(progress_module, "REPEAT_EVERY", 0.05)
    monkeypatch.setattr(progress_module, "REDRAW_EVERY", 0.01)


def test_a_quick_step_shows_its_result_or_nothing(screen: io.StringIO, progress: Progress) -> None:
    with progress.step("Looking"):
        pass
    assert screen.getvalue() == ""
    with progress.step("Python environment") as step:
        step.result = "ready"
    assert screen.getvalue() == "✓ Python environment: ready\n"


@pytest.mark.usefixtures("hurry")
def test_a_long_step_is_announced_and_heard_of_again(screen: io.StringIO, progress: Progress) -> None:
    with progress.step("Engine") as step:
        step.detail = "compiled 1 of 9 packages"
        support.wait_for(lambda: "… Engine, 0 s: compiled 1 of 9" in screen.getvalue(), "the announcement")
        step.detail = "linking"
        support.wait_for(lambda: ": linking\n" in screen.getvalue(), "the second line")
    assert screen.getvalue().endswith("✓ Engine\n")
    assert "\x1b" not in screen.getvalue()


@pytest.mark.usefixtures("hurry")
def test_a_terminal_gets_one_line_that_is_wiped_for_the_result(screen: io.StringIO) -> None:
    progress = Progress(screen, interactive=True)
    with progress.step("Engine"), progress.step("Environment"):
        support.wait_for(lambda: "Engine" in screen.getvalue() and "Environment" in screen.getvalue(), "the live line")
        assert "\n" not in screen.getvalue()
        progress.note("A note that stays.")
    assert "\r\x1b[KA note that stays.\n" in screen.getvalue()


def test_a_failure_is_marked_unless_another_way_follows(screen: io.StringIO, progress: Progress) -> None:
    with pytest.raises(ValueError, match="no"), progress.step("Optional", optional=True):
        raise ValueError("no")
    assert screen.getvalue() == ""
    with pytest.raises(ValueError, match="no"), progress.step("Engine"):
        raise ValueError("no")
    assert screen.getvalue() == "✗ Engine (0 s)\n"


def test_a_terminal_without_unicode_gets_words() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        progress = Progress(stream, interactive=False)
        with progress.step("Engine") as step:
            step.result = "준비"
        stream.flush()
        assert raw.getvalue() == b"done: Engine: ??\n"


@pytest.mark.parametrize(("duration", "text"), [(0.4, "0 s"), (59.4, "59 s"), (192, "3 min 12 s")])
def test_durations_read_well(duration: float, text: str) -> None:
    assert seconds(duration) == text
