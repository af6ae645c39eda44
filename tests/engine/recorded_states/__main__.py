"""Record the state of stacks/aws as it is now: `python -m tests.engine.recorded_states <release>`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.engine.aws_stack import VPN, AwsStack
from tests.engine.project import CHECKOUT
from tests.engine.recorded_states import FOLDER, PASSPHRASE, SOMEWHERE, Recorded, write

# What is by choice is chosen: what is not in a recording cannot be replaced by mistake unseen
SETTINGS: dict[str, dict[str, Any]] = {
    "dev": {"environment": "dev"},
    "prod": {"environment": "prod", "vpn": VPN, "watch": {"emails": ["operators@example.com"]}},
}


def record(environment: str, release: str, folder: Path = FOLDER) -> Path:
    """Bring a stack up with the stand-in and keep its state."""
    settings = SETTINGS[environment]
    with tempfile.TemporaryDirectory() as scratch:
        stack = AwsStack(Path(scratch) / "stack", passphrase=PASSPHRASE, **settings)
        stack.up()
        folders = {CHECKOUT: SOMEWHERE, Path(sys.prefix): f"{SOMEWHERE}/.venv", Path(scratch): f"{SOMEWHERE}/stack"}
        return write(Recorded(f"{release}-{environment}", settings, stack.exported()), folders, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", help="as in 1.0.0")
    release: str = parser.parse_args().release
    for environment in SETTINGS:
        print(record(environment, release))


if __name__ == "__main__":
    main()
