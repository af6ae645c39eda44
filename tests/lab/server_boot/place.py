"""A network apart from the machine's, with one lab host in it and Amazon's stand-in on its gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.certificates import self_signed
from tests.lab import layout
from tests.lab.conftest import SeparateLab, apart
from tests.lab.server_boot import cloud
from tools.bootstrap.paths import this_checkout

HOST = "w3"


class Cloud:
    """The stand-in for Amazon, which a test can take away and bring back.

    Args:
        folder: what it knows; see `tests.lab.server_boot.cloud`.
        enter: command before others, that runs them in the lab's network.
    """

    def __init__(self, folder: Path, enter: list[str]) -> None:
        self.folder = folder
        self._enter = enter
        self._process: subprocess.Popen[str] | None = None
        folder.mkdir()
        self_signed(folder, "cloud", ",".join(f"DNS:{name}" for name in cloud.HOSTS))

    def start(self) -> None:
        address = [*self._enter, "ip", "address", "replace", f"{cloud.METADATA}/32", "dev", layout.BRIDGE]
        subprocess.run(address, check=True)
        command = [*self._enter, sys.executable, "-m", cloud.__name__, str(self.folder)]
        process = subprocess.Popen(command, cwd=this_checkout().root, stdout=subprocess.PIPE, text=True)
        self._process = process
        assert process.stdout is not None
        assert process.stdout.readline() == "serves\n"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def keep(self, parameters: Mapping[str, str]) -> None:
        """What Systems Manager answers from now on."""
        (self.folder / "parameters.json").write_text(json.dumps(parameters), encoding="utf-8")

    def allow_hops(self, number: int) -> None:
        """How far the metadata service's tokens travel from now on."""
        (self.folder / "hops").write_text(str(number))

    def let_take_on_roles(self, allowed: bool) -> None:
        """Whether the Security Token Service gives credentials from now on."""
        refusal = self.folder / "no-roles"
        refusal.unlink(missing_ok=True) if allowed else refusal.touch()

    def asked(self) -> list[dict[str, Any]]:
        """Every request since the last call, in order."""
        path = self.folder / "requests"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@contextmanager
def place(folder: Path) -> Generator[tuple[SeparateLab, Cloud]]:
    """The lab with `HOST` up, and Amazon; nothing of them stays."""
    with apart(folder / "lab") as lab:
        amazon = Cloud(folder / "cloud", lab.enter)
        try:
            lab.well("up", "--hosts", HOST)
            amazon.start()
            yield lab, amazon
        finally:
            amazon.stop()
            lab.well("down")
