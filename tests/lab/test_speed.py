"""How long the stack takes from bare servers, against the same kubeadm steps typed by hand, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lab import by_hand
from tests.lab.lab import Lab
from tests.lab.site import Site

pytestmark = [pytest.mark.lab, pytest.mark.slow]

# The goal is 1.15, and what was measured is in docs/lab.md. This bound finds work that is cut badly, on noisy machines
# too.
FAR_TOO_SLOW = 1.6


def test_the_stack_takes_about_as_long_as_typing_it(lab: Lab, tmp_path: Path) -> None:
    site = Site(lab, tmp_path)
    site.make_bare()
    typed = by_hand.make_cluster(lab)
    site.make_bare()
    result = site.stack.up()
    site.make_bare()
    print(f"by the stack {result.seconds:.0f} s, by hand {typed:.0f} s: {result.seconds / typed:.2f}")
    assert result.seconds / typed < FAR_TOO_SLOW
