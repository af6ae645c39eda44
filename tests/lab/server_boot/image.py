"""The image of all services, a static program that stands for them, as a registry keeps it: blobs by their digests."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from tests.lab.binaries import GO_SETTINGS
from tests.lab.cached import Show, made_once
from tests.lab.errors import LabError
from tools.bootstrap import go_toolchain, processes
from tools.bootstrap.paths import cache_folder
from tools.bootstrap.progress import Progress

SOURCE = Path(__file__).resolve().parent / "service"
USER = 10001  # a service's image has a user of its own, whose the data folder is
FOLDERS = {"etc": 0, "run": 0, "tmp": 0, "usr": 0, "usr/bin": 0, "var": 0, "var/lib": 0, "var/lib/archive": USER}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def program() -> Path:
    """The static program; made first if need be.

    Raises:
        LabError: Go could not build it.
    """
    environ, progress = dict(os.environ), Progress()
    sources = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCE.iterdir()))).hexdigest()[:12]

    def make(scratch: Path, show: Show) -> Path:
        go = go_toolchain.find(SOURCE / "go.mod", scratch / "go", environ, progress)
        module = shutil.copytree(SOURCE, scratch / "module")
        out = scratch / "out"
        out.mkdir()
        done = processes.run(
            [go.program, "build", "-trimpath", "-ldflags=-s -w", "-o", f"{out}/", "."],
            environ={**environ, **GO_SETTINGS},
            folder=module,
            on_line=show,
        )
        if done.code != 0:
            raise LabError(f"the stand-in for the services cannot be built:\n{done.said()}")
        return out

    target = cache_folder(environ) / "lab" / f"service-{sources}"
    return made_once(target, "The stand-in for the services", progress, make) / "service"


def write(folder: Path, services: Iterable[str], shipper: str) -> None:
    """Write blobs/DIGEST, and images.json: digest of the manifest by `NAME:TAG`, without the registry.

    Args:
        folder: where.
        services: names of the services' images.
        shipper: that of the log shipper, which runs as root: it reads the journal.
    """
    blobs = folder / "blobs"
    blobs.mkdir()
    layer = _layer()
    digests = {name: _image(blobs, layer, str(USER)) for name in services}
    digests[shipper] = _image(blobs, layer, "0")
    (folder / "images.json").write_text(json.dumps(digests), encoding="utf-8")


def _layer() -> bytes:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as content:
        for folder, owner in FOLDERS.items():
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            entry.uid = entry.gid = owner
            content.addfile(entry)
        entry = tarfile.TarInfo("usr/bin/python")
        entry.size, entry.mode = program().stat().st_size, 0o755
        with program().open("rb") as source:
            content.addfile(entry, source)
    return layer.getvalue()


def _image(blobs: Path, layer: bytes, user: str) -> str:
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["python"], "User": user},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
            "history": [{"created_by": "tests"}],
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _keep(blobs, CONFIG, config),
            "layers": [_keep(blobs, LAYER, layer)],
        }
    ).encode()
    return str(_keep(blobs, MANIFEST, manifest)["digest"])


def _keep(blobs: Path, kind: str, content: bytes) -> dict[str, str | int]:
    """The descriptor of what is kept."""
    (blobs / _digest(content)).write_bytes(content)
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
