"""Entry point. Old interpreters must still be able to parse this file, to be told what is missing."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this is the one place where an older Python may arrive
    sys.stderr.write(
        "Game Archive needs Python 3.11 or newer; {} is {}.{}. "
        "Install a newer one and name it: make PYTHON=python3.12 up\n".format(sys.executable, *sys.version_info[:2])
    )
    raise SystemExit(1)

from tools.bootstrap.cli import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
