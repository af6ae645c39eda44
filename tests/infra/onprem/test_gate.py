"""The gate before an API server, run for real: a server with its gate, and a client in a network of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from tests.infra.onprem.sandbox import in_empty_network

PROGRAM = Path(str(files("archive_platform.onprem") / "scripts" / "gate.sh"))
NETWORK = """
ip link set lo up
unshare --net sleep 60 & other=$!
trap 'kill $other $server' EXIT
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.1; done
ip link add cp1 type veth peer name client netns $other
ip address add 10.0.0.21/24 dev cp1 && ip link set cp1 up
nsenter --target $other --net ip address add 10.0.0.11/24 dev client
nsenter --target $other --net ip link set client up
"$python" -c "$server_program" & server=$!
ask() { curl --silent --insecure --max-time 3 --output /dev/null --write-out '%{http_code} ' https://10.0.0.21:6443/; }
own() { ask || echo "refused $?"; }
others() { nsenter --target $other --net bash -c "$(declare -f ask); ask" || echo "refused $?"; }
until own | grep -q '^[2-5]'; do sleep 0.1; done
"""
# The API server's part: not ready NOT_READY times, from the request AFTER on. The first request is ours.
SERVER = """
import http.server, ssl, subprocess, tempfile
made = tempfile.mkdtemp()
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    "-subj", "/CN=api", "-keyout", f"{made}/key", "-out", f"{made}/certificate"], check=True, capture_output=True)
asked = 0
class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(500 if AFTER <= asked < AFTER + NOT_READY else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("10.0.0.21", 6443), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{made}/certificate", f"{made}/key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def _run(script: str, *, after: int = 0, not_ready: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the script beside an API server. It has `$gate`, and `own` and `others`, which ask from either host."""
    server = SERVER.replace("NOT_READY", str(not_ready)).replace("AFTER", str(after))
    given = f'gate="bash $1" python=$2 server_program=$3\n{NETWORK}'
    return in_empty_network("bash", "-euc", f"{given}\n{script}", "gate", str(PROGRAM), sys.executable, server)


def test_a_closed_gate_refuses_other_hosts_at_once_and_opens_again() -> None:
    done = _run("others; $gate close 0; $gate close 0; others; own; $gate open; $gate open; others")
    assert done.stdout == "200 000 refused 7\n200 200 ", done.stderr


def test_a_gate_that_nobody_opens_opens_by_itself() -> None:
    done = _run("$gate close 0; nft list ruleset")
    assert re.search(r"0\.0\.0\.0/0 timeout 10m", done.stdout), done.stderr


def test_connections_that_stand_are_cut_after_a_moment() -> None:
    """What is being answered is answered; a client that comes back later learns at once that it has to connect anew."""
    client = """
import http.client, ssl, subprocess, sys, time
def connect():
    return http.client.HTTPSConnection("10.0.0.21", 6443, context=ssl._create_unverified_context(), timeout=5)
def ask(connection):
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    print(answer.status)
standing = connect()
ask(standing)
gate = subprocess.Popen(["nsenter", "--target", sys.argv[1], "--net", *sys.argv[2:]])
time.sleep(1)
ask(standing)
try:
    connect().connect()
except ConnectionRefusedError:
    print("refused")
gate.wait()
try:
    ask(standing)
except ConnectionResetError:
    print("cut")
"""
    done = _run(f"nsenter --target $other --net $python -c '{client}' $$ $gate close 2")
    assert done.stdout == "200\n200\nrefused\ncut\n", done.stderr


def test_ready_tells_what_the_server_says() -> None:
    done = _run("$gate ready 10.0.0.21 && echo no; $gate ready 10.0.0.21 && echo yes", after=2, not_ready=1)
    assert done.stdout == "yes\n", done.stderr


@pytest.mark.slow
def test_settle_waits_for_ten_good_answers_in_a_row() -> None:
    """The third answer is bad, so it takes three requests and then ten more, a second apart."""
    done = _run("SECONDS=0; $gate settle 10.0.0.21; echo $? $((SECONDS >= 11))", after=4, not_ready=1)
    assert done.stdout == "0 1\n", done.stderr


@pytest.mark.parametrize("words", ["", "shut", "close", "ready", "settle"])
def test_a_wrong_use_is_explained(words: str) -> None:
    done = subprocess.run(
        ["bash", str(PROGRAM), *words.split()], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0
    assert any(mend in done.stderr for mend in ("close SECONDS", "seconds", "the address of the API server"))
