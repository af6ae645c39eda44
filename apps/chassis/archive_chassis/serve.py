"""`python -m archive_chassis.serve`: the services of ARCHIVE_MOUNT behind Granian."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
from typing import Any, cast

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from archive_chassis.metrics import MULTIPROCESS_VARIABLE
from archive_chassis.serving import stop_with
from archive_chassis.settings import Deployment, Settings, SettingsError

GRACE_S = 20
BACKLOG = 1024


class InheritingServer(MPServer):
    """Granian on a listening socket that another process opened, as a supervisor does.

    Granian's own workers each open a socket with SO_REUSEPORT: two servers could then share a port without knowing of
    each other, and the connections that wait in a socket's queue are reset when its worker ends. One inherited socket
    outlives every worker and every release, so nothing is lost when one release follows another.
    """

    def __init__(self, descriptor: int | None, **options: Any) -> None:
        super().__init__("archive_chassis.serving:application", **options)  # pyright: ignore[reportUnknownMemberType] - a type of an extra that is not installed
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        if self._descriptor is None:
            super()._init_shared_socket()
            return
        self._shd = cast(Any, SocketHolder)(self._descriptor, False, BACKLOG)  # granian's stub lacks its constructor
        self._sfd = self._descriptor
        self._sso = socket.socket(fileno=self._descriptor)
        self._sso.set_inheritable(True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="archive_chassis.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fd", type=int, help="the number of a listening socket to serve on, instead of opening one")
    arguments = parser.parse_args()
    try:
        for name in Deployment.load(os.environ).mount:  # a wrong setting is said once, before any worker starts
            Settings.load(name, os.environ)
    except SettingsError as error:
        stop_with(error)
    metrics_folder = tempfile.mkdtemp(prefix="archive-metrics-")
    os.environ[MULTIPROCESS_VARIABLE] = metrics_folder
    try:
        InheritingServer(
            arguments.fd,
            factory=True,
            interface=Interfaces.WSGI,
            address=arguments.host,
            port=arguments.port,
            workers=arguments.workers,
            # One thread per worker: with more, threads take turns at the interpreter lock and the slowest answers get
            # slower, while none gets faster (measured). Scale by processes.
            blocking_threads=1,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACE_S,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        shutil.rmtree(metrics_folder, ignore_errors=True)


if __name__ == "__main__":
    main()
