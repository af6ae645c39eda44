"""The stack of AWS, run by the real engine with a stand-in for the `aws` plugin."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from tests.engine.community import Result, run_engine
from tests.engine.emulator import Emulator
from tests.engine.project import CHECKOUT, STACK, UP, environment

PROGRAM = CHECKOUT / "stacks" / "aws"
DOMAIN = {"name": "archive.example.com", "zoneId": "Z0123456789ABC"}
COMPUTE = {"registry": "registry.example.com", "release": "1.0.0"}
VPN = {"address": "203.0.114.10", "networks": ["10.0.0.0/24"]}
CERTIFICATES = b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"


class AwsStack:
    """stacks/aws with settings and a state of its own.

    With an `account` its resources are moto's, else the stand-in computes what AWS would. A random passphrase encrypts
    its secrets where none is given.
    """

    def __init__(
        self, folder: Path, *, account: Emulator | None = None, passphrase: str | None = None, **settings: Any
    ) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        project = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())
        # Without the toolchain: the environment is the tests' own
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "runtime": "python", "main": str(PROGRAM)}))
        self._environ = environment(folder)
        if passphrase is not None:
            self._environ["PULUMI_CONFIG_PASSPHRASE"] = passphrase
        self.settings: dict[str, Any] = {"domain": DOMAIN, "compute": COMPUTE}
        if account is not None:
            self.settings["aws"] = {"endpoint": account.url}
            self.settings["domain"] = {**DOMAIN, "zoneId": account.hosted_zone(DOMAIN["name"])}
        made = run_engine(("stack", "init", STACK), folder, self._environ)
        assert made.code == 0, made.text
        self._kept = yaml.safe_load(self._file.read_text())
        self.set(**settings)

    def set(self, **settings: Any) -> None:
        self.settings.update(settings)
        database = {"certificates": certificates(), **self.settings.get("database", {})}
        config = {f"archive:{key}": value for key, value in {**self.settings, "database": database}.items()}
        self._file.write_text(yaml.safe_dump({**self._kept, "config": config}))

    def run(self, *arguments: str) -> Result:
        return run_engine((*arguments, "--stack", STACK), self._folder, self._environ)

    def well(self, *arguments: str) -> Result:
        result = self.run(*arguments)
        assert result.code == 0, result.text
        return result

    def up(self) -> Result:
        return self.well(*UP)

    def output(self, name: str) -> Any:
        """An output of the program, in clear."""
        return json.loads(self.well("stack", "output", name, "--show-secrets", "--json").text)

    def exported(self) -> dict[str, Any]:
        """The state as `pulumi stack export` writes it, its secrets encrypted."""
        return json.loads(self.well("stack", "export").text)

    def take(self, exported: Mapping[str, Any]) -> None:
        """Have another stack's state, whose secrets were encrypted under the same passphrase."""
        file = self._folder / "taken.json"
        file.write_text(json.dumps(exported))
        self.well("stack", "import", "--file", str(file))

    def resources(self) -> list[dict[str, Any]]:
        """The state's, with their secrets encrypted."""
        return self.exported()["deployment"].get("resources", [])

    def planned(self) -> set[str]:
        """The kinds of change that a preview foresees, but for what stays."""
        result = self.run("preview", "--json")
        summary = json.loads(result.text[result.text.index("{") :])["changeSummary"]
        return set(summary) - {"same"}

    @property
    def _file(self) -> Path:
        return self._folder / f"Pulumi.{STACK}.yaml"


@cache
def certificates() -> str:
    """Where a server of this process has what stands for the certificates of RDS: tests reach nothing outside."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Certificates)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/bundle.pem"


class _Certificates(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CERTIFICATES)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the engine's own output is what a test reads."""
