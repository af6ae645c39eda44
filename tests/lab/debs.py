"""Kubernetes' own Debian packages: the contents, dependencies and versions of those on pkgs.k8s.io."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import binaries, commands
from tests.lab.binaries import Builder

REVISION = "1.1"
UNITS = "usr/lib/systemd/system"
# kubelet.service and 10-kubeadm.conf as in kubernetes/release, cmd/krel/templates/latest.
KUBELET_UNIT = """\
[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
"""
KUBEADM_DROP_IN = """\
# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""


@dataclass(frozen=True)
class Package:
    """One .deb.

    Attributes:
        name: of the package.
        version: with its revision.
        summary: one line.
        depends: as in the control file.
        programs: source file by path in the package.
        texts: contents by path in the package.
    """

    name: str
    version: str
    summary: str
    depends: str = ""
    programs: Mapping[str, Path] = field(default_factory=dict[str, Path])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def file_name(self) -> str:
        return f"{self.name}_{self.version}_amd64.deb"

    def write(self, folder: Path) -> None:
        """Build the .deb into the folder. Its contents bear no time, so the same input gives the same file."""
        with tempfile.TemporaryDirectory(prefix=f".deb-{self.name}-", dir=folder) as name:
            root = Path(name)
            root.chmod(0o755)
            for path, source in self.programs.items():
                _parent(root / path).hardlink_to(source)
            for path, text in self.texts.items():
                _parent(root / path).write_text(text)
            _parent(root / "DEBIAN" / "control").write_text(self._control())
            if conffiles := [f"/{path}\n" for path in self.texts if path.startswith("etc/")]:
                (root / "DEBIAN" / "conffiles").write_text("".join(conffiles))
            # Fast, and small enough for one machine's own network.
            pack = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", root, folder / self.file_name]
            commands.run("env", "SOURCE_DATE_EPOCH=0", *pack)

    def _control(self) -> str:
        fields = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "amd64",
            "Maintainer": "The lab <lab@archive.test>",
            "Section": "admin",
            "Priority": "optional",
            "Depends": self.depends,
            "Description": self.summary,
        }
        return "".join(f"{key}: {value}\n" for key, value in fields.items() if value)


def kubernetes(version: str, builder: Builder) -> list[Package]:
    """kubelet, kubeadm and kubectl of one version."""
    built = builder.ensure(binaries.kubernetes(version))
    numbered = f"{version}-{REVISION}"
    return [
        Package(
            "kubelet",
            numbered,
            "Kubernetes node agent",
            "conntrack, ebtables, ethtool, iproute2, iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, socat, "
            "util-linux",
            {"usr/bin/kubelet": built / "kubelet"},
            {f"{UNITS}/kubelet.service": KUBELET_UNIT, "etc/default/kubelet": "KUBELET_EXTRA_ARGS=\n"},
        ),
        Package(
            "kubeadm",
            numbered,
            "Tool for bootstrapping a Kubernetes cluster",
            "cri-tools (>= 1.30.0)",
            {"usr/bin/kubeadm": built / "kubeadm"},
            {f"{UNITS}/kubelet.service.d/10-kubeadm.conf": KUBEADM_DROP_IN},
        ),
        Package(
            "kubectl",
            numbered,
            "Command-line client of Kubernetes",
            programs={"usr/bin/kubectl": built / "kubectl"},
        ),
    ]


def tools(builder: Builder) -> list[Package]:
    """What Kubernetes' packages depend on and Debian does not have under that name."""
    crictl = builder.ensure(binaries.crictl())
    plugins = builder.ensure(binaries.network_plugins())
    return [
        Package(
            "cri-tools",
            f"{binaries.CRICTL_VERSION}-{REVISION}",
            "Command-line client of container runtimes",
            programs={"usr/bin/crictl": crictl / "crictl"},
        ),
        Package(
            "kubernetes-cni",
            f"{binaries.NETWORK_PLUGINS_VERSION}-{REVISION}",
            "Container network plugins",
            programs={f"opt/cni/bin/{path.name}": path for path in sorted(plugins.iterdir())},
        ),
    ]


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
