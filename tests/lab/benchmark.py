"""The CIS Kubernetes Benchmark 1.12, as kube-bench scores it: the controls that it marks automated, by number.

kube-bench itself cannot be built from Go modules. Each control below asks what kube-bench's `cis-1.12` asks of the same
process, file or setting; what it marks manual can only be a warning there, and is listed apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MANIFESTS = "/etc/kubernetes/manifests"
KUBELET_UNIT = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"

# One reading of a host: each file's mode and owner, each process's arguments, the kubelet's and kube-proxy's settings.
READ = r"""
set -u
for file in /etc/kubernetes/manifests/*.yaml /etc/kubernetes/*.conf /var/lib/etcd /var/lib/kubelet/config.yaml \
    /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf $(find /etc/kubernetes/pki 2>/dev/null); do
    [ -e "$file" ] && stat --format 'file %n %a %U:%G' "$file"
done
for program in kube-apiserver kube-controller-manager kube-scheduler etcd kubelet kube-proxy; do
    for process in /proc/[0-9]*; do
        first=$(tr '\0' '\n' < "$process/cmdline" 2>/dev/null | head -n 1)
        if [ "${first##*/}" = "$program" ]; then
            printf 'process %s ' "$program"; tr '\0' ' ' < "$process/cmdline"; echo
        fi
    done
done
echo 'kubelet-settings'
cat /var/lib/kubelet/config.yaml
"""


@dataclass(frozen=True)
class Host:
    """What was read of a host.

    Attributes:
        files: path → (mode as in 0o600, "owner:group").
        arguments: program → flag → value; "" for a flag without one.
        kubelet: the kubelet's settings file.
        proxy: kube-proxy's settings.
    """

    files: Mapping[str, tuple[int, str]]
    arguments: Mapping[str, Mapping[str, str]]
    kubelet: Mapping[str, Any] = field(default_factory=dict[str, Any])
    proxy: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def parse(cls, text: str, proxy: str = "") -> Host:
        """From what READ printed, and kube-proxy's `config.conf`."""
        read, _, settings = text.partition("kubelet-settings\n")
        files: dict[str, tuple[int, str]] = {}
        arguments: dict[str, dict[str, str]] = {}
        for line in read.splitlines():
            kind, name, *rest = line.split(" ")
            if kind == "file":
                files[name] = (int(rest[0], 8), rest[1])
            elif kind == "process":
                flags = (word.partition("=") for word in rest[1:] if word.startswith("--"))
                arguments[name] = {flag: value for flag, _, value in flags}
        return cls(files, arguments, yaml.safe_load(settings) or {}, yaml.safe_load(proxy) or {})


Check = Callable[[Host], bool]


@dataclass(frozen=True)
class Control:
    number: str
    what: str
    holds: Check


def failures(host: Host, controls: Iterable[Control]) -> list[str]:
    """The numbers of the controls that do not hold."""
    return [control.number for control in controls if not control.holds(host)]


def _mode(number: str, path: str, most: int) -> Control:
    return Control(number, f"{path}: mode {most:o} or less", lambda host: _within(host.files[path][0], most))


def _owner(number: str, path: str, owner: str = "root:root") -> Control:
    return Control(number, f"{path}: owner {owner}", lambda host: host.files[path][1] == owner)


def _within(mode: int, most: int) -> bool:
    return mode & ~most == 0


def _flag(number: str, program: str, flag: str, holds: Callable[[str | None], bool]) -> Control:
    return Control(number, f"{program} {flag}", lambda host: holds(host.arguments[program].get(flag)))


def _is(wanted: str) -> Callable[[str | None], bool]:
    return lambda value: value == wanted


def _unset(value: str | None) -> bool:
    return value is None


def _set(value: str | None) -> bool:
    return bool(value)


def _at_least(least: int) -> Callable[[str | None], bool]:
    return lambda value: value is not None and int(value) >= least


def _has(word: str) -> Callable[[str | None], bool]:
    return lambda value: value is not None and word in value.split(",")


