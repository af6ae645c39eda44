"""How steps ask the API server: `kube` of drain.sh, with a kubectl that cannot always connect."""

from __future__ import annotations

import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

DRAIN = Path(str(files("archive_platform.onprem") / "scripts" / "drain.sh"))
# Fails as often as the file `failures` has lines, each with its line; notes what it was asked.
KUBECTL = """#!/bin/bash
echo "$*" >> "$STATE/asked"
if read -r said < "$STATE/failures"; then
    sed -i 1d "$STATE/failures"
    echo "$said" >&2
    exit 1
fi
echo "Warning: spoken beside" >&2
echo answer
"""
NOT_CONNECTED = (
    "Unable to connect to the server: net/http: TLS handshake timeout",
    "The connection to the server 10.0.0.100:6443 was refused - did you specify the right host or port?",
    "Unable to connect to the server: dial tcp 10.0.0.100:6443: i/o timeout",
)


def ask(folder: Path, *failures: str) -> tuple[int, str, str, int]:
    """`kube get nodes` with these failures first: exit code, stdout, stderr, how often kubectl was run."""
    (folder / "failures").write_text("".join(f"{line}\n" for line in failures))
    for name, text in {"kubectl": KUBECTL, "sleep": "#!/bin/sh\n"}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    script = f'set -Eeuo pipefail; DRAIN_SECONDS=1 KUBECONFIG_FILE=admin.conf; source "{DRAIN}"; kube get nodes'
    environ = {"PATH": f"{folder}:/usr/bin:/bin", "STATE": str(folder)}
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr, len((folder / "asked").read_text().splitlines())


def test_an_answer_is_passed_on_with_what_was_said_beside_it(tmp_path: Path) -> None:
    assert ask(tmp_path) == (0, "answer\n", "Warning: spoken beside\n", 1)


@pytest.mark.parametrize("said", NOT_CONNECTED)
def test_a_connection_that_does_not_come_about_is_tried_again(tmp_path: Path, said: str) -> None:
    assert ask(tmp_path, said, said) == (0, "answer\n", "Warning: spoken beside\n", 3)


def test_it_is_not_tried_for_ever_and_the_reason_is_told(tmp_path: Path) -> None:
    code, out, err, asked = ask(tmp_path, *[NOT_CONNECTED[0]] * 9)
    assert (code, out, asked) == (1, "", 5)
    assert err == f"{NOT_CONNECTED[0]}\n"


@pytest.mark.parametrize("said", ["Error from server (NotFound): nodes not found", "error: unexpected EOF"])
def test_what_may_have_been_done_is_not_done_again(tmp_path: Path, said: str) -> None:
    assert ask(tmp_path, said) == (1, "", f"{said}\n", 1)
