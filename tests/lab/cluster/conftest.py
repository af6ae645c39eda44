"""One cluster for all files of this folder, made by the real engine; the same is typed by hand before it."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.lab import layout
from tests.lab.cluster.first import First, apply
from tests.lab.lab import Lab
from tests.lab.site import Site

HOSTS = (*layout.DEFAULT_HOSTS, "lb3", "cp4", "w3")


@pytest.fixture(scope="package")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """The stack and its hosts; they are bare again when the last test has ended, whatever became of them."""
    lab.up(HOSTS)
    site = Site(lab, tmp_path_factory.mktemp("stack"))
    site.make_bare(HOSTS)
    yield site
    for name in HOSTS:
        lab.join(name)
    site.make_bare(HOSTS)


@pytest.fixture(scope="package")
def first(site: Site) -> First:
    return apply(site)
