"""Kubernetes, etcd, CoreDNS and the lab's own programs, built from Go modules and kept in the cache by version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.cached import Show, made_once
from tests.lab.errors import LabError
from tools.bootstrap import go_toolchain, processes
from tools.bootstrap.progress import Progress

PROGRAMS = Path(__file__).resolve().parent / "programs"
ETCD_VERSION = "3.6.16"
CRICTL_VERSION = "1.34.0"
NETWORK_PLUGINS_VERSION = "1.7.1"
NETWORK_PLUGINS = (
    "ipam/dhcp",
    "ipam/host-local",
    "ipam/static",
    "main/bridge",
    "main/host-device",
    "main/ipvlan",
    "main/loopback",
    "main/macvlan",
    "main/ptp",
    "main/vlan",
    "meta/bandwidth",
    "meta/firewall",
    "meta/portmap",
    "meta/sbr",
    "meta/tuning",
    "meta/vrf",
)
KUBERNETES_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubeadm",
    "kubectl",
)
COREDNS_PLUGINS = (
    "cache",
    "errors",
    "forward",
    "health",
    "kubernetes",
    "loadbalance",
    "log",
    "loop",
    "metrics",
    "ready",
    "reload",
)
# Without debugging information, which `-s -w` takes out of the programs anyway.
QUICKLY = "-gcflags=all=-dwarf=false"
GO_SETTINGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=mod -buildvcs=false -modcacherw",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
    # The compilers collect garbage more rarely, and none takes more memory for it than this.
    "GOGC": "300",
    "GOMEMLIMIT": "1GiB",
}


@dataclass(frozen=True)
class Build:
    """Programs that are made together, from one set of modules.

    Attributes:
        name: of the folder in the cache; says the version.
        title: shown while it is made.
        packages: Go package of each program, by the program's name.
        modules: what `go get` is asked for, as "package@version".
        ldflags: more flags for the linker.
        kubernetes: the version of k8s.io/kubernetes whose `replace` lines are needed.
        sources: files of our own, by their path in the module `lab` that is made for the build. With them nothing but
            what they import is fetched and compiled.
    """

    name: str
    title: str
    packages: Mapping[str, str]
    modules: Sequence[str]
    ldflags: str = ""
    kubernetes: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Builder:
    """Where builds are kept, and what is needed to make one."""

    cache: Path
    environ: Mapping[str, str]
    progress: Progress

    def ensure(self, build: Build) -> Path:
        """The folder with the build's programs, made first if need be. It appears complete or not at all.

        Raises:
            LabError: a module cannot be had or does not compile; the message is the reason.
        """
        target = self.cache / "bin" / build.name
        return made_once(target, build.title, self.progress, lambda scratch, show: self._build(build, scratch, show))

    def own_programs(self) -> Path:
        """The folder with `pause` and `probe`, from the sources beside this file."""
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(PROGRAMS.rglob("*.go"))))
        target = self.cache / "bin" / f"programs-{digest.hexdigest()[:12]}"

        def make(scratch: Path, show: Show) -> Path:
            out = scratch / "out"
            out.mkdir()
            self._go(scratch, PROGRAMS, show, "build", "-trimpath", "-ldflags=-s -w", "-o", f"{out}/", "./...")
            return out

        return made_once(target, "The lab's own programs", self.progress, make)

    def _build(self, build: Build, scratch: Path, show: Show) -> Path:
        module = scratch / "module"
        module.mkdir()
        head = ["module lab", "", f"go {_go_version()}", "", f"godebug default=go{_go_version()}", ""]
        replaced = self._replacements(scratch, module, build.kubernetes) if build.kubernetes else []
        (module / "go.mod").write_text("\n".join([*head, *replaced]))
        for path, text in build.sources.items():
            (module / path).parent.mkdir(parents=True, exist_ok=True)
            (module / path).write_text(text)
        # `-tool` records the packages, so that what they import counts as needed.
        self._go(scratch, module, show, "get", *([] if build.sources else ["-tool"]), *build.modules)
        out = scratch / "out"
        out.mkdir()
        flags = f"-ldflags=-s -w {build.ldflags}"
        options = ["-v", "-trimpath", QUICKLY, flags]
        self._go(scratch, module, show, "build", *options, "-o", f"{out}/", *build.packages.values())
        for program, package in build.packages.items():
            # Go names a program after its package's folder, a major version's folder excepted.
            (out / re.sub(r"/v\d+$", "", package).rpartition("/")[2]).rename(out / program)
        return out

    def _replacements(self, scratch: Path, module: Path, version: str) -> list[str]:
        """k8s.io/kubernetes points its staging modules at folders; the published modules hold the same code."""
        (module / "go.mod").write_text(f"module lab\n\ngo {_go_version()}\n")
        told = self._go(scratch, module, lambda _: None, "mod", "download", "-json", f"k8s.io/kubernetes@v{version}")
        go_mod = Path(json.loads("\n".join(told))["GoMod"]).read_text(encoding="utf-8")
        names = re.findall(r"^\s*(\S+) => \./staging/src/\S+$", go_mod, re.MULTILINE)
        return [f"replace {name} => {name} v0.{version.removeprefix('1.')}" for name in names]

    def _go(self, scratch: Path, folder: Path, show: Show, *arguments: str | Path) -> list[str]:
        go = go_toolchain.find(PROGRAMS / "go.mod", scratch / "go", self.environ, self.progress)
        done = processes.run(
            [go.program, *arguments],
            environ={**self.environ, **GO_SETTINGS},
            folder=folder,
            on_line=show,
            tail_lines=None,
        )
        if done.code != 0:
            raise LabError(f"`go {' '.join(map(str, arguments[:3]))}` failed:\n{done.said(8)}")
        return list(done.tail)


def kubernetes(version: str) -> Build:
    minor = version.split(".")[1]
    values = {"gitVersion": f"v{version}", "gitMajor": "1", "gitMinor": minor}
    stamp = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
    packages = {program: f"k8s.io/kubernetes/cmd/{program}" for program in KUBERNETES_PROGRAMS}
    modules = [f"{package}@v{version}" for package in packages.values()]
    return Build(f"kubernetes-{version}", f"Kubernetes {version}", packages, modules, stamp, version)


def etcd() -> list[Build]:
    """Three builds: each program is a module of its own."""
    return [
        Build(
            f"{program}-{ETCD_VERSION}",
            f"{program} {ETCD_VERSION}",
            {program: f"go.etcd.io/etcd/{folder}/v3"},
            [f"go.etcd.io/etcd/{folder}/v3@v{ETCD_VERSION}"],
        )
        for program, folder in (("etcd", "server"), ("etcdctl", "etcdctl"), ("etcdutl", "etcdutl"))
    ]


def coredns(version: str) -> Build:
    """With the plugins of kubeadm's Corefile alone: the others bring the SDKs of three clouds."""
    package = "github.com/coredns/coredns"
    imports = "".join(f'\t_ "{package}/plugin/{name}"\n' for name in COREDNS_PLUGINS)
    main = f'package main\n\nimport (\n\t"{package}/coremain"\n{imports})\n\nfunc main() {{ coremain.Run() }}\n'
    return Build(
        f"coredns-{version}-own-plugins",
        f"CoreDNS {version}",
        {"coredns": "lab/coredns"},
        [f"{package}@v{version}"],
        sources={"coredns/main.go": main},
    )


def crictl() -> Build:
    package = "sigs.k8s.io/cri-tools/cmd/crictl"
    return Build(
        f"crictl-{CRICTL_VERSION}",
        f"crictl {CRICTL_VERSION}",
        {"crictl": package},
        [f"{package}@v{CRICTL_VERSION}"],
        f"-X sigs.k8s.io/cri-tools/pkg/version.Version=v{CRICTL_VERSION}",
    )


def network_plugins() -> Build:
    """The CNI project's own plugins."""
    module = "github.com/containernetworking/plugins"
    packages = {plugin.rpartition("/")[2]: f"{module}/plugins/{plugin}" for plugin in NETWORK_PLUGINS}
    version = NETWORK_PLUGINS_VERSION
    modules = [f"{package}@v{version}" for package in packages.values()]
    stamp = f"-X {module}/pkg/utils/buildversion.BuildVersion=v{version}"
    return Build(f"network-plugins-{version}", f"Network plugins {version}", packages, modules, stamp)


def _go_version() -> str:
    """As the lab's own module asks for."""
    found = re.search(r"^go (\S+)$", (PROGRAMS / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise LabError(f"{PROGRAMS / 'go.mod'} has no `go` line. Restore the file from git.")
    return found[1]
