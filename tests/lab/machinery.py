"""How the lab's verbs are done: each function changes this machine and the recorded state together."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.lab import bundle, cgroups, commands, hosts, layout, network, remote, server
from tests.lab.layout import Folders
from tests.lab.state import BundleState, HostState, LabState
from tools.bootstrap import locks
from tools.bootstrap.progress import Progress

SERVER = "bundle"


@contextmanager
def changing(folders: Folders, progress: Progress) -> Generator[LabState]:
    """The recorded state, or an empty one, for one process at a time."""
    with locks.hold(folders.lock, "a change of the lab", progress):
        yield LabState.load(folders.state) or LabState(str(folders.private_key))


def save(folders: Folders, state: LabState) -> None:
    remote.write_known_hosts(folders, state.hosts.values())
    state.save(folders.state)


def create_key(folders: Folders) -> None:
    """The key that may log in to every host."""
    if not folders.private_key.exists():
        commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", folders.private_key)


def power_on(folders: Folders, state: LabState, name: str, root_filesystem: Path) -> None:
    """Give a host power, with the disk it had or a new one; nothing happens to one that has power."""
    recorded = state.hosts.get(name)
    if recorded is not None and recorded.has_power():
        return
    folder, group = folders.host(name), folders.group(name)
    # A host that switched itself off has left its groups behind.
    hosts.power_off(None, group)
    host = recorded or HostState(name, str(layout.ADDRESSES[name]), hosts.create_host_key(folder, name))
    state.hosts[name] = host
    save(folders, state)
    root = hosts.mount_disk(folder, root_filesystem)
    public_key = folders.private_key.with_suffix(".pub").read_text()
    hosts.furnish(root, name, layout.ADDRESSES[name], folder, public_key)
    host.process, host.state = hosts.power_on(name, folder, group), "on"
    save(folders, state)


def power_off(folders: Folders, state: LabState, name: str) -> None:
    """Pull the plug of a host, recorded or not."""
    recorded = state.hosts.get(name)
    hosts.power_off(recorded.process if recorded else None, folders.group(name))
    if recorded is not None:
        recorded.state, recorded.process = "off", None


def serve(folders: Folders, state: LabState, folder: Path) -> None:
    """Serve this bundle. A server that runs stays: what it serves is a link, replaced in one step."""
    link = folders.served
    scratch = link.with_name(f".{link.name}.new")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(folder)
    scratch.rename(link)
    if state.bundle is not None and state.bundle.process.is_alive():
        process = state.bundle.process
    else:
        groups = cgroups.create(folders.group(SERVER))
        process = server.start(link, layout.GATEWAY, layout.BUNDLE_PORT, folders.run / "server.log", groups)
    sha256 = bundle.digest(folder / bundle.INDEX)
    state.bundle = BundleState(layout.BUNDLE_URL, sha256, process.pid, process.started)
    save(folders, state)
    bundle.prune(folders.cache)


def stop_serving(folders: Folders, state: LabState) -> None:
    """End the server, recorded or not."""
    if state.bundle is not None:
        state.bundle.process.kill()
    state.bundle = None
    cgroups.kill(folders.group(SERVER))
    cgroups.remove(folders.group(SERVER))


def clear_leftovers(folders: Folders, state: LabState) -> None:
    """What a crashed run left: hosts that are half started, mounts of hosts that died, a server nobody knows."""
    for name in layout.ADDRESSES:
        recorded = state.hosts.get(name)
        if recorded is None or not recorded.has_power():
            power_off(folders, state, name)
            hosts.unmount_disk(folders.host(name))
    if state.bundle is None or not state.bundle.process.is_alive():
        stop_serving(folders, state)


def apply_network(folders: Folders, state: LabState) -> None:
    """Make the network what the state says: who is cut, who is unplugged, which pairs are apart."""
    save(folders, state)
    network.apply_cuts([host.name for host in state.hosts.values() if host.cut], state.partitions)
    plugged_in = network.ports()
    for host in state.hosts.values():
        if layout.outer_interface(host.name) in plugged_in:
            network.set_plugged(host.name, not host.unplugged)