def _has_not(word: str) -> Callable[[str | None], bool]:
    return lambda value: value is None or word not in value.split(",")


def _kubelet(number: str, path: str, holds: Callable[[Any], bool]) -> Control:
    def check(host: Host) -> bool:
        *parents, name = path.split(".")
        settings: Mapping[str, Any] = host.kubelet
        for parent in parents:
            settings = settings.get(parent, {})
        return holds(settings.get(name))

    return Control(number, f"kubelet {path}", check)


def _manifest(first: int, name: str) -> list[Control]:
    path = f"{MANIFESTS}/{name}.yaml"
    return [_mode(f"1.1.{first}", path, 0o600), _owner(f"1.1.{first + 1}", path)]


def _kubeconfigs(first: int, *names: str) -> list[Control]:
    paths = [f"/etc/kubernetes/{name}" for name in names]

    def modes(host: Host) -> bool:
        return all(_within(host.files[path][0], 0o600) for path in paths if path in host.files)

    def owners(host: Host) -> bool:
        return all(host.files[path][1] == "root:root" for path in paths if path in host.files)

    return [
        Control(f"1.1.{first}", f"{names}: mode 600 or less", modes),
        Control(f"1.1.{first + 1}", f"{names}: owner root:root", owners),
    ]


API = "kube-apiserver"
MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"

CONTROL_PLANE: tuple[Control, ...] = (
    *_manifest(1, API),
    *_manifest(3, MANAGER),
    *_manifest(5, SCHEDULER),
    *_manifest(7, "etcd"),
    _mode("1.1.11", "/var/lib/etcd", 0o700),
    _owner("1.1.12", "/var/lib/etcd", "etcd:etcd"),
    *_kubeconfigs(13, "admin.conf", "super-admin.conf"),
    *_kubeconfigs(15, "scheduler.conf"),
    *_kubeconfigs(17, "controller-manager.conf"),
    Control(
        "1.1.19",
        "everything under pki: owner root:root",
        lambda host: all(owner == "root:root" for path, (_, owner) in host.files.items() if "/pki" in path),
    ),
    _flag("1.2.2", API, "--token-auth-file", _unset),
    _flag("1.2.4", API, "--kubelet-client-certificate", _set),
    _flag("1.2.4", API, "--kubelet-client-key", _set),
    _flag("1.2.5", API, "--kubelet-certificate-authority", _set),
    _flag("1.2.6", API, "--authorization-mode", lambda value: _set(value) and _has_not("AlwaysAllow")(value)),
    _flag("1.2.7", API, "--authorization-mode", _has("Node")),
    _flag("1.2.8", API, "--authorization-mode", _has("RBAC")),
    _flag("1.2.10", API, "--enable-admission-plugins", _has_not("AlwaysAdmit")),
    _flag("1.2.12", API, "--disable-admission-plugins", _has_not("ServiceAccount")),
    _flag("1.2.13", API, "--disable-admission-plugins", _has_not("NamespaceLifecycle")),
    _flag("1.2.14", API, "--enable-admission-plugins", _has("NodeRestriction")),
    _flag("1.2.15", API, "--profiling", _is("false")),
    _flag("1.2.16", API, "--audit-log-path", _set),
    _flag("1.2.17", API, "--audit-log-maxage", _at_least(30)),
    _flag("1.2.18", API, "--audit-log-maxbackup", _at_least(10)),
    _flag("1.2.19", API, "--audit-log-maxsize", _at_least(100)),
    _flag("1.2.21", API, "--service-account-lookup", lambda value: value in (None, "true")),
    _flag("1.2.22", API, "--service-account-key-file", _set),
    _flag("1.2.23", API, "--etcd-certfile", _set),
    _flag("1.2.23", API, "--etcd-keyfile", _set),
    _flag("1.2.24", API, "--tls-cert-file", _set),
    _flag("1.2.24", API, "--tls-private-key-file", _set),
    _flag("1.2.25", API, "--client-ca-file", _set),
    _flag("1.2.26", API, "--etcd-cafile", _set),
    _flag("1.2.30", API, "--service-account-extend-token-expiration", _is("false")),
    _flag("1.3.2", MANAGER, "--profiling", _is("false")),
    _flag("1.3.3", MANAGER, "--use-service-account-credentials", lambda value: value not in (None, "false")),
    _flag("1.3.4", MANAGER, "--service-account-private-key-file", _set),
    _flag("1.3.5", MANAGER, "--root-ca-file", _set),
    _flag("1.3.6", MANAGER, "--feature-gates", _has_not("RotateKubeletServerCertificate=false")),
    _flag("1.3.7", MANAGER, "--bind-address", lambda value: value in (None, "127.0.0.1")),
    _flag("1.4.1", SCHEDULER, "--profiling", _is("false")),
    _flag("1.4.2", SCHEDULER, "--bind-address", lambda value: value in (None, "127.0.0.1")),
    _flag("2.1", "etcd", "--cert-file", _set),
    _flag("2.1", "etcd", "--key-file", _set),
    _flag("2.2", "etcd", "--client-cert-auth", _is("true")),
    _flag("2.3", "etcd", "--auto-tls", lambda value: value in (None, "false")),
    _flag("2.4", "etcd", "--peer-cert-file", _set),
    _flag("2.4", "etcd", "--peer-key-file", _set),
    _flag("2.5", "etcd", "--peer-client-cert-auth", _is("true")),
    _flag("2.6", "etcd", "--peer-auto-tls", lambda value: value in (None, "false")),
)

