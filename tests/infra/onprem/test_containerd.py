"""containerd's files."""

from __future__ import annotations

import tomllib

import pytest
from tests.infra.onprem import paper

from archive_platform.onprem import containerd

RUNC = ("containerd", "runtimes", "runc", "options", "SystemdCgroup")
# Where each setting stands in the configuration of containerd 1.x and 2.x: docs/cri/config.md.
CRI = ("plugins", "io.containerd.grpc.v1.cri")
IMAGES = ("plugins", "io.containerd.cri.v1.images")
RUNTIME = ("plugins", "io.containerd.cri.v1.runtime")
PLACES = {
    "pause": ((*CRI, "sandbox_image"), (*IMAGES, "pinned_images", "sandbox")),
    "snapshotter": ((*CRI, "containerd", "snapshotter"), (*IMAGES, "snapshotter")),
    "systemd": ((*CRI, *RUNC), (*RUNTIME, *RUNC)),
    "restrict": ((*CRI, "restrict_oom_score_adj"), (*RUNTIME, "restrict_oom_score_adj")),
    "mirrors": ((*CRI, "registry", "config_path"), (*IMAGES, "registry", "config_path")),
}


def _read(major: int, **own: object) -> dict[str, object]:
    document = tomllib.loads(containerd.config(paper.settings(**own), major))
    found = {"version": document["version"]}
    for name, places in PLACES.items():
        at = document
        for key in places[major - 1]:
            at = at[key]
        found[name] = at
    return found


@pytest.mark.parametrize(("major", "version"), [(1, 2), (2, 3)])
def test_the_defaults(major: int, version: int) -> None:
    assert _read(major) == {
        "version": version,
        "pause": "registry.k8s.io/pause:3.10.1",
        "snapshotter": "overlayfs",
        "systemd": True,
        "restrict": False,
        "mirrors": "/etc/containerd/certs.d",
    }


@pytest.mark.parametrize("major", [1, 2])
def test_settings_reach_it(major: int) -> None:
    runtime = {"snapshotter": "native", "cgroupDriver": "cgroupfs", "restrictOomScoreAdj": True}
    found = _read(major, runtime=runtime, kubernetes={"pauseImage": "mirror.test/pause:3"})
    assert [found[name] for name in ("pause", "snapshotter", "systemd", "restrict")] == [
        "mirror.test/pause:3",
        "native",
        False,
        True,
    ]


def test_mirrors_come_before_the_registry_itself() -> None:
    mirrors = {"docker.io": "https://mirror.test", "registry.k8s.io": "https://mirror.test:5000/v2/k8s"}
    made = containerd.mirrors(paper.settings(runtime={"mirrors": mirrors}))
    assert {name: tomllib.loads(text) for name, text in made.items()} == {
        "docker.io": {
            "server": "https://registry-1.docker.io",
            "host": {"https://mirror.test": {"capabilities": ["pull", "resolve"]}},
        },
        "registry.k8s.io": {
            "server": "https://registry.k8s.io",
            "host": {
                "https://mirror.test:5000/v2/k8s": {"capabilities": ["pull", "resolve"], "override_path": True},
            },
        },
    }
