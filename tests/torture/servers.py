"""A community's databases: SQLite files, or a MariaDB of its own that is killed and comes back on the same data."""

# The server is prepared as the other tests' is:
# pyright: reportPrivateUsage=false
from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Protocol

from tests import mariadb
from tests.browser.community import wait_for
from tests.mariadb import MariaDB
from tests.ports import free_port

ACCOUNT = "torture"
STOP_S = 30


class Databases(Protocol):
    """Where the services keep their data."""

    def url(self, service: str) -> str:
        """The SQLAlchemy address of a service's own database, which is made if it is not there."""
        ...

    def close(self) -> None: ...


class SqliteFiles:
    """One file per service. A killed process leaves at most a log (WAL) that the next one reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, service: str) -> str:
        return f"sqlite:///{self._folder}/{service}.sqlite3"

    def close(self) -> None:
        pass


class KilledMariaDB:
    """A server that is started again as soon as it dies, and recovers from its redo log.

    Every commit is flushed (`innodb_flush_log_at_trx_commit` = 1): what is acknowledged is on the disk. With `flushed`
    off it is 0, and a killed server forgets up to a second: a bug for the checker to find.
    """

    def __init__(self, folder: Path, *, flushed: bool = True) -> None:
        self._folder = folder
        folder.chmod(0o755)  # the server's account has to come through
        self._data = folder / "mariadb"
        self._data.mkdir()
        self._user = mariadb._prepare(self._data)
        self._flushed = flushed
        self._stopping = False
        self.server = MariaDB(mariadb.HOST, free_port(), ACCOUNT, ACCOUNT, self._data)
        self._process = self._start()
        mariadb._create_administrator(self._process, self._data / "server.sock", self._log, self.server)
        self._known: dict[str, str] = {}
        self._nurse = threading.Thread(target=self._keep, daemon=True)
        self._nurse.start()

    @property
    def _log(self) -> Path:
        return self._folder / "mariadb.log"

    def url(self, service: str) -> str:
        if service not in self._known:
            self._known[service] = self.server.create_schema(f"torture_{service}")
        return self._known[service]

    def close(self) -> None:
        self._stopping = True
        self._process.kill()
        self._nurse.join(STOP_S)

    def _keep(self) -> None:
        while True:
            self._process.wait()
            if self._stopping:
                return
            self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = [
            "--no-defaults",
            f"--datadir={self._data / 'data'}",
            f"--socket={self._data / 'server.sock'}",
            f"--pid-file={self._data / 'server.pid'}",
            f"--port={self.server.port}",
            f"--bind-address={self.server.host}",
            f"--innodb-flush-log-at-trx-commit={1 if self._flushed else 0}",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=16M",
            "--skip-name-resolve",
            "--skip-log-bin",
            *([f"--user={self._user}"] if self._user else []),
        ]
        with self._log.open("ab") as output:
            process = subprocess.Popen([mariadb._program("mariadbd"), *options], stdout=output, stderr=output)
        (self._folder / "database.pid").write_text(str(process.pid))
        return process


def wait_for_mariadb(server: MariaDB, seconds: float = 60) -> None:
    """Until the server takes connections."""

    def answers() -> bool:
        try:
            server.execute("SELECT 1")
        except Exception:
            return False
        return True

    wait_for(answers, "MariaDB", seconds)
