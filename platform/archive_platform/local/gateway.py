"""The one origin in front of services that have a process each: Nginx, supervised like they are."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pulumi import Output, ResourceOptions
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from archive_platform import naming
from archive_platform.errors import ServiceError
from archive_platform.local import nginx, record
from archive_platform.local.folders import Folders, private
from archive_platform.local.programs import SYSTEM_PATH, base_environment
from archive_platform.local.service import is_gone, launch, seen, stop
from archive_platform.local.spec import LISTENER, Program, Spec
from archive_platform.provider import Props, Provider, outputs
from archive_platform.services.nginx import Upstream

SEARCHED = f"{SYSTEM_PATH}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
TEST_SECONDS = 30


class GatewayProvider(Provider):
    required = ("home", "host", "port", "upstreams", "release", "ready")

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
    """Write the configuration, let Nginx check it, and let it take over from the one that runs."""
    program = _nginx()
    folders = Folders(Path(props["home"]))
    folder = private(folders.run / "nginx")
    configuration = folder / f"{props['release']}.conf"
    configuration.write_text(_render(props, folder))
    _check(program, configuration)
    spec = _spec(props, folders, program, configuration)
    pid = launch(spec)
    for former in folder.glob("*.conf"):
        if former != configuration:
            former.unlink()
    return outputs(props, pid=pid, status=record.RUNNING)


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{SEARCHED}")
    if found is None:
        raise ServiceError(
            "archive:topology per-service needs Nginx, and there is no `nginx` on PATH. Install it (Debian, Ubuntu:"
            " apt-get install nginx-light; macOS: brew install nginx), or set archive:topology to single"
        )
    return found


def _render(props: Props, folder: Path) -> str:
    upstreams = [Upstream(each["path"], int(each["port"])) for each in props["upstreams"]]
    return nginx.render(props["host"], int(props["port"]), upstreams, folder, props["release"])


def _arguments(program: str, configuration: Path) -> list[str]:
    """Nginx on one configuration alone. Started by root it would work as `nobody`, who may not enter our folder."""
    directives = "daemon off;"
    if os.geteuid() == 0:
        directives += f" user {pwd.getpwuid(0).pw_name};"
    return [program, "-e", "stderr", "-c", str(configuration), "-g", directives]


def _check(program: str, configuration: Path) -> None:
    tested = subprocess.run(  # noqa: S603 - nginx itself
        [*_arguments(program, configuration), "-t"],
        env=base_environment(),
        capture_output=True,
        text=True,
        timeout=TEST_SECONDS,
        check=False,
    )
    if tested.returncode:
        raise ServiceError(f"Nginx refuses its configuration {configuration}:\n{tested.stderr}")


def _spec(props: Props, folders: Folders, program: str, configuration: Path) -> Spec:
    """No rehearsal, since `nginx -t` has been one.

    Nginx takes the listening socket from NGINX, as it does when its own binary is replaced (nginx.org, "Controlling
    nginx"); SIGQUIT lets it finish the requests at hand.
    """
    master = Program(
        "nginx",
        tuple(_arguments(program, configuration)),
        listens=True,
        stop_signal=signal.SIGQUIT,
        environment={"NGINX": f"{LISTENER};"},
    )
    return Spec(
        name=props["service"],
        release=props["release"],
        host=props["host"],
        port=int(props["port"]),
        ready=tuple(props["ready"]),
        programs=(master,),
        environment=base_environment(),
        directory=str(folders.root),
        run=str(folders.run),
        log=str(folders.logs / f"{props['service']}.log"),
    )


class Gateway(Resource, module="archive", name="Gateway"):
    """Nginx on host:port in front of `upstreams`. Another configuration takes over without a gap."""

    pid: Output[int]
    status: Output[str]

    def __init__(
        self,
        name: str,
        *,
        folders: Folders,
        host: str,
        port: int,
        upstreams: Sequence[Upstream],
        opts: ResourceOptions | None = None,
    ) -> None:
        rendered = nginx.render(host, port, upstreams, folders.run, release="")
        props: dict[str, Any] = {
            "service": name,
            "home": str(folders.root),
            "host": host,
            "port": port,
            "upstreams": [{"path": each.path, "port": each.port} for each in upstreams],
            "ready": [nginx.READY_PATH],
            "release": blake2b(rendered.encode(), digest_size=8).hexdigest(),
            **dict.fromkeys(("pid", "status")),
        }
        super().__init__(GatewayProvider(), name, props, opts)
        self.url = naming.origin(host, port)
