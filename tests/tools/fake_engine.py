"""Stands in for `pulumi` where the commands around it are tested: it keeps a state file and says what an engine says.

Run as a program. Files in the clone direct it: while `hold` is there an update does not end; with `broken` it fails.
"""

import json
import os
import sys
import time
from pathlib import Path

URN = "urn:pulumi:dev::game-archive::archive:local:Service::news"
OUTPUTS = {"url": "http://127.0.0.1:8080", "administrator": "관리자", "administratorPassword": "[secret]"}


def main(arguments: list[str]) -> int:
    state = Path(os.environ.get("PULUMI_BACKEND_URL", "")[7:]) / ".pulumi" / "stacks" / "game-archive" / "dev.json"
    with Path("calls").open("a", encoding="utf-8") as calls:
        calls.write(" ".join(arguments) + "\n")
    match arguments:
        case ["version"]:
            print("v3.999.0")
        case ["stack", "init", *_]:
            state.parent.mkdir(parents=True)
            state.write_text('{"checkpoint": {"latest": {}}}')
        case ["stack", "output", "administratorPassword", "--show-secrets", *_]:
            print("correct horse")
        case ["stack", "output", *_]:
            print(json.dumps(OUTPUTS))
        case [("up" | "destroy") as command, *options]:
            return update(command, Path(options[options.index("--event-log") + 1]), state)
        case _:
            print("what?", arguments)
            return 2
    return 0


def update(command: str, events: Path, state: Path) -> int:
    op = "create" if command == "up" else "delete"
    tell(events, {"resourcePreEvent": {"metadata": {"op": op, "urn": URN, "type": "archive:local:Service"}}})
    while Path("hold").exists():
        time.sleep(0.01)
    if Path("broken").exists():
        print(f"Updating (dev):\n\nDiagnostics:\n  archive:Service (news):\n    error: {Path('broken').read_text()}\n")
        print("Resources:\n    1 errored\n")
        return 255
    tell(events, {"resOutputsEvent": {"metadata": {"op": op, "urn": URN, "type": "archive:local:Service"}}})
    tell(events, {"summaryEvent": {"resourceChanges": {op: 1}}})
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{"urn": URN}] if command == "up" else []}}}))
    return 0


def tell(events: Path, event: dict[str, object]) -> None:
    with events.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
