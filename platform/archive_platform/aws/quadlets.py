"""Podman's units for the services on a server (podman-systemd.unit(5), as Podman 4.9 reads them). Pure functions.

Each service has three containers of one image: its migrations, which run once before the other two, the web server, and
the worker for what visitors do not wait for. None requires another: what fails is tried again, and until the schema is
new enough the web server says that it is not ready. A board also finds credentials for its pictures' bucket, once they
are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive_platform.aws import media
from archive_platform.catalogue import ServiceEntry

FOLDER = "/etc/containers/systemd"
CERTIFICATES = "/etc/archive/database-ca.pem"
DATA_FOLDER = "/var/lib/archive"
REGISTRY_LOGINS = "/etc/archive/registries.json"
SECRETS_UNIT = "archive-secrets.service"
LOGS_UNIT = "archive-logs.service"
FIRST_PORT = 8080
WORKERS = 2
LOG_IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.14"
PULL_SECONDS = 600  # the first start pulls the image
GRACE_SECONDS = 30  # more than the 20 s that the web server gives its requests; Podman alone would kill it after 10
STOP_SECONDS = 40
MEGABYTE = "Mi"

NETWORK = """\
[Network]
NetworkName=archive
"""

_CONTAINER = """\
[Unit]
Description=Game Archive: {title}
Wants=network-online.target {before}
After=network-online.target {before}

[Container]
Image={image}
ContainerName={name}
Exec={command}
{options}

[Service]
{service}
Environment=REGISTRY_AUTH_FILE={logins}
TimeoutStartSec={pull}
TimeoutStopSec={stop}

[Install]
WantedBy=multi-user.target
"""

# It reads what all units say, and has the server's role, so it is on the server's own network: IMDS answers at one hop.
_LOGS = f"""\
[Unit]
Description=Game Archive: send the journal to CloudWatch
After=network-online.target
Wants=network-online.target

[Container]
Image={LOG_IMAGE}
ContainerName=logs
Network=host
Volume=/etc/archive/fluent-bit.conf:/fluent-bit/etc/fluent-bit.conf:ro
Volume=/var/log/journal:/var/log/journal:ro
Volume=archive-logs:/state
DropCapability=all
NoNewPrivileges=true
LogDriver=passthrough

[Service]
Restart=always
RestartSec=10
TimeoutStartSec={PULL_SECONDS}

[Install]
WantedBy=multi-user.target
"""

_FLUENT_BIT = """\
[SERVICE]
    Flush         2
    Log_Level     warn

[INPUT]
    Name            systemd
    Path            /var/log/journal
    Tag             *
    DB              /state/journal.db
    Read_From_Tail  Off

[OUTPUT]
    Name               cloudwatch_logs
    Match              *
    region             {region}
    log_group_name     {group}
    log_stream_prefix  ${{HOSTNAME}}/
    log_key            MESSAGE
    auto_create_group  Off
"""


@dataclass(frozen=True)
class Images:
    """Where images come from."""

    registry: str
    release: str

    def of(self, service: ServiceEntry) -> str:
        """As in `registry.example.com/game-archive/news:1.4.0`."""
        return f"{self.registry}/{service.image}:{self.release}"


def port(service: ServiceEntry) -> int:
    """Where a service is reached on its server, by Nginx alone."""
    return FIRST_PORT + service.port_offset


def origin(service: ServiceEntry) -> str:
    """Where the services on a server reach one another: Podman's network knows containers by their names."""
    return f"http://{service.name}:{service.port}"


def units(services: Sequence[ServiceEntry], images: Images) -> Mapping[str, str]:
    """Files of `FOLDER` and their text."""
    files = {"archive.network": NETWORK, "archive-logs.container": _LOGS}
    for service in services:
        image = images.of(service)
        files |= {
            f"archive-{service.name}-migrate.container": _migrations(service, image),
            f"archive-{service.name}.container": _web(service, image),
            f"archive-{service.name}-worker.container": _worker(service, image),
        }
    return files


def units_of(service: str) -> tuple[str, ...]:
    """What Quadlet makes of the files of one service."""
    return tuple(f"archive-{service}{word}.service" for word in ("-migrate", "", "-worker"))


def log_settings(region: str, group: str) -> str:
    """Fluent Bit's, for a log group of CloudWatch."""
    return _FLUENT_BIT.format(region=region, group=group)


def _migrations(service: ServiceEntry, image: str) -> str:
    return _container(
        service,
        image,
        word="migrate",
        title="migrations of",
        command=f"python -m archive_chassis.migrate {service.name}",
        # The other two come after the migrations. Each that wanted the credentials would wait for them when it crashed
        before=f"{SECRETS_UNIT} {media.UNIT}" if service.board else SECRETS_UNIT,
        service_lines=("Type=oneshot", "RemainAfterExit=yes", "Restart=on-failure", "RestartSec=15"),
    )


def _web(service: ServiceEntry, image: str) -> str:
    serve = f"python -m archive_chassis.serve --host 0.0.0.0 --port {service.port} --workers {WORKERS}"
    return _container(
        service,
        image,
        title="",
        command=serve,
        before=f"archive-{service.name}-migrate.service",
        options=(f"PublishPort=127.0.0.1:{port(service)}:{service.port}", *_pictures(service)),
    )


def _worker(service: ServiceEntry, image: str) -> str:
    return _container(
        service,
        image,
        word="worker",
        title="worker of",
        command="python -m archive_chassis.worker",
        before=f"archive-{service.name}-migrate.service",
        options=_pictures(service),
    )


def _pictures(service: ServiceEntry) -> tuple[str, ...]:
    return media.options(service.name) if service.board else ()


def _container(
    service: ServiceEntry,
    image: str,
    *,
    title: str,
    command: str,
    before: str,
    word: str = "",
    options: Sequence[str] = (),
    service_lines: Sequence[str] = ("Restart=always", "RestartSec=5"),
) -> str:
    limit = service.resources.memory_limit.replace(MEGABYTE, "m")
    settings = (
        "Network=archive.network",
        *options,
        f"EnvironmentFile=/etc/archive/{service.name}.env",
        f"EnvironmentFile=/run/archive/{service.name}.env",
        f"Volume={CERTIFICATES}:{CERTIFICATES}:ro",
        f"Volume=archive-{service.name}:{DATA_FOLDER}",
        "ReadOnly=true",
        "Tmpfs=/tmp",
        "DropCapability=all",
        "NoNewPrivileges=true",
        "LogDriver=passthrough",
        f"PodmanArgs=--memory={limit} --cpus={service.resources.cpu_limit} --pids-limit=256",
        f"PodmanArgs=--stop-timeout={GRACE_SECONDS}",
    )
    return _CONTAINER.format(
        title=f"{title} {service.title}".strip(),
        before=before,
        image=image,
        name="-".join(filter(None, (service.name, word))),
        command=command,
        options="\n".join(settings),
        service="\n".join(service_lines),
        logins=REGISTRY_LOGINS,
        pull=PULL_SECONDS,
        stop=STOP_SECONDS,
    )
