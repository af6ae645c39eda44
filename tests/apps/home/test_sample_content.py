"""The sample content: complete, consistent in itself, and taken by the real importers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from archive_chassis import markdown
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.service import find_service
from archive_chassis.testing import KEYS, SITE, public_key_set
from archive_home import sample_content
from archive_home.tables import BOARDS

DURATION = re.compile(r"-P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")
HANGUL = re.compile("[가-힣]")


def read(name: str) -> list[dict[str, Any]]:
    lines = (sample_content.FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def age(duration: str) -> int:
    """In minutes."""
    days, hours, minutes = (
        int(found[1]) if (found := re.search(rf"(\d+){unit}", duration)) else 0 for unit in ("D", "H", "M")
    )
    return (days * 24 + hours) * 60 + minutes


def written(post: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(age of what it answers, comment or answer) for all of a post's, with their replies."""
    pairs: list[tuple[str, dict[str, Any]]] = []
    for top in (*post["comments"], *post.get("answers", [])):
        pairs.append((post["published_at"], top))
        pairs += [(top["at"], reply) for reply in (*top.get("replies", []), *top.get("comments", []))]
    return pairs


ALL = [(board, post) for board in BOARDS for post in read(board)]


def test_there_is_enough_to_look_at() -> None:
    assert all(len(read(board)) >= 12 for board in BOARDS)
    writers = {said["author"]["nickname"] for _board, post in ALL for _at, said in written(post)}
    assert len(writers) >= 12
    assert sum(len(written(post)) for _board, post in ALL) >= 100
    assert sum(any(each["accepted"] for each in post["answers"]) for post in read("qa")) >= 6


@pytest.mark.parametrize(("board", "post"), ALL, ids=lambda value: value if isinstance(value, str) else value["key"])
def test_a_post_is_sound(board: str, post: dict[str, Any]) -> None:
    members = {each["id"]: each["nickname"] for each in read("members")}
    said = written(post)
    for author in (post["author"], *(each["author"] for _at, each in said)):
        assert members[author["id"]] == author["nickname"]
    assert DURATION.fullmatch(post["published_at"])
    for answered, each in said:
        assert DURATION.fullmatch(each["at"])
        assert age(each["at"]) < age(answered), f"an answer before its question: {each['body'][:30]}"
    for body in (post["body"], *(each["body"] for _at, each in said)):
        plain = markdown.plain(markdown.render(body), 10_000)
        assert HANGUL.search(plain)
        assert "**" not in plain, "emphasis that Markdown does not understand"
        assert "||" not in plain
    assert post["body"] == post["body"].strip()
    assert len(post.get("summary", "")) <= 160
    assert sum(each["accepted"] for each in post.get("answers", [])) <= 1
    assert all("example.com" in link for link in re.findall(r"https?://\S+", json.dumps(post))), "no real site"


def test_keys_and_members_are_unique() -> None:
    keys = [(board, post["key"]) for board, post in ALL]
    assert len(set(keys)) == len(keys)
    members = read("members")
    for field in ("id", "nickname", "email"):
        assert len({member[field] for member in members}) == len(members)
    assert all(member["email"].endswith("@example.invalid") for member in members)


def test_the_real_importers_take_it_once(tmp_path: Path) -> None:
    names = ("auth", *BOARDS)
    urls = {name: f"sqlite:///{tmp_path}/{name}.sqlite3" for name in names}
    for name in names:
        upgrade(urls[name], script_directory(find_service(name).versions))
    environ = {
        "PATH": os.environ["PATH"],
        "ARCHIVE_ENVIRONMENT": "dev",
        "ARCHIVE_SITE": " ".join(f"{name}={path}" for name, path in SITE.items()),
        "ARCHIVE_DATA_DIR": str(tmp_path / "data"),
        "ARCHIVE_MAIL_DIR": str(tmp_path / "mail"),
        "ARCHIVE_SECRET_KEY": "s" * 40,
        "ARCHIVE_INTERNAL_TOKEN": "t" * 40,
        "ARCHIVE_SIGNING_KEYS": json.dumps(KEYS),
        "ARCHIVE_VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
        **{f"ARCHIVE_{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
    }
    command = [sys.executable, "-m", "archive_home.sample_content"]
    counts: list[list[int]] = []
    for _ in range(2):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        counts.append([_count(urls["auth"], "member"), *(_count(urls[board], "post") for board in BOARDS)])
    assert counts == [[len(read("members")), *(len(read(board)) for board in BOARDS)]] * 2
    del environ["ARCHIVE_QA_DATABASE_URL"]
    failed = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "ARCHIVE_QA_DATABASE_URL" in failed.stderr


def _count(url: str, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608 - our own names
    engine.dispose()
    return int(found)
