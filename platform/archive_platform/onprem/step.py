"""A step as a resource: a script that pulumi-command runs on its host, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi import Output, Resource, ResourceOptions
from pulumi_command import remote

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem.script import Script

DIAL_ATTEMPTS = 20  # with the provider's growing pauses about three minutes: a host that reboots comes back meanwhile
DIAL_SECONDS = 15


class Step:
    """One SSH connection whenever something about it changes, none when nothing does.

    Attributes:
        host: the host's name.
        name: the step's.
        command: the resource.
        items: the host's state after the step, by name; no secret in it.
        extra: what else the step tells the stack; secret.
    """

    def __init__(
        self,
        settings: OnPrem,
        host: Host,
        build: Callable[[Mapping[str, str]], Script],
        *,
        parent: Resource,
        after: Sequence[Resource] = (),
        secrets: Output[dict[str, str]] | None = None,
        founds: bool = False,
    ) -> None:
        """`build` makes the script from its secrets; without them the script has the same digest."""
        script = build({})
        sudo, run = settings.ssh_of(host).sudo, settings.reapply
        text = Output.from_input(script.text) if secrets is None else secrets.apply(lambda known: build(known).text)
        self.host, self.name = host.name, script.step
        # The cluster's own step goes with whoever is the first control plane, and keeps its name
        self.command = remote.Command(
            script.step if script.step == "cluster" else f"{host.name}-{script.step}",
            connection=connection(settings, host),
            create=script.command("found" if founds else "apply", sudo, run),
            update=script.command("apply", sudo, run),
            delete=script.command("remove", sudo, run),
            stdin=Output.secret(text),
            logging=remote.Logging.STDERR,  # standard output is the answer, which may hold a kubeconfig
            add_previous_output_in_env=False,
            opts=_options(host, parent, after),
        )
        answer = self.command.stdout.apply(_answer)
        self.items: Output[dict[str, str]] = Output.unsecret(answer.apply(lambda told: told["items"]))
        self.extra: Output[dict[str, str]] = Output.secret(answer.apply(lambda told: told.get("extra", {})))


def connection(settings: OnPrem, host: Host) -> remote.ConnectionArgs:
    """How pulumi-command reaches a host. Without a key it asks the SSH agent."""
    ssh = settings.ssh_of(host)
    key = ssh.key()
    proxy = None
    if ssh.jump is not None:
        jump_key = ssh.jump.key() or key
        proxy = remote.ProxyConnectionArgs(
            host=str(ssh.jump.address),
            port=ssh.jump.port,
            user=ssh.jump.user,
            host_key=ssh.jump.host_key,
            private_key=None if jump_key is None else Output.secret(jump_key.get_secret_value()),
            dial_error_limit=DIAL_ATTEMPTS,
            per_dial_timeout=DIAL_SECONDS,
        )
    return remote.ConnectionArgs(
        host=str(host.address),
        port=ssh.port,
        user=ssh.user,
        host_key=ssh.host_key,
        private_key=None if key is None else Output.secret(key.get_secret_value()),
        proxy=proxy,
        dial_error_limit=DIAL_ATTEMPTS,
        per_dial_timeout=DIAL_SECONDS,
    )


def _options(host: Host, parent: Resource, after: Sequence[Resource]) -> ResourceOptions:
    """A lost host keeps what the state says of it: nothing is run on it any more, not even to remove it."""
    return ResourceOptions(
        parent=parent,
        depends_on=list(after),
        additional_secret_outputs=["stdout"],
        retain_on_delete=host.lost,
        ignore_changes=["*"] if host.lost else None,
    )


def _answer(text: str) -> dict[str, Any]:
    """The JSON document that every step ends with."""
    return json.loads(text)
