"""One community to torment: its databases, its processes, and what it begins with."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine, create_engine, insert, text
from tests.browser.community import wait_for
from tests.torture import witness
from tests.torture.injections import Engine as EngineName
from tests.torture.keeper import Spec, Unit
from tests.torture.planted import BUGS, KEY_NOT_UNIQUE, OFFSET_LAST, UNFLUSHED
from tests.torture.servers import Databases, KilledMariaDB, SqliteFiles, wait_for_mariadb
from tests.torture.trigger import Armory, write
from tests.torture.wire import LostAnswerError, SlowAnswerError, Wire

from archive_auth.models import LoginSession
from archive_auth.models import Member as Account
from archive_chassis import clock
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.service import find_service
from archive_chassis.testing import INTERNAL_TOKEN, KEYS, SECRET_KEY, TITLES, public_key_set
from archive_chassis.tokens import Member

PROJECT = Path(__file__).parents[2]
SITE = {"home": "/", "auth": "/auth", "guides": "/guides", "qa": "/qa"}
BOARDS = ("guides", "qa")
#: Two of each: a step that two processes come to at once is a step like any other.
SERVERS, WORKERS = 2, 2
STOP_S, READY_S = 20, 120

#: Who suspends, reinstates and gives roles; and the accounts that this happens to, by their ids.
ADMIN = Member(id=1, nickname="운영자", avatar="", role="admin", verified=True, sid="torture-admin")
ACCOUNTS = range(2, 10)


class Community:
    """The processes of one community on databases of its own, below `folder`."""

    def __init__(self, folder: Path, engine: EngineName, bug: str = "") -> None:
        self.folder = folder
        self.engine = engine
        workers = 1 if bug == OFFSET_LAST else WORKERS  # two would show that bug without being killed
        self.units = ("server", *(f"worker-{number}" for number in range(1, workers + 1)))
        self.databases: Databases = (
            SqliteFiles(folder) if engine == "sqlite" else KilledMariaDB(folder, flushed=bug != UNFLUSHED)
        )
        self.armory = Armory(folder)
        self._engines: dict[str, Engine] = {}
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = int(self._socket.getsockname()[1])
        try:
            self._make_schemas()
            if bug == KEY_NOT_UNIQUE:
                self._drop_keys()
            self._keeper = self._start(bug if bug in BUGS else "")
        except BaseException:
            self.databases.close()
            raise

    def wire(self) -> Wire:
        """A browser of its own."""
        return Wire(self.port)

    def database(self, service: str) -> Engine:
        """A service's database, for the checks. Its connection is a new one after a kill."""
        if service not in self._engines:
            self._engines[service] = create_engine(self.databases.url(service), pool_size=1, pool_pre_ping=True)
        return self._engines[service]

    def group(self, unit: str) -> int:
        """The process group of one of `units`."""
        groups: dict[str, int] = json.loads((self.folder / "groups.json").read_text())
        return groups[unit]

    def wait_until_ready(self) -> None:
        """Until every service answers that its database does too."""
        wire = self.wire()

        def ready() -> bool:
            if self._keeper.poll() is not None:
                raise RuntimeError(f"the keeper has ended:\n{self.last_words()}")
            try:
                return all(wire.get(f"{path.rstrip('/')}/health/ready").status == 200 for path in SITE.values())
            except (LostAnswerError, SlowAnswerError):
                return False

        wait_for(ready, f"the community on {self.engine} (logs: {self.folder})", READY_S)

    def last_words(self) -> str:
        """The ends of the logs."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def close(self) -> None:
        """End everything that was started."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        try:
            self._keeper.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self._socket.close()
        self.databases.close()
        for engine in self._engines.values():
            engine.dispose()

    def _make_schemas(self) -> None:
        for service in SITE:
            url = self.databases.url(service)
            upgrade(url, script_directory(find_service(service).versions))
            with self.database(service).begin() as connection:
                witness.metadata.create_all(connection)
        now = clock.naive_now()
        common = {"language": "ko", "created_at": now, "verified_at": now, "avatar": "", "suspension_reason": ""}
        accounts = [{"id": ADMIN.id, "nickname": ADMIN.nickname, "role": "admin"} | common]
        accounts += [{"id": number, "nickname": f"계정{number}", "role": "member"} | common for number in ACCOUNTS]
        log_in = {"id": ADMIN.sid, "member_id": ADMIN.id, "user_agent": "", "created_at": now, "last_used_at": now}
        with self.database("auth").begin() as connection:
            connection.execute(insert(Account), accounts)
            connection.execute(insert(LoginSession).values(log_in | {"expires_at": now.replace(year=now.year + 1)}))

    def _drop_keys(self) -> None:
        """SQLite cannot do this to a table."""
        for board in BOARDS:
            with self.database(board).begin() as connection:
                for table in ("post", "comment"):
                    connection.execute(text(f"ALTER TABLE {table} DROP INDEX uq_{table}_author_id_submission"))

    def _start(self, bug: str) -> subprocess.Popen[bytes]:
        environment = self._environment()
        arguments = ["--fd", str(self._socket.fileno()), "--workers", str(SERVERS), "--port", str(self.port)]
        log = str(self.folder / "server.log")
        units = [Unit("server", "server", "archive_chassis.serve", arguments, environment, log)]
        for name in self.units[1:]:
            log = str(self.folder / f"{name}.log")
            units.append(Unit(name, "worker", "archive_chassis.worker", [], environment, log))
        path = self.folder / "keeper.json"
        write(path, asdict(Spec(str(self.folder), units, bug)))
        with (self.folder / "keeper.log").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.torture.keeper", str(path)],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[self._socket.fileno()],
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}"
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        own = {
            "ENVIRONMENT": "production",
            "SITE": " ".join(f"{service}={path}" for service, path in SITE.items()),
            "MOUNT": " ".join(SITE),
            "TITLES": json.dumps(TITLES),
            "RELEASE": "torture",
            "PUBLIC_URL": url,
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": SECRET_KEY,
            "SIGNING_KEYS": json.dumps(KEYS),
            "VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
            "INTERNAL_TOKEN": INTERNAL_TOKEN,
            "ORIGINS": " ".join(f"{service}={url}" for service in SITE),
            "MAIL_DIR": str(self.folder / "mail"),
            "LOG_FORMAT": "text",
            "LOG_LEVEL": "WARNING",
        } | {f"{service.upper()}_DATABASE_URL": self.databases.url(service) for service in SITE}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
        return inherited | {"TMPDIR": str(temporary)} | {f"ARCHIVE_{name}": value for name, value in own.items()}


@contextmanager
def running(folder: Path, engine: EngineName, bug: str = "") -> Generator[Community]:
    """A community that answers, until the block ends."""
    community = Community(folder, engine, bug)
    try:
        if isinstance(community.databases, KilledMariaDB):
            wait_for_mariadb(community.databases.server)
        community.wait_until_ready()
        yield community
    finally:
        community.close()
