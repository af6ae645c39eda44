"""What several tests of the servers need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.infra.onprem.inventory import ADDRESSES
from tests.infra.onprem.sshd import Sshd, sshd


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real sshd that stands for ten hosts."""
    with sshd(tmp_path_factory.mktemp("sshd"), ADDRESSES) as running:
        yield running
