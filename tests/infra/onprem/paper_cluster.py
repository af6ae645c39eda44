"""A cluster of paper around one host of paper, for the steps `node` and `cluster`: see stubs/kubernetes.sh."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.infra.onprem import paper
from tests.infra.onprem.sandbox import Outcome, Sandbox

from archive_platform.config.onprem import OnPrem
from archive_platform.onprem import node as steps
from archive_platform.onprem import snapshots
from archive_platform.onprem.prepare import KUBERNETES_PACKAGES
from archive_platform.onprem.script import Script, Verb

OLD, VERSION = "1.33.7", "1.34.4"
NODES = ("cp1", "cp2", "cp3", "w1")
# What a host has from other packages, and what only these steps ask.
STUBS = "crictl curl ip iptables iptables-restore iptables-save kubeadm kubectl nft openssl sleep systemctl"
GENERATED = "a canary"
CA_HASH = "sha256:" + "ca" * 32
PLANTED = "planted-in-the-kubeconfig"

# Half a minute passes with each wait, whatever its length, so that no deadline costs time. What the step says is noted
# between the calls. stubs/accounts.sh's `stat` is played without a program: it is asked fifty times in a run. Taking a
# snapshot has tests of its own.
PLAYED = """
stat() {
    local number mode name owner
    while read -r number mode name; do
        owner=root:root
        [[ ! $'\\n'$(< /stub/owners) =~ $'\\n'"$number "([^[:space:]]+) ]] || owner=${BASH_REMATCH[1]}
        [[ $1 == *%n ]] || name=''
        printf '%s\\n' "$mode $owner${name:+ $name}"
    done < <(/machine/bin/stat --format='%i %a %n' "${@:2}")
}
sleep() {
    SECONDS=$((SECONDS + 30))
    command sleep "$1"
}
say() {
    printf '%s %s: %s\\n' "$HOST" "$STEP" "$*" >&2
    printf '== %s\\n' "$*" >> /stub/calls
}
SNAPSHOT_PROGRAM='#!/bin/bash
echo "snapshot $*" >> /stub/calls'
"""
# The host goes on when the step has ended.
LATER = "command sleep 0\nexit\n"


def settings(version: str = VERSION, **kubernetes: Any) -> OnPrem:
    return paper.settings(kubernetes={"version": version, "drainSeconds": 60, **kubernetes})


def secrets(known: OnPrem, name: str, ca_hash: str = CA_HASH) -> dict[str, str]:
    """All that the stack generates for a node; a first control plane is given no hash."""
    return {
        **steps.join_secrets(GENERATED),
        **steps.encryption_key(GENERATED),
        **snapshots.node_secrets(GENERATED, paper.host_of(known, name)),
        "CA_HASH": ca_hash,
    }


def must_not_be_told() -> Sequence[str]:
    """Texts that give a secret away. A token's id is no secret: it names an object in the cluster."""
    known = settings()
    told = {text for name in ("cp1", "cp2", "cp3") for text in secrets(known, name, "").values() if text}
    lines = {line for text in told for line in text.splitlines() if not line.startswith("-----")}
    return [line.partition(".")[2] or line for line in sorted(lines)] + [PLANTED]


def node(name: str, known: OnPrem | None = None, ca_hash: str = CA_HASH) -> Script:
    known = known or settings()
    return played(steps.node(known, paper.host_of(known, name), secrets(known, name, ca_hash)))


def cluster(known: OnPrem | None = None) -> Script:
    return played(steps.cluster(known or settings(), steps.join_secrets(GENERATED)))


def played(script: Script) -> Script:
    step, call, _ = script.text.rpartition('main "$@" < /dev/null\n')
    return replace(script, text=f"{step}{PLAYED}{call}{LATER}")


def mutated(script: Script, old: str, new: str) -> Script:
    """The same with a planted change."""
    assert script.text.count(old) == 1
    return replace(script, text=script.text.replace(old, new))


