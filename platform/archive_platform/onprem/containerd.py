"""containerd's files. Pure functions.

References: docs/cri/config.md and docs/hosts.md of containerd. Version 2 of the configuration is that of containerd 1.x
(Debian 12 and 13, Ubuntu 22.04 and 24.04), version 3 that of 2.x.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from archive_platform.config.onprem import OnPrem

PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"  # cmd/kubeadm/app/constants: PauseVersion of Kubernetes 1.34 and 1.35
CERTIFICATES = "/etc/containerd/certs.d"
HEAD = "# Made by Game Archive. Changes are overwritten.\n"
# Docker Hub answers under a name of its own.
SERVERS = {"docker.io": "registry-1.docker.io"}

_VERSION_2 = """\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {pause}
  restrict_oom_score_adj = {restrict}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = {certificates}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = {snapshotter}
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = {systemd}
"""

_VERSION_3 = """\
version = 3
[plugins."io.containerd.cri.v1.images"]
  snapshotter = {snapshotter}
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = {pause}
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = {certificates}
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = {restrict}
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    snapshotter = {snapshotter}
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = {systemd}
"""


def config(settings: OnPrem, major: int) -> str:
    """config.toml for containerd 1.x or 2.x (`major`): what differs from containerd's defaults."""
    runtime = settings.runtime
    return HEAD + (_VERSION_2 if major < 2 else _VERSION_3).format(
        pause=json.dumps(settings.kubernetes.pause_image or PAUSE_IMAGE),
        restrict=json.dumps(runtime.restrict_oom_score_adj),
        certificates=json.dumps(CERTIFICATES),
        snapshotter=json.dumps(runtime.snapshotter),
        systemd=json.dumps(runtime.cgroup_driver == "systemd"),
    )


def mirrors(settings: OnPrem) -> dict[str, str]:
    """hosts.toml for each registry with a mirror. The registry itself is asked when the mirror has no answer.

    A URL with a path is taken as it is; containerd adds `/v2` to one without.
    """
    return {
        registry: (
            f"{HEAD}server = {json.dumps(f'https://{SERVERS.get(registry, registry)}')}\n"
            f"[host.{json.dumps(url)}]\n"
            '  capabilities = ["pull", "resolve"]\n' + ("  override_path = true\n" if urlsplit(url).path else "")
        )
        for registry, url in sorted(settings.runtime.mirrors.items())
    }
