"""THE list of services. A new service is one more entry here; every environment reads it."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE_FOLDER = "game-archive"  # below the registry that an environment names
SERVICE_PORT = 8080  # where a service's container listens


@dataclass(frozen=True)
class Resources:
    """What one replica asks for and may use, in Kubernetes' notation."""

    cpu_request: str = "100m"
    cpu_limit: str = "1"
    memory_request: str = "160Mi"
    memory_limit: str = "384Mi"


@dataclass(frozen=True)
class Probes:
    """Paths below the service's own, and seconds."""

    live: str = "/health/live"
    ready: str = "/health/ready"
    period: int = 10
    timeout: int = 2


@dataclass(frozen=True)
class ServiceEntry:
    """One service of the community.

    `packages` are the Python packages whose code it runs, its own first. `path` is where it lives under the one origin.
    `board`: its content can be imported and exported. `issues_tokens`: it signs access tokens. `port_offset` is its
    place after the gateway's port where each service has a process of its own on one machine.
    """

    name: str
    title: str
    path: str
    packages: tuple[str, ...]
    port_offset: int
    board: bool = False
    issues_tokens: bool = False
    database: bool = True
    replicas: int = 2
    port: int = SERVICE_PORT
    resources: Resources = Resources()
    probes: Probes = Probes()

    @property
    def image(self) -> str:
        """The container image, without its registry and tag."""
        return f"{IMAGE_FOLDER}/{self.name}"

    def url_path(self, rest: str) -> str:
        """A path of this service as a visitor sees it: `/news` and `/health/ready` make `/news/health/ready`."""
        return self.path.rstrip("/") + rest


def _board(name: str, title: str, path: str, port_offset: int) -> ServiceEntry:
    packages = (f"archive_{name.replace('-', '_')}", "archive_boards", "archive_chassis")
    return ServiceEntry(name, title, path, packages, port_offset, board=True)


CATALOGUE: tuple[ServiceEntry, ...] = (
    ServiceEntry("home", "홈", "/", ("archive_home", "archive_chassis"), 1),
    ServiceEntry("auth", "회원", "/auth", ("archive_auth", "archive_chassis"), 2, issues_tokens=True),
    _board("news", "뉴스", "/news", 3),
    _board("guides", "공략", "/guides", 4),
    _board("qa", "Q&A", "/qa", 5),
)


def service(name: str) -> ServiceEntry:
    """The entry called `name`. LookupError names the ones there are."""
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    raise LookupError(f"no service {name!r} in the catalogue; there are {', '.join(entry.name for entry in CATALOGUE)}")