class Cluster:
    """A prepared host, and the cluster that it is in or will be in."""

    def __init__(self, root: Path, name: str, version: str = VERSION) -> None:
        self.name, self.host = name, Sandbox(root)
        for program in STUBS.split():
            (root / "usr/bin" / program).unlink(missing_ok=True)
            (root / "usr/bin" / program).symlink_to("/stub/kubernetes.sh")
        (root / "stub/kubernetes.sh").chmod(0o755)
        (root / "stub/model").mkdir()
        (root / "stub/model/systemctl").symlink_to("/stub/stub.sh")
        (root / "usr/bin/pod-routes").symlink_to("/usr/local/lib/archive/pod-routes")
        (root / "usr/bin/awk").unlink()
        (root / "usr/bin/awk").symlink_to(f"/machine/bin/{Path('/usr/bin/awk').resolve().name}")  # /etc/alternatives
        self.host.write("etc/hostname", f"{name}\n")
        self.host.write("usr/lib/systemd/system/kubelet.service", "")
        self.host.write("stub/services/containerd", "enabled active\n")
        self.host.write("stub/held", "".join(f"{package}\n" for package in KUBERNETES_PACKAGES))
        self.host.install(*(f"{package} {version}-1.1" for package in KUBERNETES_PACKAGES))
        for served in (OLD, VERSION):
            self.host.serve(*(f"{package} {served}-1.1" for package in KUBERNETES_PACKAGES))
        self.state(version=version, turn="nobody", address=paper.HOSTS[name][0], clock="now")
        self.state(secrets="", pods="", budget="", etcd="", running="")

    def copy(self, root: Path) -> Cluster:
        """The same host once more. Owners are noted by the number of a file, and a copy has another."""
        shutil.copytree(self.host.root, root, symlinks=True)
        copied = Cluster.__new__(Cluster)
        copied.name, copied.host = self.name, Sandbox.__new__(Sandbox)
        copied.host.root = root
        owners = dict(line.split(" ", 1) for line in self.host.read("stub/owners").splitlines())
        numbers = {str(path.lstat().st_ino): path.relative_to(self.host.root) for path in self.host.root.rglob("*")}
        kept = ((root / numbers[old], owner) for old, owner in owners.items() if old in numbers)
        copied.host.write("stub/owners", "".join(f"{path.lstat().st_ino} {owner}\n" for path, owner in kept))
        return copied

    def state(self, **files: str) -> None:
        """Files of the cluster's state, as stubs/kubernetes.sh lists them."""
        for name, text in files.items():
            self.host.write(f"stub/cluster/{name}", text if text.endswith("\n") or not text else f"{text}\n")

    def member(self, *names: str, version: str = VERSION, ready: bool = True) -> None:
        """Let others be in the cluster, which answers then."""
        self.state(api="")
        for name in names:
            self.state(**{f"nodes/{name}/version": version, f"nodes/{name}/ready": str(ready)})
            if name.startswith("cp"):
                url = f"https://{paper.HOSTS[name][0]}:2379"
                self.state(etcd=f"{self.told('etcd')}id-{name} {name} {url} {'healthy' if ready else 'ill'}\n")

    def told(self, name: str) -> str:
        return self.host.read(f"stub/cluster/{name}") if self.host.has(f"stub/cluster/{name}") else ""

    def run(self, script: Script, verb: Verb) -> Outcome:
        """Run it, and see to it that nothing that others may read gives a secret away."""
        done = self.host.run(script, verb)
        told = "\n".join([*done.said, *done.calls, *map(str, [done.answer.get(key) for key in ("items", "changes")])])
        assert [secret for secret in must_not_be_told() if secret in told] == []
        return done


class Members:
    """Hosts that have joined at the version OLD, each made once and copied for every test."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[str, Cluster]()

    def copy(self, name: str, root: Path) -> Cluster:
        if name not in self._made:
            made = self._made[name] = Cluster(self._folder / name, name, OLD)
            made.member(*(other for other in NODES if other != name and name != "cp1"), version=OLD)
            done = made.run(node(name, settings(OLD)), "found" if name == "cp1" else "apply")
            assert done.code == 0, done.said
            made.member(*(other for other in NODES if other != name and name == "cp1"), version=OLD)
        return self._made[name].copy(root)


def story(outcomes: Mapping[str, Outcome], items: bool = False) -> str:
    """What the runs decided, for a golden file: what was said, and below it the calls.

    `items` adds the answers of runs that changed something: what each tells otherwise than the one before.
    """
    lines: list[str] = []
    before: Mapping[str, str] = {}
    for title, outcome in outcomes.items():
        planned = outcome.answer.get("changes")
        lines += [f"{title}: exit code {outcome.code}", *(f"    {change}" for change in planned or ())]
        for call, repeated in groupby(outcome.calls):
            times = len(list(repeated))
            line = call.removeprefix("== ") if call.startswith("== ") else f"    $ {call}"
            lines += [f"    {line}" + (f" ({times} times)" if times > 1 else "")]
        if items and outcome.answer and planned is None:
            told = {**outcome.items, **{f"and {name}": "" for name in outcome.answer.get("extra", ())}}
            other = [f"    {name}: {_without_digest(told[name])}" for name in told if told[name] != before.get(name)]
            lines += ["  answers", *(other or ["    the same"])]
            before = told
    return "".join(f"{line.rstrip(': ')}\n" for line in lines)


def _without_digest(value: str) -> str:
    """What a file holds changes for many a reason, and has golden files of its own."""
    return re.sub(r"^(\d+ \S+) [0-9a-f]{12}$", r"\1", value)
