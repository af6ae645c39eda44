"""The settings of the community on AWS, and what its two environments set by default."""

from __future__ import annotations

from archive_platform.config.aws.account import AccountSettings
from archive_platform.config.aws.compute import ComputeSettings
from archive_platform.config.aws.database import DatabaseSettings
from archive_platform.config.aws.entrance import BalancerSettings, DomainSettings, HybridSettings
from archive_platform.config.aws.identity import IdentitySettings
from archive_platform.config.aws.network import InterfaceService, NetworkSettings, ZoneLetter
from archive_platform.config.aws.settings import Aws
from archive_platform.config.aws.storage import StorageSettings
from archive_platform.config.aws.vpn import VpnSettings
from archive_platform.config.aws.watch import SlackSettings, WatchSettings

__all__ = [
    "AccountSettings",
    "Aws",
    "BalancerSettings",
    "ComputeSettings",
    "DatabaseSettings",
    "DomainSettings",
    "HybridSettings",
    "IdentitySettings",
    "InterfaceService",
    "NetworkSettings",
    "SlackSettings",
    "StorageSettings",
    "VpnSettings",
    "WatchSettings",
    "ZoneLetter",
]
