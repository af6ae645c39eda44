"""What the command line asks of the real engine: settings are read, and host keys written, as it keeps them."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.engine.project import environment
from tests.infra.onprem.inventory import inventory
from tests.infra.onprem.known import KnownProject
from tests.infra.onprem.sshd import Sshd

from archive_platform.cli.onprem.trust import trust
from archive_platform.cli.stack import Stack
from archive_platform.config import parse
from archive_platform.config.onprem import OnPrem
from archive_platform.errors import PlatformError

pytestmark = pytest.mark.slow

SETTINGS = """\
config:
  # Comments stay.
  archive:hosts:
    - {name: cp1, address: 10.77.0.11, roles: [control-plane]}
    - {name: cp2, address: 10.77.0.12, roles: [control-plane]}
    - name: cp3
      address: 10.77.0.13
      roles: [control-plane]
      ssh: {port: 2222}
    - {name: lb1, address: 10.77.0.14, roles: [load-balancer]}
    - {name: lb2, address: 10.77.0.15, roles: [load-balancer]}
    - {name: w1, address: 10.77.0.16, roles: [worker]}
  archive:networks: {node: 10.77.0.0/24}
  archive:addresses: {api: 10.77.0.100}
"""
COUNT = SETTINGS.count("name: ")


@dataclass(frozen=True)
class RealStack(Stack):
    """A stack of an engine with state of its own."""

    environ: dict[str, str] = field(default_factory=dict)

    @property
    def _engine(self) -> dict[str, str]:
        return self.environ


@pytest.fixture
def stack(tmp_path: Path, server: Sshd) -> RealStack:
    environ = environment(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
    (tmp_path / "Pulumi.test.yaml").write_text(SETTINGS)
    key = ["config", "set", "--secret", "--path", "archive:ssh.privateKey", "--stack", "test"]
    for arguments, given in ((["stack", "init", "test"], ""), (key, server.private_key)):
        subprocess.run(
            ["pulumi", *arguments], cwd=tmp_path, env=environ, input=given, text=True, check=True, capture_output=True
        )
    return RealStack("test", tmp_path, environ=environ)


def test_learned_keys_are_written_where_they_belong_and_nothing_else_changes(stack: RealStack, server: Sshd) -> None:
    learned = inventory(server)
    settings = learned.model_copy(
        update={"hosts": learned.hosts[:COUNT], "ssh": learned.ssh.model_copy(update={"host_key": None})}
    )
    before = parse(OnPrem, stack.settings, stack.secret_settings)
    assert asyncio.run(trust(KnownProject(stack, settings), yes=True, replaced=[])) == 0  # type: ignore[arg-type]

    fresh = RealStack("test", stack.checkout, environ=stack.environ)
    after = parse(OnPrem, fresh.settings, fresh.secret_settings)
    assert [after.ssh_of(host).host_key for host in after.hosts] == [server.host_key()] * COUNT
    assert after.ssh_of(after.hosts[2]).port == 2222
    after.check_ready()
    assert after.ssh == before.ssh
    text = (stack.checkout / "Pulumi.test.yaml").read_text()
    assert "# Comments stay." in text
    assert "secure: " in text
    assert server.private_key.splitlines()[1] not in text


def test_a_stack_that_is_not_there_is_told_with_its_mend(stack: RealStack) -> None:
    other = RealStack("other", stack.checkout, environ=stack.environ)
    with pytest.raises(PlatformError, match=r"there is no stack other yet. Make it with: pulumi stack init other"):
        _ = other.settings


def test_a_stack_without_outputs_is_not_up(stack: RealStack) -> None:
    with pytest.raises(PlatformError, match="the stack test is not up: run `make up` first"):
        _ = stack.outputs
