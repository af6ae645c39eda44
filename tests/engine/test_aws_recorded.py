"""What an operator sees who takes the next release: nothing of a released stack is replaced or deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.engine.aws_stack import AwsStack
from tests.engine.recorded_states import PASSPHRASE, Recorded, recorded
from tests.engine.recorded_states.__main__ import record

pytestmark = pytest.mark.slow
KEEPING = {"same", "create", "update"}


def planned(recording: Recorded, folder: Path, **settings: Any) -> dict[str, set[str]]:
    """What a preview would do with which resources, but for what stays."""
    stack = AwsStack(folder, passphrase=PASSPHRASE, **{**recording.settings, **settings})
    stack.take(recording.state)
    result = stack.run("preview", "--json")
    assert result.code == 0, result.text
    steps: dict[str, set[str]] = {}
    for step in json.loads(result.text[result.text.index("{") :])["steps"]:
        if step["op"] != "same":
            steps.setdefault(step["op"], set()).add(step["urn"].rpartition("::")[2])
    return steps


@pytest.mark.parametrize("recording", recorded(), ids=lambda recording: recording.name)
def test_nothing_of_a_release_is_replaced_or_deleted(recording: Recorded, tmp_path: Path) -> None:
    steps = planned(recording, tmp_path)
    assert steps.keys() <= KEEPING, {op: sorted(steps[op]) for op in steps.keys() - KEEPING}


def test_a_recording_is_what_was_there_and_shows_what_would_be_replaced(tmp_path: Path) -> None:
    """The tool and the check, over a state of now: nothing changes, and another block of addresses moves everything."""
    file = record("dev", "now", tmp_path)
    text = file.read_text()
    assert str(tmp_path) not in text
    assert str(Path(__file__).parents[2]) not in text
    kept = json.loads(text)
    recording = Recorded(file.stem, kept["settings"], kept["state"])
    assert planned(recording, tmp_path / "same").keys() <= {"update"}  # where the certificates are
    moved = planned(recording, tmp_path / "moved", network={"cidr": "10.64.0.0/16"})
    assert "network" in moved["replace"]
