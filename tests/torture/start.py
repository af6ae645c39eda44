"""`python -m tests.torture.start BUG MODULE …`: a process of the product with a bug of `planted` in it."""

from __future__ import annotations

import importlib
import sys

from tests.torture import planted


def main() -> None:
    _me, bug, module, *arguments = sys.argv
    planted.BUGS[bug]()
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()


if __name__ == "__main__":
    main()
