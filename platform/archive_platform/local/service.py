"""A running service: a supervised process group that is there when `/health/ready` answers with this very release."""

from __future__ import annotations

import hmac
import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from archive_platform import naming
from archive_platform.errors import ServiceError
from archive_platform.local import handover, readiness, record
from archive_platform.local.folders import Folders
from archive_platform.local.logs import indent
from archive_platform.local.processes import end_leftovers
from archive_platform.local.programs import base_environment
from archive_platform.local.spec import LISTENER, MARK, STOP_SECONDS, Program, Spec, mark
from archive_platform.provider import Props, Provider, outputs

RELEASE_CHARACTERS = 16
UNREADY = "unready"
MARGIN_SECONDS = 5.0


class ServiceProvider(Provider):
    required = ("code", "environment", "host", "port", "ready", "workers", "home")

    def create(self, props: Props) -> CreateResult:
        return CreateResult(props["service"], _start(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        return UpdateResult(_start(_news))

    def drift(self, olds: Props, news: Props) -> bool:
        del news
        return is_gone(olds)

    def read(self, id_: str, props: Props) -> ReadResult:
        return seen(id_, props)

    def delete(self, _id: str, _props: Props) -> None:
        stop(Folders(Path(_props["home"])).run, _props["service"])


def _start(props: Props) -> Props:
    spec = _spec(props)
    pid = launch(spec)
    return outputs(props, release=spec.release, pid=pid, status=record.RUNNING)


def _spec(props: Props) -> Spec:
    """What the supervisor is told. The web server inherits the socket; the worker has none.

    The rehearsal has one web process: when that answers, all that is to be known is known.
    """
    folders = Folders(Path(props["home"]))
    release, workers = _release(props), str(int(props["workers"]))
    serve = _python(
        "archive_chassis.serve", "--host", props["host"], "--port", str(int(props["port"])), "--fd", LISTENER
    )
    return Spec(
        name=props["service"],
        release=release,
        host=props["host"],
        port=int(props["port"]),
        ready=tuple(props["ready"]),
        programs=(
            Program("web", (*serve, "--workers", workers), rehearsal=(*serve, "--workers", "1"), listens=True),
            Program("worker", _python("archive_chassis.worker")),
        ),
        environment={**base_environment(), **props["environment"], "ARCHIVE_RELEASE": release},
        directory=str(folders.root),
        run=str(folders.run),
        log=str(folders.logs / f"{props['service']}.log"),
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _release(props: Props) -> str:
    """What tells this code with these settings from any other. Shown to everybody, so keyed: no secret can be guessed
    from it."""
    environment: dict[str, str] = props["environment"]
    content = json.dumps([props["code"], sorted(environment.items()), int(props["workers"])])
    return hmac.digest(environment["ARCHIVE_SECRET_KEY"].encode(), content.encode(), "sha256").hex()[
        :RELEASE_CHARACTERS
    ]


def launch(spec: Spec) -> int:
    """Start a supervisor, and return its pid when the service is ready. ServiceError when it does not become so."""
    Folders(Path(spec.directory)).make()
    process = subprocess.Popen(
        [sys.executable, "-m", "archive_platform.local.supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**base_environment(), MARK: spec.mark},
        cwd=spec.run,
        start_new_session=True,  # it outlives us, and Ctrl-C on `pulumi up` is not meant for it
    )
    assert process.stdin is not None  # noqa: S101 - given as PIPE above
    assert process.stdout is not None  # noqa: S101
    with process.stdin as telling:
        telling.write(spec.to_json().encode())
    with process.stdout as hearing:  # it closes its end when it has reported
        said = hearing.read().decode(errors="replace")
    *noise, answer = said.splitlines() or [""]
    try:
        event = json.loads(answer)
    except ValueError:
        raise ServiceError(f"the supervisor of {spec.name} broke off:\n{indent([*noise, answer])}") from None
    if event["event"] != "ready":
        raise ServiceError(event["message"])
    return int(event["pid"])


def stop(run: Path, name: str) -> None:
    """End a service: ask, wait, then kill. Nothing happens when it does not run."""
    found = record.running(run, name)
    if found:
        found.supervisor.signal(signal.SIGTERM)
        if not found.supervisor.wait(STOP_SECONDS + MARGIN_SECONDS):
            found.supervisor.signal(signal.SIGKILL)
            found.supervisor.wait(MARGIN_SECONDS)
    end_leftovers(f"{MARK}={mark(run, name)}")
    record.path(run, name).unlink(missing_ok=True)
    (run / handover.control_name(name)).unlink(missing_ok=True)


def is_gone(state: Props) -> bool:
    """Whether the service that the state tells of no longer runs as it should; a look at processes only, so quick."""
    found = record.running(Folders(Path(state["home"])).run, state["service"])
    return (
        found is None
        or found.state != record.RUNNING
        or found.release != state["release"]
        or state["status"] != record.RUNNING
    )


def seen(id_: str, state: Props) -> ReadResult:
    """What a refresh finds: nothing when the service is dead, else how it is and whether it answers."""
    found = record.running(Folders(Path(state["home"])).run, state["service"])
    if found is None:
        return ReadResult(None, {})
    status = found.state
    if status == record.RUNNING and readiness.problems(found.host, found.port, found.ready, found.release):
        status = UNREADY
    return ReadResult(id_, outputs(state, release=found.release, pid=found.supervisor.pid, status=status))


class Service(Resource, module="archive", name="Service"):
    """One process group that serves `mount`, each below its path, on host:port.

    `code` is the hash of its code and `databases` what the databases' states are: when one of them or a setting
    changes, a new release takes over from the running one without a gap; a plain `up` also mends one that has died.
    """

    release: Output[str]
    pid: Output[int]
    status: Output[str]

    def __init__(
        self,
        name: str,
        *,
        folders: Folders,
        host: str,
        port: int,
        workers: int,
        ready: Sequence[str],
        code: str,
        databases: Input[Sequence[str]],
        environment: Input[Mapping[str, str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "service": name,
            "home": str(folders.root),
            "host": host,
            "port": port,
            "workers": workers,
            "ready": list(ready),
            "code": code,
            "databases": databases,
            "environment": Output.secret(environment),
            **dict.fromkeys(("release", "pid", "status")),
        }
        super().__init__(ServiceProvider(), name, props, opts)
        self.name = name
        self.url = naming.origin(host, port)
