"""A board made by one command in a copy of this checkout serves its pages, with everything that boards have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Run by the copy's own Python: one post, found in the list, the feed, the API and under its tag.
TRY_IT = """
from pathlib import Path
import sys
from archive_chassis import testing
testing.SITE |= {"reviews": "/reviews"}
app = testing.make_app("reviews", testing.make_settings("reviews", Path(sys.argv[1])))
client = testing.new_client(app)
client.login(1, "새벽토끼")
form = {"title": "첫 리뷰", "body": "재밌어요", "category": "tip", "tags": "인디"}
assert client.post("/reviews/write", data=form).status_code == 303
reader = testing.new_client(app)
for path in ("/reviews/", "/reviews/1", "/reviews/feed.atom", "/reviews/?tag=인디", "/reviews/api/v1/posts"):
    answer = reader.get(path)
    assert answer.status_code == 200 and "첫 리뷰" in answer.text, path
assert "Talk about reviews with everybody." in reader.get("/reviews/?lang=en").text
"""


@pytest.mark.slow
def test_a_new_board_serves_its_pages(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    made = _run(
        copy,
        sys.executable,
        "-m",
        "archive_platform.cli.main",
        "new-service",
        "reviews",
        "--title",
        "리뷰",
        "--english",
        "Reviews",
        PYTHONPATH=str(copy / "platform"),
    )
    assert "made     apps/reviews/archive_reviews/__init__.py" in made
    _run(copy, sys.executable, "-c", _SYNC)
    _run(copy, copy / ".venv/bin/python", "-c", TRY_IT, tmp_path)
    assert '"reviews"' in _run(copy, copy / ".venv/bin/python", "-m", "archive_chassis.migrate", "reviews", "--heads")


_SYNC = """
import os
from tools.bootstrap import python_environment
from tools.bootstrap.paths import this_checkout
from tools.bootstrap.progress import Progress
python_environment.sync(this_checkout(), dict(os.environ), Progress())
"""


def _run(folder: Path, *command: object, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVE_", "VIRTUAL_"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
