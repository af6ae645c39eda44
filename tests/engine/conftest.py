"""Stacks with their own environment and state: a copy of the checkout for a module, a small project for a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine import sshd
from tests.engine.community import STACK, Community, copy_checkout, free_ports
from tests.engine.project import Project
from tools.bootstrap import stack
from tools.bootstrap.paths import Checkout
from tools.bootstrap.progress import Progress

SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Community]:
    """Not up yet; whatever runs of it is ended afterwards."""
    root = tmp_path_factory.mktemp("checkout")
    copy_checkout(SOURCE, root)
    checkout = Checkout(root)
    checkout.prepare()
    # Nothing of the surrounding stack: neither its backend nor its passphrase
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "VIRTUAL_ENV"))}
    made = Community(root, stack.prepare(checkout, environ, Progress()), free_ports())
    try:
        made.well("stack", "init", STACK)
        made.set(port=str(made.port))
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Server]:
    """An OpenSSH server of this machine."""
    with sshd.server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A stack with nothing in it."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)
