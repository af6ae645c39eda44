"""Fetch what only this server's services may know, into files in memory: /run is never written to a disk.

Podman keeps a container's environment with it, for root alone: that is why the server's disk is encrypted.

archive-secrets REGION SERVICE=PARAMETER...: each parameter of Systems Manager is a JSON object of variables.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

AT_ONCE = 10  # GetParameters takes no more


def main(region: str, *wanted: str) -> None:
    services = dict(word.split("=", 1) for word in wanted)
    found: dict[str, str] = {}
    client = import_module("boto3").client("ssm", region_name=region)  # of the server's own Python
    names = sorted(set(services.values()))
    for start in range(0, len(names), AT_ONCE):
        answer = client.get_parameters(Names=names[start : start + AT_ONCE], WithDecryption=True)
        if answer["InvalidParameters"]:
            sys.exit("archive-secrets: there are no parameters " + ", ".join(answer["InvalidParameters"]))
        found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
    folder = Path(os.environ["RUNTIME_DIRECTORY"])
    for service, name in services.items():
        lines = [f"{variable}={value}\n" for variable, value in json.loads(found[name]).items()]
        new = folder / f"{service}.env.new"
        new.touch(mode=0o600)
        new.write_text("".join(lines), encoding="utf-8")
        new.replace(folder / f"{service}.env")


if __name__ == "__main__":
    main(*sys.argv[1:])
