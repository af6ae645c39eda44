"""With the real engine: the salt is kept in the state, never in the tracked config, and secrets stay readable."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.tools.support import PROJECT
from tools.bootstrap import engine, own_state, pulumi_settings
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

CONFIG = '# a comment\nconfig:\n  archive:port: "8080"\n'
PROGRAM = """
import pulumi
pulumi.export("password", pulumi.Output.secret("correct horse"))
pulumi.export("port", pulumi.Config("archive").require_int("port"))
"""

pytestmark = pytest.mark.slow


class Clone:
    """A project of one tiny program, with the environment of this checkout."""

    def __init__(self, root: Path, progress: Progress) -> None:
        self.checkout = Checkout(root)
        (root / "stacks" / "dev").mkdir(parents=True)
        (root / "stacks" / "dev" / "__main__.py").write_text(PROGRAM)
        (root / "Pulumi.yaml").write_text((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
        (root / ".venv").symlink_to(PROJECT / ".venv")
        self.checkout.stack_config.write_text(CONFIG)
        environ = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        found = engine.ensure(Checkout(PROJECT), environ, progress)
        self.environ = pulumi_settings.engine_environment(self.checkout, found, environ)

    def pulumi(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "dev", "--non-interactive"],
            cwd=self.checkout.root,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def clone(tmp_path: Path, progress: Progress) -> Clone:
    return Clone(tmp_path, progress)


def test_no_command_leaves_a_trace_in_the_tracked_config(clone: Clone) -> None:
    created = subprocess.run(
        ["pulumi", "stack", "init", "dev"], cwd=clone.checkout.root, env=clone.environ, capture_output=True, check=False
    )
    assert created.returncode == 0, created.stderr
    for command in (["up", "--yes", "--skip-preview"], ["preview"], ["up", "--yes", "--refresh", "--skip-preview"]):
        done = clone.pulumi(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert clone.checkout.stack_config.read_text() == CONFIG
    assert own_state.has_resources(clone.checkout)
    assert clone.pulumi("stack", "output", "password", "--show-secrets").stdout == "correct horse\n"
    kept = [file.read_text(encoding="utf-8", errors="replace") for file in clone.checkout.archive.rglob("*.json")]
    assert any('"salt":"v1:' in text for text in kept), "the state was looked at"
    assert not any("correct horse" in text for text in kept)

    wrong = clone.pulumi("stack", "output", "password", "--show-secrets", PULUMI_CONFIG_PASSPHRASE="another")
    assert wrong.returncode != 0
    assert "passphrase" in wrong.stderr

    assert clone.pulumi("destroy", "--yes", "--skip-preview").returncode == 0
    assert not own_state.has_resources(clone.checkout)
    assert clone.checkout.stack_config.read_text() == CONFIG


def test_an_encrypted_setting_is_read_by_the_next_command(clone: Clone) -> None:
    subprocess.run(["pulumi", "stack", "init", "dev"], cwd=clone.checkout.root, env=clone.environ, check=True)
    set_secret = clone.pulumi("config", "set", "--secret", "archive:smtpUrl", "smtp://a:b@host")
    assert set_secret.returncode == 0, set_secret.stderr
    assert "smtp://a:b@host" not in clone.checkout.stack_config.read_text()
    assert clone.pulumi("config", "get", "archive:smtpUrl").stdout == "smtp://a:b@host\n"
    assert clone.pulumi("config", "rm", "archive:smtpUrl").returncode == 0
    assert clone.checkout.stack_config.read_text() == CONFIG
