"""What several tests of the servers need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.infra.onprem import paper
from tests.infra.onprem.inventory import ADDRESSES
from tests.infra.onprem.sandbox import Sandbox
from tests.infra.onprem.sshd import Sshd, sshd


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real sshd that stands for ten hosts."""
    with sshd(tmp_path_factory.mktemp("sshd"), ADDRESSES) as running:
        yield running


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """A bare Debian 12 of paper, whose package sources serve what `prepare` installs."""
    return paper.fill(Sandbox(tmp_path))


@pytest.fixture
def prepared(host: Sandbox) -> Sandbox:
    """The same as a worker, after its first apply."""
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 0, done.said
    return host
