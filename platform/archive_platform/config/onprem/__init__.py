"""The settings of a cluster on one's own servers, checked as a whole before anything is touched."""

from __future__ import annotations

from archive_platform.config.onprem.inventory import ROLES, Host, Role
from archive_platform.config.onprem.kubernetes import OWNED_KUBELET, OWNED_PROXY, Kubernetes, Runtime
from archive_platform.config.onprem.labels import Taint
from archive_platform.config.onprem.networks import Addresses, Networks
from archive_platform.config.onprem.services import Administrator, LoadBalancerSettings, Packages, Snapshots
from archive_platform.config.onprem.settings import API_PORT, OnPrem
from archive_platform.config.onprem.ssh import Jump, Ssh
from archive_platform.config.onprem.versions import SUPPORTED_MINORS, Version, check_skew, check_upgrade

__all__ = [
    "API_PORT",
    "OWNED_KUBELET",
    "OWNED_PROXY",
    "ROLES",
    "SUPPORTED_MINORS",
    "Addresses",
    "Administrator",
    "Host",
    "Jump",
    "Kubernetes",
    "LoadBalancerSettings",
    "Networks",
    "OnPrem",
    "Packages",
    "Role",
    "Runtime",
    "Snapshots",
    "Ssh",
    "Taint",
    "Version",
    "check_skew",
    "check_upgrade",
]
