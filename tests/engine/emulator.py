"""moto's server in a process of its own: AWS as far as it goes, for the life of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.providers.aws.emulated.account import Account
from tests.engine.providers.aws.functions import IMAGE
from tests.ports import free_port

REGION = "ap-northeast-2"
DEADLINE_SECONDS = 60
# The only image: a list of moto's own has hundreds, and takes seconds
_IMAGE = {
    "ami_id": IMAGE,
    "name": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server",
    "description": "Ubuntu 24.04",
    "owner_id": "099720109477",
    "public": True,
    "virtualization_type": "hvm",
    "architecture": "arm64",
    "state": "available",
    "platform": None,
    "image_type": "machine",
    "hypervisor": "xen",
    "root_device_name": "/dev/sda1",
    "root_device_type": "ebs",
    "sriov": "simple",
    "creation_date": "2026-01-01T00:00:00.000Z",
}


@dataclass(frozen=True)
class Emulator:
    """A running server, with an account that nobody else uses."""

    url: str
    account: Account

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """What an operator with another program does to the account."""
        return self.account.call(service, operation, **parameters)

    def hosted_zone(self, name: str) -> str:
        """Make a zone, as whoever owns the name has done; its id, which begins with Z as all of AWS's do."""
        for attempt in range(1000):  # moto's begin with any letter or digit
            answer = self.call("route53", "create_hosted_zone", Name=name, CallerReference=f"{name}-{attempt}")
            id_ = answer["HostedZone"]["Id"].removeprefix("/hostedzone/")
            if id_.startswith("Z"):
                return id_
            self.call("route53", "delete_hosted_zone", Id=id_)
        raise AssertionError("of a thousand zones none has an id that begins with Z")


@contextmanager
def emulator(folder: Path) -> Generator[Emulator]:
    """Raises:
    AssertionError: the server does not answer in time; the message has what it said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images, log, port = folder / "images.json", folder / "moto.log", free_port()
    images.write_text(json.dumps([_IMAGE]))
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
        "MOTO_AMIS_PATH": str(images),
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # a role may be given one of AWS's own
    }
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-p", str(port)], env=environ, stdout=output, stderr=output
        )
        try:
            _wait(server, f"{url}/moto-api/", log)
            yield Emulator(url, Account(url, REGION))
        finally:
            server.terminate()
            server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"moto's server does not answer at {address}:\n{log.read_text()[-2000:]}")
