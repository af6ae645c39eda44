"""The lab's verbs, for tests and for the command line."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

from tests.lab import bundle, commands, hosts, layout, machinery, network, remote, rootfs, sysctls
from tests.lab.errors import LabError
from tests.lab.layout import Folders
from tests.lab.remote import Answer
from tests.lab.state import HostState, LabState
from tools.bootstrap.progress import Progress

BOOT_SECONDS = 120
POLL_SECONDS = 0.25


class Lab:
    """Hosts of this machine. Every verb that changes something is safe to repeat, and to run after a crash of another.

    Args:
        folders: where this run keeps its things; by default `.archive/lab/` of the checkout.
        environ: PATH and the user's cache.
        progress: where long steps are shown.
    """

    def __init__(
        self,
        folders: Folders | None = None,
        environ: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.environ = dict(os.environ if environ is None else environ)
        self.folders = folders or Folders.default(self.environ)
        self.progress = progress or Progress()

    # The whole lab.

    def up(self, names: Iterable[str] = layout.DEFAULT_HOSTS) -> LabState:
        """Start these hosts, those that run already excepted, and wait until all of them answer.

        Raises:
            LabError: not root, a name that the lab does not know, a network that is taken, a host that does not answer.
        """
        wanted = [self._known(name) for name in names]
        _require_root()
        self.folders.prepare()
        network.check_free(self.folders.run)
        root_filesystem = rootfs.ensure(self.folders.cache, self.environ, self.progress)
        served = bundle.ensure(self.folders.cache, self.environ, self.progress)
        with self._changing() as state:
            machinery.clear_leftovers(self.folders, state)
            machinery.create_key(self.folders)
            network.create_bridge(self.folders.run)
            state.sysctls = state.sysctls or sysctls.current()
            machinery.save(self.folders, state)
            sysctls.make_room()
            machinery.serve(self.folders, state, served)
            for name in wanted:
                machinery.power_on(self.folders, state, name, root_filesystem)
            with self.progress.step(f"Hosts {', '.join(wanted)}") as step:
                for name in filter(lambda name: state.hosts[name].is_reachable, wanted):
                    step.detail = f"waiting for {name}"
                    self.wait_until_ready(name)
                step.result = "answer"
            machinery.apply_network(self.folders, state)
            return state

    def down(self) -> None:
        """End everything and leave nothing on this machine but the cache. Safe when nothing runs."""
        _require_root()
        if not self.folders.run.exists():
            return
        with self._changing() as state:
            for name in layout.ADDRESSES:
                machinery.power_off(self.folders, state, name)
                hosts.unmount_disk(self.folders.host(name))
            machinery.stop_serving(self.folders, state)
            network.remove_bridge(self.folders.run)
            sysctls.restore(state.sysctls)
            if self.folders.hosts.exists():
                shutil.rmtree(self.folders.hosts)
            for file in (self.folders.known_hosts, self.folders.served, self.folders.state):
                file.unlink(missing_ok=True)

    def status(self) -> LabState:
        """What is recorded, with the hosts that have died since marked as off.

        Raises:
            LabError: the lab is not up.
        """
        state = LabState.load(self.folders.state)
        if state is None:
            raise LabError("The lab is not up: `make lab-up` starts it")
        for host in state.hosts.values():
            if not host.has_power():
                host.state, host.process = "off", None
        return state

    def write_bundle_index_sha(self) -> str:
        """Write the digest of the served index to `bundle.sha256` in the run's folder, for shells, and return it.

        Raises:
            LabError: no bundle is served.
        """
        state = self.status()
        if state.bundle is None:
            raise LabError("the lab serves no bundle: `python -m tests.lab up` makes it and serves it")
        (self.folders.run / "bundle.sha256").write_text(f"{state.bundle.sha256}\n")
        return state.bundle.sha256

    # One host.

    def ssh(
        self,
        name: str,
        command: str,
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60,
        user: str = "root",
        check: bool = True,
    ) -> Answer:
        """Run a shell command on the host.

        Args:
            name: the host.
            command: for its login shell.
            stdin: what it reads.
            timeout: seconds.
            user: "root" or "operator".
            check: a non-zero exit code is an error.

        Raises:
            LabError: it did not answer in time, or `check` and the command failed.
        """
        return remote.ssh(self.folders, layout.ADDRESSES[self._known(name)], command, stdin, timeout, user, check)

    def inside(self, name: str, *command: str, timeout: float = 60) -> str:
        """Run a program in the host without its network: for a host that is cut. Returns stdout.

        Raises:
            LabError: the host has no power, or the program failed.
        """
        keeper = self._host(self.status(), name).process
        init = hosts.leader(keeper) if keeper else None
        if init is None:
            raise LabError(f"lab host {name} has no power: `python -m tests.lab on {name}`")
        return commands.run("nsenter", "--all", f"--target={init}", "--", *command, timeout=timeout)

    def reboot(self, name: str) -> None:
        """Restart the host in order, and wait until it answers again."""
        before = self.boot_id(name)
        self.inside(name, "systemctl", "reboot")
        self._wait(f"{name} to restart", lambda: self._booted_since(name, before))
        self.wait_until_ready(name)
        with self._changing() as state:
            machinery.apply_network(self.folders, state)

    def off(self, name: str) -> None:
        """Pull the host's plug: nothing on it is told."""
        with self._changing() as state:
            self._host(state, name)
            machinery.power_off(self.folders, state, name)
            machinery.save(self.folders, state)

    def on(self, name: str) -> None:
        """Give the host power, with the disk it had, and wait until it answers."""
        with self._changing() as state:
            self._host(state, name)
            root_filesystem = rootfs.ensure(self.folders.cache, self.environ, self.progress)
            machinery.power_on(self.folders, state, name, root_filesystem)
            machinery.apply_network(self.folders, state)
        if state.hosts[name].is_reachable:
            self.wait_until_ready(name)

    def reset(self, name: str) -> None:
        """Make the host bare again: power off, a new disk, power on. Its host key stays."""
        self.off(name)
        hosts.wipe_disk(self.folders.host(name))
        self.on(name)

    # The network.

    def cut(self, name: str) -> None:
        """Drop every frame from and to the host, as a dead switch does. The host sees its link up."""
        self._change_network(name, "cut", True)

    def unplug(self, name: str) -> None:
        """Pull the host's cable: it sees its link go down."""
        self._change_network(name, "unplugged", True)

    def join(self, name: str) -> None:
        """Undo `cut`, `unplug` and every partition that this host is part of."""
        with self._changing() as state:
            host = self._host(state, name)
            host.cut = host.unplugged = False
            state.partitions = [pair for pair in state.partitions if name not in pair]
            machinery.apply_network(self.folders, state)

    def partition(self, one: str, other: str) -> None:
        """Cut two hosts from each other; both go on seeing everything else."""
        with self._changing() as state:
            pair = (self._host(state, one).name, self._host(state, other).name)
            if pair not in state.partitions and pair[::-1] not in state.partitions:
                state.partitions.append(pair)
            machinery.apply_network(self.folders, state)

    def flap(self, name: str, times: int = 3, seconds: float = 1.0) -> None:
        """Let the host's link go down and come back, `times` times, `seconds` for each half."""
        self._host(self.status(), name)
        for _ in range(times):
            network.set_plugged(name, False)
            time.sleep(seconds)
            network.set_plugged(name, True)
            time.sleep(seconds)

    def boot_id(self, name: str) -> str:
        """A value that each start of the host makes anew."""
        return self.inside(name, "cat", "/proc/sys/kernel/random/boot_id").strip()

    def wait_until_ready(self, name: str, seconds: float = BOOT_SECONDS) -> None:
        """Until the host lets people log in.

        Raises:
            LabError: it does not within `seconds`.
        """
        # pam_nologin lets root in before the start is over, and nobody else.
        ready = "test ! -e /run/nologin"
        self._wait(f"{name} to answer", lambda: self.ssh(name, ready, timeout=10, check=False).code == 0, seconds)

    # How it is done.

    def _change_network(self, name: str, what: str, value: bool) -> None:
        with self._changing() as state:
            setattr(self._host(state, name), what, value)
            machinery.apply_network(self.folders, state)

    def _booted_since(self, name: str, boot_id: str) -> bool:
        try:
            return self.boot_id(name) != boot_id
        except LabError:  # between the two starts there is no process to ask
            return False

    def _wait(self, what: str, is_so: Callable[[], bool], seconds: float = BOOT_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise LabError(f"waited {seconds:.0f} s in vain for lab host {what}")
            time.sleep(POLL_SECONDS)

    def _changing(self) -> AbstractContextManager[LabState]:
        return machinery.changing(self.folders, self.progress)

    def _host(self, state: LabState, name: str) -> HostState:
        host = state.hosts.get(self._known(name))
        if host is None:
            raise LabError(f"lab host {name} is not up: `python -m tests.lab up --hosts {name}`")
        return host

    def _known(self, name: str) -> str:
        if name not in layout.ADDRESSES:
            raise LabError(f"there is no lab host {name!r}, only {', '.join(layout.ADDRESSES)}")
        return name


def _require_root() -> None:
    if os.geteuid() != 0:
        raise LabError("The lab mounts, makes a bridge and starts containers: run it as root (sudo make lab-up)")
