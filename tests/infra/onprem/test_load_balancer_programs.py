"""The programs that keepalived runs on a load balancer, run for real in a network of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

LISTENERS = ("10.0.0.100:6443", "10.0.0.101:80")
SECONDS = 30

# Stands for Nginx: listens where it is told and answers what it is told. Then it runs the check.
STAGE = """
import json, socket, subprocess, sys, threading
stage = json.loads(sys.argv[1])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for address in {"10.0.0.100", "10.0.0.101"}:
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
kept = []
for listener in stage["listeners"]:
    address, port = listener.split(":")
    kept.append(socket.create_server((address, int(port))))
if stage["answer"] is not None:
    health = socket.create_server(("127.0.0.1", 8081))
    def serve():
        connection, _ = health.accept()
        kept.append(connection)
        if stage["answer"]:
            connection.recv(1000)
            connection.sendall(stage["answer"].encode())
            connection.close()
    threading.Thread(target=serve, daemon=True).start()
done = subprocess.run(stage["command"], capture_output=True, text=True)
print(json.dumps([done.returncode, done.stdout, done.stderr]))
"""
WELL = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n0123456789ab\n"


def program(name: str) -> Path:
    return Path(str(files("archive_platform.onprem") / "scripts" / "loadbalancer" / name))


def check(answer: str | None, listening: tuple[str, ...] = LISTENERS) -> tuple[int, str]:
    """The check's exit code and what it printed.

    Args:
        answer: what Nginx answers; "" when it accepts a connection and says nothing, None when nobody accepts one.
        listening: where it listens.
    """
    command = ["bash", str(program("check-nginx.sh")), *LISTENERS]
    stage = json.dumps({"answer": answer, "listeners": listening, "command": command})
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    inside = ["unshare", *rights, "--net", sys.executable, "-c", STAGE, stage]
    done = subprocess.run(inside, capture_output=True, text=True, timeout=SECONDS, check=True)
    code, said, complaint = json.loads(done.stdout)
    assert complaint == ""
    return code, said


def test_an_nginx_that_answers_and_listens_everywhere_is_well() -> None:
    assert check(WELL) == (0, "0123456789ab\n")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nobody listens"),
        pytest.param("", id="it hangs"),
        pytest.param("HTTP/1.1 500 Internal Server Error\r\n\r\n", id="another status"),
        pytest.param("200 OK\n", id="no HTTP"),
    ],
)
def test_an_nginx_that_does_not_answer_is_not_well(answer: str | None) -> None:
    assert check(answer) == (1, "")


@pytest.mark.parametrize("listening", [(), LISTENERS[:1], LISTENERS[1:], ("10.0.0.100:64430", "10.0.0.101:80")])
def test_an_nginx_that_misses_an_address_is_not_well(listening: tuple[str, ...]) -> None:
    assert check(WELL, listening) == (1, "")


def test_changes_are_written_down_in_their_order_with_their_times(tmp_path: Path) -> None:
    log, journal, pipe = tmp_path / "vrrp.log", tmp_path / "journal", tmp_path / "pipe"
    notify = program("notify.sh").read_text()
    assert "/var/log/archive/vrrp.log" in notify
    here = tmp_path / "notify"
    here.write_text(notify.replace("/var/log/archive/vrrp.log", str(log)))
    logger = tmp_path / "logger"
    logger.write_text(f'#!/bin/bash\nprintf "%s\\n" "$*" >> {journal}\n')
    logger.chmod(0o755)
    os.mkfifo(pipe)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TZ": "UTC"}
    with subprocess.Popen(["bash", here, pipe], env=environ) as running:
        with pipe.open("w") as told:
            for state in ("MASTER", "MASTER_RX_LOWER_PRI", "FAULT"):
                told.write(f'INSTANCE "game-archive" {state} 250\n')
        assert running.wait(SECONDS) == 0
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000"
    assert re.fullmatch(f"{time} game-archive MASTER\\n{time} game-archive FAULT\\n", log.read_text())
    assert [line.split()[-1] for line in journal.read_text().splitlines()] == ["MASTER", "FAULT"]