NODE: tuple[Control, ...] = (
    _mode("4.1.1", KUBELET_UNIT, 0o600),
    _owner("4.1.2", KUBELET_UNIT),
    _mode("4.1.5", "/etc/kubernetes/kubelet.conf", 0o600),
    _owner("4.1.6", "/etc/kubernetes/kubelet.conf"),
    _mode("4.1.9", "/var/lib/kubelet/config.yaml", 0o600),
    _owner("4.1.10", "/var/lib/kubelet/config.yaml"),
    _kubelet("4.2.1", "authentication.anonymous.enabled", lambda value: value is False),
    _kubelet("4.2.2", "authorization.mode", lambda value: value not in (None, "AlwaysAllow")),
    _kubelet("4.2.3", "authentication.x509.clientCAFile", bool),
    _kubelet("4.2.6", "makeIPTablesUtilChains", lambda value: value in (None, True)),
    _kubelet("4.2.10", "rotateCertificates", lambda value: value in (None, True)),
    Control(
        "4.3.1",
        "kube-proxy's metrics on the loopback only",
        lambda host: str(host.proxy.get("metricsBindAddress") or "127.0.0.1").startswith("127.0.0.1"),
    ),
)

# Manual in kube-bench, and kept all the same. Left open: 1.2.1 (kubeadm's probes and joins need the anonymous user for
# what everybody may read), 1.2.11 (AlwaysPullImages: a node could start nothing while the registry is away), 4.2.9 (the
# kubelet's certificate is the one that the cluster signs and rotates).
BEYOND: tuple[Control, ...] = (
    Control(
        "1.1.20",
        "certificates under pki: mode 644 or less",
        lambda host: all(_within(mode, 0o644) for path, (mode, _) in host.files.items() if path.endswith(".crt")),
    ),
    Control(
        "1.1.21",
        "keys under pki: mode 600",
        lambda host: all(_within(mode, 0o600) for path, (mode, _) in host.files.items() if path.endswith(".key")),
    ),
    _flag("1.2.3", API, "--enable-admission-plugins", _has("DenyServiceExternalIPs")),
    _flag("1.2.9", API, "--enable-admission-plugins", _has("EventRateLimit")),
    _flag("1.2.27", API, "--encryption-provider-config", _set),
    _flag("1.2.29", API, "--tls-cipher-suites", _set),
    _flag("1.3.1", MANAGER, "--terminated-pod-gc-threshold", _set),
    _flag("2.7", "etcd", "--trusted-ca-file", _set),
    _flag("3.2.1", API, "--audit-policy-file", _set),
)
