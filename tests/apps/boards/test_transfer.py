"""Import and export: all or nothing, and nothing lost on the way."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.apps.boards.conftest import MakeSite
from tests.apps.boards.site import OTHER, Site
from tests.apps.conftest import MakeUrl

from archive_boards.transfer import importing
from archive_boards.transfer.__main__ import main
from archive_boards.transfer.lines import Problem, Rules, parse
from archive_boards.transfer.progress import Progress


def run(site: Site, *arguments: str) -> int:
    url = site.settings.database_url.get_secret_value()
    environ = {f"ARCHIVE_{site.name.upper()}_DATABASE_URL": url, "ARCHIVE_SITE": "news=/news guides=/guides qa=/qa"}
    return main([*arguments, "--board", site.name], environ)


def write(path: Path, *lines: dict[str, Any] | str) -> str:
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return str(path)


def rich(site: Site) -> list[dict[str, Any]]:
    """Posts that use everything the format has."""
    reader = {"id": 5, "nickname": "파도소리", "avatar": "/auth/avatars/5.png", "role": "moderator"}
    gone = {"id": 6, "nickname": "", "role": "left"}
    reply = {"author": reader, "body": "답글 **굵게**", "at": "2026-01-02T03:04:05.678901Z"}
    comments = [
        {"author": gone, "body": "떠난 사람의 말", "at": "2026-01-02T01:00:00Z", "edited_at": "2026-01-02T02:00:00Z"},
        {"author": reader, "body": "", "at": "2026-01-02T03:00:00Z", "removed": True, "replies": [reply, reply]},
    ]
    more: dict[str, Any] = {"comments": comments, "views": 77, "pinned": True, "edited_at": "2026-01-05T00:00:00Z"}
    if site.board.answers:
        more["answers"] = [
            {"author": reader, "body": "틀린 답", "at": "2026-01-02T04:00:00Z"},
            {"author": reader, "body": "맞는 답", "at": "2026-01-02T05:00:00Z", "accepted": True, "replies": [reply]},
        ]
    if site.name == "news":
        more |= {"summary": "한 줄 요약", "source": "https://example.com/"}
    plain = site.line("두 번째 글", published_at="2025-12-31T23:59:59Z")
    return [site.line("첫 글", key="first", published_at="2026-01-01T09:00:00+09:00", **more), plain]


@pytest.mark.parametrize("name", ["news", "guides", "qa"])
def test_what_is_exported_and_imported_is_exported_again_byte_for_byte(
    make_site: MakeSite, database_url: MakeUrl, tmp_path: Path, name: str
) -> None:
    first = make_site(name)
    assert run(first, "import", write(tmp_path / "rich.jsonl", *rich(first))) == 0
    client = first.member(OTHER)
    post_id = first.write(first.admin(), title="직접 쓴 글")
    first.comment(client, post_id, "직접 단 댓글")
    removed = first.write(first.admin(), title="지운 글")
    first.admin().post(f"/{name}/{removed}/delete")
    assert run(first, "export", "--out", str(tmp_path / "one.jsonl")) == 0
    target = Site(name, tmp_path, database_url(f"{name}-again"))
    assert run(target, "import", str(tmp_path / "one.jsonl")) == 0
    assert run(target, "export", "--out", str(tmp_path / "two.jsonl")) == 0
    one = (tmp_path / "one.jsonl").read_bytes()
    assert one == (tmp_path / "two.jsonl").read_bytes()
    assert one.count(b"\n") == 3
    assert "지운 글" not in one.decode()
    assert not list(tmp_path.glob("*.unfinished"))
    target.close()


def test_an_imported_board_is_read_like_any_other(qa: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(qa, "import", write(tmp_path / "rich.jsonl", *rich(qa))) == 0
    assert "qa: 2 posts and 7 comments imported" in capsys.readouterr().out
    page = qa.visitor.get("/qa/1").text
    for text in ("떠난 사람의 말", "삭제된 댓글이에요", "<strong>굵게</strong>", "채택된 답변", "탈퇴한 회원"):
        assert text in page
    assert qa.column("comments", 1) == 4
    assert qa.column("answers", 1) == 2
    published = qa.events("post.published")
    assert [one["data"]["title"] for one in published] == ["첫 글", "두 번째 글"]
    assert published[0]["data"]["comments"] == 6
    assert published[0]["data"]["published_at"] == "2026-01-01T00:00:00Z"
    assert qa.write(qa.member()) == 3


def test_bad_lines_are_all_named_and_nothing_is_imported(
    guides: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = guides.line("좋은 글")
    said = {"author": {"id": 5, "nickname": "파도소리"}, "body": "말", "at": "-PT1M"}
    file = write(
        tmp_path / "bad.jsonl",
        good,
        "",
        "{not json",
        good | {"title": ""},
        good | {"category": "nowhere", "gaem": "오타"},
        good | {"author": {"id": 0, "nickname": "누구"}},
        good | {"comments": [said, said | {"body": "말" * 5001, "replies": [said | {"at": "tomorrow"}]}]},
        good | {"comments": [said | {"body": " "}]},
        good | {"published_at": "2999-01-01T00:00:00Z"},
        good | {"answers": [said]},
        good | {"body": "a\u0000b", "views": -1},
        '{"title": "\\ud800"}',
    )
    assert run(guides, "import", file) == 1
    out, err = capsys.readouterr()
    assert out == ""
    for line in (
        "nothing was imported into guides",
        "line 3: line: Invalid JSON",
        "line 4: title: write a title",
        "line 5: gaem: the board guides has no such field",
        "line 5: category: choose a category (one of: beginner, system",
        "line 6: author.id: ",
        "line 7: comments[1].replies[0].at: is no time",
        "line 8: comments[0].body: write a comment",
        "line 9: published_at: lies in the future",
        "line 10: answers: the board guides has no answers",
        "line 11: views: ",
        "line 12: ",
    ):
        assert line in err
    assert "line 1:" not in err
    assert guides.count("post") == guides.count("comment") == 0
    assert guides.events() == []


def test_only_so_many_bad_lines_are_shown(lite: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lite, "import", write(tmp_path / "bad.jsonl", *(lite.line("") for _ in range(80)))) == 1
    err = capsys.readouterr().err
    assert err.count("write a title") == 50
    assert "there are more" in err


def test_a_failure_in_the_middle_leaves_nothing(
    guides: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "many.jsonl", *(guides.line(f"글 {n}") for n in range(450)))
    seen = 0

    def parse_then_break(raw: bytes, rules: Rules) -> Any:
        nonlocal seen
        seen += 1
        return [Problem("title", "has changed")] if seen > 450 + 300 else parse(raw, rules)

    monkeypatch.setattr(importing, "parse", parse_then_break)
    assert run(guides, "import", file) == 1
    assert "the file changed while it was read" in capsys.readouterr().err
    assert guides.count("post") == 0
    monkeypatch.undo()
    assert run(guides, "import", file) == 0
    assert guides.count("post") == len(guides.events("post.published")) == 450
    assert [one["id"] for one in guides.events()] == list(range(1, 451))


def test_a_line_with_a_known_key_is_skipped(guides: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [guides.line("글 1", key="a"), guides.line("글 2", key="A"), guides.line("글 1 다시", key="a")]
    file = write(tmp_path / "keys.jsonl", *lines)
    assert run(guides, "import", file) == 0
    assert "2 posts and 0 comments imported; 1 skipped, imported before" in capsys.readouterr().out
    assert run(guides, "import", file) == 0
    assert "0 posts and 0 comments imported; 3 skipped" in capsys.readouterr().out
    assert guides.count("post") == 2


def test_a_sample_is_loaded_once(guides: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "sample.jsonl", guides.line("견본", published_at="-P1DT2H"))
    assert run(guides, "import", file, "--sample") == 0
    assert run(guides, "import", file, "--sample") == 0
    assert "guides has posts already" in capsys.readouterr().out
    assert guides.count("post") == 1


def test_categories_may_be_named_by_their_title(lite: Site, tmp_path: Path) -> None:
    assert run(lite, "import", write(tmp_path / "t.jsonl", lite.line("글", category="보스"))) == 0
    assert lite.column("category", 1) == "boss"


def test_wrong_calls_say_what_is_wrong(lite: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--board", "guides"], {}) == 2
    assert "ARCHIVE_GUIDES_DATABASE_URL is not set" in capsys.readouterr().err
    assert main(["export", "--board", "nowhere"], {}) == 2
    assert "no service 'nowhere'" in capsys.readouterr().err
    assert run(lite, "import", str(tmp_path / "missing.jsonl")) == 2
    assert "No such file" in capsys.readouterr().err
    empty = {"ARCHIVE_GUIDES_DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    assert main(["export", "--board", "guides"], empty) == 1
    assert "python -m archive_chassis.migrate guides" in capsys.readouterr().err


def test_the_samples_of_the_project_can_be_imported(make_site: MakeSite, tmp_path: Path) -> None:
    for name in ("news", "guides", "qa"):
        site = make_site(name)
        sample = Path(str(files("archive_home"))) / "sample" / f"{name}.jsonl"
        assert run(site, "import", str(sample), "--sample") == 0
        assert site.count("post") >= 10


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_moves_on_a_terminal_and_is_quiet_when_it_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr("archive_boards.transfer.progress.time.monotonic", lambda: moment[0])
    screen, quick = Terminal(), Terminal()
    progress, short = Progress("importing", 1000, screen), Progress("importing", 10, quick)
    short.advance(10)
    short.finish()
    assert quick.getvalue() == ""
    for _ in range(4):
        moment[0] += 0.25
        progress.advance(125)
    progress.finish()
    assert "importing:  50%  4 lines  4 lines/s" in screen.getvalue()
    assert screen.getvalue().endswith("\n")
