"""Container images for kubeadm from static programs, as docker-archive files."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab import binaries, commands
from tests.lab.binaries import Builder

REGISTRY = "registry.k8s.io"
PROBE = "lab.test/probe:1"
# kube-proxy calls these, and they are no static programs.
PROXY_PACKAGES = (
    "conntrack",
    "iptables",
    "libbsd0",
    "libedit2",
    "libip4tc2",
    "libip6tc2",
    "libjansson4",
    "libmd0",
    "libmnl0",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libnftables1",
    "libnftnl11",
    "libpcap0.8",
    "libxtables12",
    "netbase",
    "nftables",
)
PROXY_PROGRAMS = ("xtables-nft-multi", "xtables-legacy-multi", "conntrack", "nft")
PROXY_SUFFIXES = ("", "-save", "-restore")
LIBRARIES = "usr/lib/x86_64-linux-gnu"


@dataclass(frozen=True)
class Image:
    """One image of one layer.

    Attributes:
        reference: its name and tag.
        files: source by path in the image.
        links: target by path in the image.
        entrypoint: program and arguments, if its pod names none.
    """

    reference: str
    files: Mapping[str, Path]
    links: Mapping[str, str] | None = None
    entrypoint: Sequence[str] = ()

    @property
    def file_name(self) -> str:
        """Last part of the name, without the tag."""
        return f"{self.reference.rpartition('/')[2].partition(':')[0]}.tar"

    def write(self, folder: Path) -> None:
        """Write the docker-archive. It bears no time, so the same input gives the same digest."""
        with tempfile.TemporaryFile(dir=folder) as layer:
            with tarfile.open(fileobj=layer, mode="w") as content:
                self._fill(content)
            layer.seek(0)
            digest = hashlib.file_digest(layer, "sha256").hexdigest()
            config = json.dumps(
                {
                    "architecture": "amd64",
                    "os": "linux",
                    "history": [{}],
                    "config": {
                        "Env": ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                        "Entrypoint": list(self.entrypoint) or None,
                    },
                    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
                }
            ).encode()
            names = (f"{hashlib.sha256(config).hexdigest()}.json", f"{digest}/layer.tar")
            manifest = [{"Config": names[0], "RepoTags": [self.reference], "Layers": [names[1]]}]
            with tarfile.open(folder / self.file_name, "w") as archive:
                _add(archive, names[0], io.BytesIO(config), len(config))
                size = layer.seek(0, io.SEEK_END)
                layer.seek(0)
                archive.addfile(_entry(names[1], size), layer)
                listed = json.dumps(manifest).encode()
                _add(archive, "manifest.json", io.BytesIO(listed), len(listed))

    def _fill(self, layer: tarfile.TarFile) -> None:
        paths = [*self.files, *(self.links or {})]
        folders = {str(parent) for path in paths for parent in Path(path).parents} - {"."}
        for folder in sorted(folders | {"etc", "run", "tmp", "var"}):
            entry = _entry(folder, 0, 0o1777 if folder == "tmp" else 0o755)
            entry.type = tarfile.DIRTYPE
            layer.addfile(entry)
        for path, source in sorted(self.files.items()):
            with source.open("rb") as content:
                layer.addfile(_entry(path, source.stat().st_size), content)
        for path, target in sorted((self.links or {}).items()):
            entry = _entry(path, 0)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            layer.addfile(entry)


def of_kubernetes(version: str, builder: Builder, debian: Path, root_filesystem: Path, target: Path) -> None:
    """Write every image that kubeadm of this version asks for, under exactly its names, and the lab's probe.

    Args:
        version: without the v.
        builder: makes the programs.
        debian: downloaded Debian packages.
        root_filesystem: a bare host, for kube-proxy's libraries.
        target: folder for the archives.
    """
    built = builder.ensure(binaries.kubernetes(version))
    own = builder.own_programs()
    listed = commands.run(built / "kubeadm", "config", "images", "list", "--kubernetes-version", f"v{version}")
    for reference in listed.split():
        name, _, tag = reference.removeprefix(f"{REGISTRY}/").partition(":")
        match name:
            case "kube-proxy":
                with _proxy_tree(debian, root_filesystem, target) as tree:
                    _proxy(reference, built, tree).write(target)
            case "etcd":
                programs = {
                    f"usr/local/bin/{program}": builder.ensure(build) / program
                    for build in binaries.etcd()
                    for program in build.packages
                }
                Image(reference, programs).write(target)
            case "coredns/coredns":
                coredns = builder.ensure(binaries.coredns(tag.removeprefix("v")))
                Image(reference, {"coredns": coredns / "coredns"}, entrypoint=["/coredns"]).write(target)
            case "pause":
                Image(reference, {"pause": own / "pause"}, entrypoint=["/pause"]).write(target)
            case _:
                Image(reference, {f"usr/local/bin/{name}": built / name}).write(target)
    Image(PROBE, {"probe": own / "probe"}, entrypoint=["/probe"]).write(target)


def _proxy(reference: str, built: Path, tree: Path) -> Image:
    programs = [f"usr/sbin/{program}" for program in PROXY_PROGRAMS]
    # iptables loads these by name, when a rule needs them; some bring libraries of their own.
    plugins = [str(path.relative_to(tree)) for path in sorted((tree / LIBRARIES / "xtables").glob("*.so"))]
    paths = [*programs, *plugins, *_libraries(tree, [*programs, *plugins])]
    files = {path: (tree / path).resolve() for path in paths}
    files["etc/protocols"] = tree / "etc/protocols"
    links = {f"usr/sbin/{v}tables{suffix}": "xtables-nft-multi" for v in ("ip", "ip6") for suffix in PROXY_SUFFIXES}
    return Image(reference, {**files, "usr/local/bin/kube-proxy": built / "kube-proxy"}, links)


def _libraries(tree: Path, programs: Sequence[str]) -> list[str]:
    """Every shared library, and the loader, that ldd names for these files: paths in the tree."""
    told = commands.run("chroot", tree, "ldd", *(f"/{program}" for program in programs)).split()
    return sorted({word.lstrip("/") for word in told if word.startswith("/") and not word.endswith(":")})


@contextmanager
def _proxy_tree(debian: Path, root_filesystem: Path, beside: Path) -> Generator[Path]:
    """A bare host with kube-proxy's packages unpacked on it, for a moment."""
    scratch = Path(tempfile.mkdtemp(prefix=".proxy-", dir=beside))
    for name in ("upper", "work", "root"):
        (scratch / name).mkdir()
    options = f"lowerdir={root_filesystem},upperdir={scratch / 'upper'},workdir={scratch / 'work'}"
    commands.run("mount", "-t", "overlay", "overlay", "-o", options, scratch / "root")
    try:
        for package in PROXY_PACKAGES:
            for deb in debian.glob(f"{package}_*.deb"):
                unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"'
                commands.run("sh", "-ec", unpack, "unpack", deb, scratch / "root")
        yield scratch / "root"
    finally:
        commands.run("umount", scratch / "root")
        shutil.rmtree(scratch)


def _entry(path: str, size: int, mode: int = 0o755) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, mode
    return entry


def _add(archive: tarfile.TarFile, path: str, content: io.BytesIO, size: int) -> None:
    archive.addfile(_entry(path, size, 0o644), content)
