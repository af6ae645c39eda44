"""The steps of a host, in the order in which the stack runs them. Pure functions, for tools that only read."""

from __future__ import annotations

from archive_platform.config.onprem import Host, OnPrem
from archive_platform.onprem import node
from archive_platform.onprem.load_balancer import load_balancer
from archive_platform.onprem.prepare import prepare
from archive_platform.onprem.script import Script


def steps(settings: OnPrem, host: Host) -> list[Script]:
    """Without secrets: for the verb `plan`, which needs none."""
    scripts = [prepare(settings, host)]
    if host.is_load_balancer:
        scripts.append(load_balancer(settings, host))
    if host.is_control_plane or host.is_worker:
        scripts.append(node.node(settings, host))
    if host == settings.primary:
        scripts.append(node.cluster(settings))
    return scripts
