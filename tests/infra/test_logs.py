"""Log files: whole lines, turned over by size."""

from __future__ import annotations

from pathlib import Path

from archive_platform.local.logs import Lines, RotatingLog, indent


def test_a_log_that_grew_too_large_is_turned_over_and_old_ones_go(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", maximum_bytes=100, kept_files=2)
    for number in range(40):
        log.write(f"line {number:02}".encode())
    log.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    kept = "".join((tmp_path / name).read_text() for name in ("a.log.2", "a.log.1", "a.log")).splitlines()
    assert kept == [f"line {number:02}" for number in range(40 - len(kept), 40)]


def test_a_log_goes_on_where_the_former_process_stopped(tmp_path: Path) -> None:
    for text in (b"one", b"two"):
        log = RotatingLog(tmp_path / "a.log")
        log.write(text)
        log.close()
    assert (tmp_path / "a.log").read_text() == "one\ntwo\n"
    assert (tmp_path / "a.log").stat().st_mode & 0o077 == 0


def test_lines_are_put_together_from_pieces_and_overlong_ones_are_cut() -> None:
    lines = Lines(limit=10)
    assert lines.feed(b"one\ntw") == [b"one"]
    assert lines.feed(b"o\n") == [b"two"]
    assert lines.feed(b"x" * 11) == [b"x" * 11]
    assert lines.feed(b"rest") == []
    assert lines.end() == [b"rest"]
    assert lines.end() == []


def test_what_is_shown_of_a_silent_program_says_so() -> None:
    assert indent(["a", "b"]) == "    | a\n    | b"
    assert "it wrote nothing" in indent([])
