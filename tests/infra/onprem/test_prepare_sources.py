"""Where software comes from: the distribution, a mirror, Kubernetes' own repository, or a bundle."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.infra.onprem import golden_files, paper
from tests.infra.onprem.sandbox import Sandbox

from archive_platform.config.onprem import OnPrem

SOURCES = "etc/apt/sources.list.d"
KEPT = "etc/archive/apt-sources.kept"
VENDOR = "deb https://vendor.test stable main\n"
IMAGES = {"pause.tar": "registry.k8s.io/pause:3.10.1", "kube-apiserver.tar": "registry.k8s.io/kube-apiserver:v1.34.4"}


def _apply(host: Sandbox, known: OnPrem, name: str = "w1") -> None:
    done = host.run(paper.script(name, known), "apply")
    assert done.code == 0, done.said
    again = host.run(paper.script(name, known), "apply")
    assert (again.said, again.calls) == ([], [])


def test_the_distributions_sources_stay_as_they_are(prepared: Sandbox) -> None:
    assert prepared.read("etc/apt/sources.list") == "deb http://deb.debian.org/debian bookworm main\n"
    assert not prepared.has(f"{SOURCES}/archive.list")


DEBIAN = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n'
SIGNED = "deb [signed-by=/usr/share/keyrings/{}-archive-keyring.gpg] https://mirror.test/d"


@pytest.mark.parametrize(
    ("system", "own", "lines"),
    [
        (
            DEBIAN,
            "debian.sources",
            [" bookworm main", " bookworm-updates main", "-security bookworm-security main"],
        ),
        (
            UBUNTU,
            "ubuntu.sources",
            [" noble main universe", " noble-updates main universe", " noble-security main universe"],
        ),
    ],
)
def test_a_mirror_replaces_the_distributions_sources_and_no_others(
    host: Sandbox, system: str, own: str, lines: list[str]
) -> None:
    host.write("etc/os-release", system)
    host.write(f"{SOURCES}/{own}", "Types: deb\n")
    host.write(f"{SOURCES}/vendor.list", VENDOR)
    _apply(host, paper.settings(packages={"mirror": "https://mirror.test/d"}))
    signed = SIGNED.format(own.partition(".")[0])
    assert host.read(f"{SOURCES}/archive.list").splitlines()[1:] == [signed + line for line in lines]
    assert host.read(f"{SOURCES}/vendor.list") == VENDOR
    assert not host.has(f"{SOURCES}/{own}")
    assert not host.has("etc/apt/sources.list")

    _apply(host, paper.settings())
    assert host.read(f"{SOURCES}/{own}") == "Types: deb\n"
    assert host.has("etc/apt/sources.list")
    assert not host.has(f"{SOURCES}/archive.list")


def test_kubernetes_comes_from_the_repository_of_its_minor_release(prepared: Sandbox) -> None:
    line = "deb [signed-by=/etc/apt/keyrings/archive-kubernetes.asc] {} /\n"
    assert prepared.read(f"{SOURCES}/archive-kubernetes.list") == line.format(
        "https://pkgs.k8s.io/core:/stable:/v1.34/deb/"
    )
    assert prepared.read("etc/apt/keyrings/archive-kubernetes.asc") == "the key\n"

    prepared.write("stub/web/mirror.test/1.35/deb/Release.key", "another key\n")
    prepared.write("etc/kubernetes/kubelet.conf", "")
    newer = {"kubernetes": {"version": "1.35.4"}, "packages": {"kubernetes": "https://mirror.test/{minor}/deb"}}
    _apply(prepared, paper.settings(**newer))
    assert prepared.read(f"{SOURCES}/archive-kubernetes.list") == line.format("https://mirror.test/1.35/deb/")
    assert prepared.read("etc/apt/keyrings/archive-kubernetes.asc") == "another key\n"


def test_a_key_that_cannot_be_fetched_leaves_no_source_without_one(host: Sandbox) -> None:
    (host.root / "stub/web/pkgs.k8s.io/core:/stable:/v1.34/deb/Release.key").unlink()
    done = host.run(paper.script("w1"), "apply")
    assert done.code == 1
    assert "cannot fetch https://pkgs.k8s.io/core:/stable:/v1.34/deb/Release.key" in done.said[-1]
    assert not host.has(f"{SOURCES}/archive-kubernetes.list")


def test_a_version_that_nobody_serves_is_told_with_those_that_are(host: Sandbox) -> None:
    done = host.run(paper.script("w1", paper.settings(kubernetes={"version": "1.34.9"})), "apply")
    assert done.code == 1
    assert "no package source serves kubeadm 1.34.9, only: 1.34.40-1.1 1.34.4-1.1 1.34.3-1.1" in done.said[-1]


@pytest.mark.parametrize("wanted", ["1.6.20", "1.6.20~ds1-1"])
def test_containerd_can_be_pinned(host: Sandbox, wanted: str) -> None:
    known = paper.settings(runtime={"containerdVersion": wanted})
    _apply(host, known)
    assert host.run(paper.script("w1", known), "plan").items["package:containerd"] == "1.6.20~ds1-1"


# The bundle ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["w1", "cp1", "lb1"])
def test_a_bundle_replaces_all_sources(host: Sandbox, name: str) -> None:
    known = paper.settings(packages=paper.bundle(host, IMAGES))
    host.write(f"{SOURCES}/vendor.list", VENDOR)
    script = paper.script(name, known)
    outcomes = {"plan": host.run(script, "plan"), "apply": host.run(script, "apply")}
    golden_files.check(f"prepare-bundle-{name}.txt", paper.story(outcomes))
    assert sorted(path.name for path in (host.root / SOURCES).iterdir()) == ["archive.list"]
    assert host.read(f"{SOURCES}/archive.list").endswith("\ndeb [trusted=yes] http://bundle.test/apt ./\n")
    assert host.run(script, "plan").changes == []

    host.run(script, "remove")
    assert host.read(f"{SOURCES}/vendor.list") == VENDOR
    assert host.has("etc/apt/sources.list")
    assert not host.has("etc/apt/apt.conf.d/90-archive-bundle")


def test_an_index_that_is_not_the_pinned_one_is_refused(host: Sandbox) -> None:
    packages = paper.bundle(host, IMAGES) | {"bundleSha256": "0" * 64}
    done = host.run(paper.script("w1", paper.settings(packages=packages)), "apply")
    assert done.code == 1
    assert "cannot fetch http://bundle.test/index.json" in done.said[-1]
    assert not host.has(f"{SOURCES}/archive.list")


def test_an_image_that_is_not_the_pinned_one_is_refused(host: Sandbox) -> None:
    known = paper.settings(packages=paper.bundle(host, IMAGES))
    host.write("stub/web/bundle.test/images/1.34.4/pause.tar", "another")
    done = host.run(paper.script("w1", known), "apply")
    assert done.code == 1
    assert host.read("stub/images") == ""


def test_a_bundle_can_be_a_folder_of_the_host(host: Sandbox) -> None:
    packages = paper.bundle(host, IMAGES)
    (host.root / "stub/web/bundle.test").rename(host.root / "srv")
    known = paper.settings(packages=packages | {"bundle": "file:///srv"})
    _apply(host, known)
    assert host.has("srv/images/1.34.4/pause.tar")
    assert "registry.k8s.io/pause:3.10.1" in host.read("stub/images")

    host.write("stub/images", "")
    host.write("srv/images/1.34.4/pause.tar", "another")
    done = host.run(paper.script("w1", known), "apply")
    assert "/srv/images/1.34.4/pause.tar is not what the bundle's index pins" in done.said[-1]


def test_an_image_that_is_gone_is_imported_again_and_no_other(host: Sandbox) -> None:
    known = paper.settings(packages=paper.bundle(host, IMAGES))
    _apply(host, known, "cp1")
    host.write(
        "stub/images", "".join(line for line in host.read("stub/images").splitlines(True) if "pause" not in line)
    )
    assert host.run(paper.script("cp1", known), "plan").changes == ["import the images 1.34.4/pause"]


def test_a_bundle_without_the_wanted_version_is_refused(host: Sandbox) -> None:
    known = paper.settings(packages=paper.bundle(host, IMAGES), kubernetes={"version": "1.34.3"})
    done = host.run(paper.script("w1", known), "apply")
    assert done.code == 1
    assert "the bundle has no images of Kubernetes 1.34.3" in done.said[-1]


@pytest.mark.parametrize("honest", [True, False])
def test_apt_throws_a_list_away_that_is_not_the_pinned_one(host: Sandbox, tmp_path: Path, honest: bool) -> None:
    """The verifier itself, with an apt that has the list in a file."""
    known = paper.settings(packages=paper.bundle(host, IMAGES))
    _apply(host, known, "lb1")
    hook = host.read("etc/apt/apt.conf.d/90-archive-bundle")
    assert hook == 'APT::Update::Post-Invoke { "/usr/local/lib/archive/verify-bundle"; };\n'

    kept = tmp_path / "list"
    kept.write_bytes((host.root / "stub/web/bundle.test/apt/Packages").read_bytes() if honest else b"Package: evil\n")
    # Without apt: what it would say, and how it would read the list.
    text = host.read("usr/local/lib/archive/verify-bundle").replace("/usr/lib/apt/apt-helper cat-file", "cat")
    text = text.replace("set -eu\n", f"set -eu\napt-get() {{ echo {kept}; }}\n")
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is honest
    assert kept.exists() is honest


def test_the_index_may_be_written_in_any_layout(host: Sandbox) -> None:
    packages = paper.bundle(host, IMAGES)
    index = json.loads(host.read("stub/web/bundle.test/index.json"))
    for text in (json.dumps(index), json.dumps(index, indent=4), json.dumps(index, separators=(",", ":"))):
        host.write("stub/web/bundle.test/index.json", text)
        packages["bundleSha256"] = paper.digest(text)
        planned = host.run(paper.script("cp1", paper.settings(packages=packages)), "apply")
        assert planned.code == 0, planned.said
    assert len(host.read("stub/images").splitlines()) == 2
