"""`archive snapshots` and `archive restore` for the lab: python -m tests.lab.restoring SETTINGS.json [SNAPSHOT].

The command line takes its settings from a stack; here they come from a file with the `archive:` keys, so that a test
can change them, and kill this process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.infra.onprem.known import project

from archive_platform.cli.onprem.restore import restore
from archive_platform.cli.onprem.snapshots import snapshots
from archive_platform.config import parse
from archive_platform.config.onprem import OnPrem
from archive_platform.errors import PlatformError


def main(settings: Path, name: str | None = None) -> int:
    """List the snapshots as JSON, or restore the one of that name without asking."""
    known = project(parse(OnPrem, json.loads(settings.read_text())))
    try:
        if name is None:
            return asyncio.run(snapshots(known, as_json=True, verify=True))
        return asyncio.run(restore(known, name, source=None, yes=True))
    except PlatformError as error:
        sys.stderr.write(f"archive: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
