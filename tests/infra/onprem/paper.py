"""The inventory and the hosts of the tests of `prepare`."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.config import parse
from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem import load_balancer, prepare, snapshots
from archive_platform.onprem.script import Script

BUNDLE = "http://bundle.test"
VERSIONS = {"containerd": "1.6.20~ds1-1", "chrony": "4.3-2", "nftables": "1.0.6-2"}
HOSTS = {
    "lb1": ("10.0.0.11", "load-balancer"),
    "lb2": ("10.0.0.12", "load-balancer"),
    "cp1": ("10.0.0.21", "control-plane"),
    "cp2": ("10.0.0.22", "control-plane"),
    "cp3": ("10.0.0.23", "control-plane"),
    "w1": ("10.0.0.31", "worker"),
    "s1": ("10.0.0.41", "storage"),
}

# What installing a package brings to a host, in the words of stub.sh.
SERVICE = "printf 'enabled active\\n' > /stub/services/{}\n"
PROGRAM = "ln -sf /stub/stub.sh /usr/bin/{}\n"
PLUGINS = "mkdir -p /usr/lib/cni\n" + "".join(
    f"install -m 755 /dev/null /usr/lib/cni/{plugin}\n" for plugin in ("bridge", "host-local", "loopback", "portmap")
)
DAEMON = "install -D -m 755 /dev/null {}\n"
RESOLVED = DAEMON.format("/usr/lib/systemd/systemd-resolved") + (
    "install -D /dev/null /run/systemd/resolve/stub-resolv.conf\n"
)
CHRONY = SERVICE.format("chrony") + DAEMON.format("/usr/sbin/chronyd") + "rm -f /stub/services/systemd-timesyncd\n"


def key(name: str) -> str:
    """A public key, of nobody but always the same."""
    point = hashlib.sha256(name.encode()).digest()
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + point
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {name}"


def settings(**own: Any) -> OnPrem:
    """A good inventory of every role; `own` are settings that replace its groups."""
    document: dict[str, Any] = {
        "hosts": [{"name": name, "address": address, "roles": [role]} for name, (address, role) in HOSTS.items()],
        "ssh": {"agent": True},
        "networks": {"node": "10.0.0.0/24"},
        "addresses": {"api": "10.0.0.100", "ingress": "10.0.0.101"},
        "administrators": [{"name": "mina", "keys": [key("mina")]}],
    }
    return parse(OnPrem, {**document, **own})


def host_of(known: OnPrem, name: str) -> Host:
    return next(host for host in known.hosts if host.name == name)


def script(name: str, known: OnPrem | None = None) -> Script:
    known = known or settings()
    host = host_of(known, name)
    return prepare.prepare(known, host, snapshots.receive_secrets("a generated secret", known, host))


def story(outcomes: Mapping[str, Outcome]) -> str:
    """What several runs said and did, for a golden file."""
    lines: list[str] = []
    for title, outcome in outcomes.items():
        lines += [f"{title}: exit code {outcome.code}"]
        lines += [f"    {line}" for line in [*outcome.said, *outcome.answer.get("changes", ())]]
        lines += ["  calls", *(f"    {call}" for call in outcome.calls)] if outcome.calls else []
    return "".join(f"{line}\n" for line in lines)


def fill(host: Sandbox) -> Sandbox:
    """Let apt find what a step installs, in Debian 12's versions."""
    ordinary = (*prepare.BASE_PACKAGES, *prepare.NODE_PACKAGES, *load_balancer.PACKAGES)
    special = {
        "chrony": CHRONY,
        "nftables": PROGRAM.format("nft"),
        "containernetworking-plugins": PLUGINS,
    }
    for name in ordinary:
        host.serve(f"{name} {VERSIONS.get(name, '1.0-1')}", brings=special.get(name, ""))
    host.serve("systemd-resolved 252.39-1", brings=SERVICE.format("systemd-resolved") + RESOLVED)
    host.serve("containerd 1.6.20~ds1-1", brings=SERVICE.format("containerd") + PROGRAM.format("ctr"))
    for version in ("1.34.40-1.1", "1.34.4-1.1", "1.34.3-1.1"):
        host.serve(*(f"{name} {version}" for name in prepare.KUBERNETES_PACKAGES))
    host.install("curl 7.88-1", "iproute2 6.1-1", "sudo 1.9-1", "ca-certificates 2023-1")
    host.write("stub/web/pkgs.k8s.io/core:/stable:/v1.34/deb/Release.key", "the key\n")
    return host


def bundle(host: Sandbox, images: Mapping[str, str]) -> dict[str, str]:
    """Serve a bundle with images, the name of each by its file; answers `packages` of the settings."""
    files = {"apt/Packages": b"Package: kubelet\n"}
    files |= {f"images/1.34.4/{file}": _image(name) for file, name in images.items()}
    listed = {path: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for path, data in files.items()}
    index = json.dumps({"format": 1, "kubernetes": ["1.34.4"], "files": listed}, indent=1)
    for path, data in {**files, "index.json": index.encode()}.items():
        target = host.root / "stub/web/bundle.test" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return {"bundle": BUNDLE, "bundleSha256": digest(index)}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _image(name: str) -> bytes:
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": []}]).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))
    return packed.getvalue()
