"""The bundle: its index notices every change, and what it is made of is what kubeadm and apt expect."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.lab import bundle, commands
from tests.lab.conftest import SeparateLab
from tests.lab.debs import Package
from tests.lab.images import Image
from tests.lab.lab import Lab
from tests.lab.layout import Folders


def flip(path: Path) -> None:
    """Change one bit of a file; its size stays."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


@pytest.fixture
def small_bundle(tmp_path: Path) -> Path:
    for name in ("apt/Packages", "images/1.34.4/pause.tar"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(f"the contents of {name}")
    bundle.write_index(tmp_path)
    assert bundle.problems(tmp_path) == []
    return tmp_path


def test_a_flipped_bit_is_noticed(small_bundle: Path) -> None:
    flip(small_bundle / "images/1.34.4/pause.tar")
    assert bundle.problems(small_bundle) == ["images/1.34.4/pause.tar: not the file that was indexed"]


def test_a_file_too_few_and_one_too_many_are_noticed(small_bundle: Path) -> None:
    (small_bundle / "apt/Packages").rename(small_bundle / "apt/Packages.gz")
    assert bundle.problems(small_bundle) == ["apt/Packages.gz: not in the index", "apt/Packages: missing"]


def test_an_image_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    image = Image("registry.k8s.io/pause:3.10.1", {"usr/bin/pause": program}, {"pause": "usr/bin/pause"}, ["/pause"])
    digests: set[str] = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        image.write(tmp_path / name)
        digests.add(bundle.digest(tmp_path / name / "pause.tar"))
        program.touch()
    assert len(digests) == 1

    with tarfile.open(tmp_path / "one" / "pause.tar") as archive:
        manifest = json.load(_member(archive, "manifest.json"))[0]
        config = json.load(_member(archive, manifest["Config"]))
        layer = _member(archive, manifest["Layers"][0]).read()
    assert manifest["RepoTags"] == ["registry.k8s.io/pause:3.10.1"]
    assert config["config"]["Entrypoint"] == ["/pause"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]


def _member(archive: tarfile.TarFile, name: str) -> tarfile.ExFileObject:
    found = archive.extractfile(name)
    assert isinstance(found, tarfile.ExFileObject)
    return found


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb reads and writes Debian packages")
def test_a_debian_package_says_what_it_is_and_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    program = tmp_path / "kubelet"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = {"usr/lib/systemd/system/kubelet.service": "[Unit]\n", "etc/default/kubelet": "A=\n"}
    package = Package("kubelet", "1.34.4-1.1", "Node agent", "socat", {"usr/bin/kubelet": program}, unit)
    written = tmp_path / package.file_name
    digests: set[str] = set()
    for _ in range(2):
        package.write(tmp_path)
        digests.add(bundle.digest(written))
        program.touch()
    assert len(digests) == 1

    asked = commands.run("dpkg-deb", "--field", written, "Package", "Version", "Depends").splitlines()
    assert asked == ["Package: kubelet", "Version: 1.34.4-1.1", "Depends: socat"]
    contents = commands.run("dpkg-deb", "--contents", written)
    assert "./usr/bin/kubelet" in contents
    assert commands.run("dpkg-deb", "--info", written, "conffiles") == "/etc/default/kubelet\n"


@pytest.mark.lab
@pytest.mark.slow
def test_the_served_bundle_is_whole_and_has_what_kubeadm_asks_for(separate_lab: SeparateLab, tmp_path: Path) -> None:
    separate_lab.well("up", "--hosts", "w3")
    lab = Lab(Folders.default(os.environ, separate_lab.run))
    recorded = lab.status().bundle
    assert recorded is not None
    told = separate_lab.well("ssh", "w3", f"curl -sSf {recorded.url}/{bundle.INDEX} | sha256sum").split()[0]
    assert told == recorded.sha256 == lab.write_bundle_index_sha()
    served = lab.folders.served.resolve()
    assert bundle.problems(served) == []

    for version in bundle.KUBERNETES_VERSIONS:
        kubeadm = lab.folders.cache / "bin" / f"kubernetes-{version}" / "kubeadm"
        wanted = commands.run(kubeadm, "config", "images", "list", "--kubernetes-version", f"v{version}").split()
        assert set(wanted) <= {_reference(path) for path in (served / "images" / version).glob("*.tar")}

    # The control: the same files, one of which is not what it was.
    for path in served.rglob("*"):
        copy = tmp_path / "copy" / path.relative_to(served)
        copy.mkdir(parents=True, exist_ok=True) if path.is_dir() else copy.symlink_to(path)
    flip(tmp_path / "copy/apt/Packages")
    assert bundle.problems(tmp_path / "copy") == ["apt/Packages: not the file that was indexed"]


def _reference(image: Path) -> str:
    with tarfile.open(image) as archive:
        return json.load(_member(archive, "manifest.json"))[0]["RepoTags"][0]
