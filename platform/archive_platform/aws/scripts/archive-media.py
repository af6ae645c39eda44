"""Take on the role of each board's pictures, and leave its credentials where the board's containers read them.

The folder is root's alone, in memory. A container sees its own board's part of it, and reads it as whoever it runs as.

archive-media REGION BOARD=ROLE...: each role by its ARN.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

SECONDS = 3600  # the longest for which a role takes on another one (IAM User Guide, "Role chaining")


def main(region: str, *wanted: str) -> None:
    roles = dict(word.split("=", 1) for word in wanted)
    folders = {board: Path(os.environ["RUNTIME_DIRECTORY"]) / board for board in roles}
    for folder in folders.values():  # before anything can fail: without it the board's containers do not start
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    # Of the server's own Python
    config = import_module("botocore.config").Config(
        connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 3}
    )
    client = import_module("boto3").client("sts", region_name=region, config=config)
    errors = import_module("botocore.exceptions")
    failed: list[str] = []
    for board, role in roles.items():
        try:
            taken = client.assume_role(RoleArn=role, RoleSessionName=board, DurationSeconds=SECONDS)["Credentials"]
        except (errors.ClientError, errors.BotoCoreError) as error:
            failed.append(f"archive-media: {board} keeps what it has: {error}")
        else:
            keep(folders[board] / "credentials.json", taken)
    if failed:
        sys.exit("\n".join(failed))


def keep(file: Path, taken: dict[str, Any]) -> None:
    """As a `credential_process` prints them (AWS SDKs and Tools Reference Guide, "Process credential provider")."""
    known = {name: taken[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps({"Version": 1, **known, "Expiration": taken["Expiration"].isoformat()}))
    new.chmod(0o644)
    new.replace(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
