"""The first apply of the cluster, and the same typed by hand."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from tests.lab import by_hand
from tests.lab.site import Site, seen_arguments
from tests.lab.stack import Run


@dataclass
class First:
    """The first apply, and what was seen of it.

    Attributes:
        typed: how many seconds the same kubeadm steps took when they were typed on the same hosts just before.
        arguments: those of all processes of this machine and its hosts while it ran.
    """

    result: Run
    typed: float
    arguments: set[bytes]


def apply(site: Site) -> First:
    """Both, each from bare hosts."""
    with seen_arguments():  # which takes its part of the processors, from either
        typed = by_hand.make_cluster(site.lab)
    site.make_bare()
    with seen_arguments() as arguments:
        # As short as a command that a step runs may be, and still long enough to be looked at
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)", "planted-canary"], check=True)
        result = site.stack.up()
    return First(result, typed, arguments)
