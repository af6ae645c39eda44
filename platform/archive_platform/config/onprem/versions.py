"""Which versions of Kubernetes are made, and which may follow which.

Sources: Kubernetes' "Version Skew Policy" and kubeadm's "Upgrading kubeadm clusters".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from archive_platform.config.rules import Wrong
from archive_platform.errors import ConfigError

SUPPORTED_MINORS = (33, 34, 35)
"""The minors of Kubernetes 1 that this release was made for."""

_VERSION = re.compile(r"1\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_KEY = "archive:kubernetes.version"


class Version(NamedTuple):
    """Of Kubernetes 1: `Version.of("1.34.4") == (34, 4)`."""

    minor: int
    patch: int

    @classmethod
    def of(cls, text: str) -> Version:
        """ValueError when it is no version such as 1.34.4."""
        found = _VERSION.fullmatch(text)
        if not found:
            raise ValueError(f"no version of Kubernetes: {text}")
        return cls(int(found[1]), int(found[2]))


def supported() -> str:
    """The supported minors in words."""
    return f"1.{SUPPORTED_MINORS[0]} to 1.{SUPPORTED_MINORS[-1]}"


def version(text: str) -> str:
    """A validator of versions that this release can make."""
    if text.startswith("v") and _VERSION.fullmatch(text[1:]):
        raise Wrong(why="packages and images are named by the number alone", mend=f"Set {text[1:]}")
    if re.fullmatch(r"1\.\d+", text):
        raise Wrong(why="packages are pinned to one patch release", mend=f"Name the patch, as in {text}.0")
    minor = Version.of(text).minor
    if minor not in SUPPORTED_MINORS:
        newer = minor > SUPPORTED_MINORS[-1]
        raise Wrong(
            must=f"be a version of {supported()}",
            why="this release of Game Archive knows no newer one" if newer else "older ones are not made any more",
            mend="Update Game Archive, or set one of these" if newer else "Set one of these",
        )
    return text


def check_upgrade(current: str, wanted: str) -> None:
    """Whether a cluster of version `current` may become `wanted`: the same, a later patch, or the next minor.

    ConfigError says the mend otherwise.
    """
    problem = _upgrade_problem(current, wanted)
    if problem:
        raise ConfigError(f"{_KEY} {problem}")


def check_skew(nodes: Mapping[str, str], wanted: str) -> None:
    """`check_upgrade` for the nodes of a cluster by name, some of which an interrupted upgrade may have left behind.

    A kubelet is never newer than the API server; one minor at a time also keeps it from being three older.
    ConfigError names every node in the way.
    """
    told = {name: _upgrade_problem(version, wanted) for name, version in sorted(nodes.items())}
    problems = [f"node {name}: {problem}" for name, problem in told.items() if problem]
    if problems:
        raise ConfigError("\n  ".join([f"{_KEY} does not fit the nodes:", *problems]))


def _upgrade_problem(current: str, wanted: str) -> str | None:
    now, then = Version.of(current), Version.of(wanted)
    if then < now:
        return (
            f"must be {current} or later (got {wanted}): kubeadm does not go back, and an older API server may not"
            f" read what is in etcd. Set {current}, or restore an etcd snapshot into a new cluster."
        )
    if then.minor > now.minor + 1:
        return (
            f"must be of 1.{now.minor} or 1.{now.minor + 1} (got {wanted}, after {current}): Kubernetes is upgraded one"
            f" minor at a time. Set a version of 1.{now.minor + 1} first, run pulumi up, and go on from there."
        )
    return None
