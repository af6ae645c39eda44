"""What surrounds the cluster: packages, load balancers, people, snapshots."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from archive_platform.config.onprem import sshkeys
from archive_platform.config.onprem.calendar import calendar_expression
from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import Account, DnsLabel, WebUrl, Whole, matching, url

RESERVED_ACCOUNTS = frozenset(
    {
        "_apt",
        "archive-snapshots",
        "backup",
        "bin",
        "daemon",
        "etcd",
        "ftp",
        "games",
        "gnats",
        "irc",
        "kube",
        "list",
        "lp",
        "mail",
        "man",
        "messagebus",
        "mysql",
        "news",
        "nginx",
        "nobody",
        "polkitd",
        "proxy",
        "root",
        "sshd",
        "sync",
        "sys",
        "uucp",
        "uuidd",
        "www-data",
    }
)
"""Accounts of Debian, Ubuntu and the packages installed here."""

CENTISECOND = 0.01  # VRRPv3 counts its interval in hundredths of a second (RFC 9568, section 5.2.7)


def _not_reserved(name: str) -> str:
    if name in RESERVED_ACCOUNTS or name.startswith("systemd-"):
        raise Wrong(
            must="be the name of a person",
            why="it is an account of the system",
            mend="Choose another; root is entered by administrators through sudo",
        )
    return name


def _kubernetes_url(text: str) -> str:
    bare = text.replace("{minor}", "0")
    if "{" in bare or "}" in bare:
        raise ValueError("another placeholder")
    url("http", "https")(bare)
    return text.rstrip("/")


def _centiseconds(seconds: float) -> float:
    rounded = round(seconds / CENTISECOND) * CENTISECOND
    if abs(rounded - seconds) > CENTISECOND / 1000:
        raise Wrong(why="VRRP counts in hundredths of a second", mend=f"Set {rounded:.2f}")
    return seconds


class Packages(Group):
    """Where software comes from."""

    mirror: Annotated[
        WebUrl | None,
        Rule(
            "be an http:// or https:// URL",
            "packages of the distribution are fetched there",
            "Set the URL of a mirror, or leave it out",
        ),
    ] = None
    kubernetes: Annotated[
        Annotated[str, AfterValidator(_kubernetes_url)] | None,
        Rule(
            "be an http:// or https:// URL, in which {minor} stands for 1.34 and the like",
            "packages of Kubernetes are fetched there",
            "Set one, as in https://mirror.example.com/kubernetes/{minor}/deb, or leave it out",
        ),
    ] = None
    bundle: Annotated[
        Annotated[str, AfterValidator(url("http", "https", "file"))] | None,
        Rule(
            "be an http://, https:// or file:/// URL",
            "an air-gapped cluster gets all its software there",
            "Set the URL of the bundle's folder, as in file:///srv/bundle",
        ),
    ] = None
    bundle_sha256: Annotated[
        Annotated[str, AfterValidator(matching(r"[0-9a-f]{64}"))] | None,
        Rule(
            "be 64 hexadecimal digits in lower case",
            "it pins the bundle's index.json, which pins the rest",
            "Set what `sha256sum index.json` prints",
        ),
    ] = None


class LoadBalancerSettings(Group):
    """Nginx and keepalived on the two load balancers."""

    interface: Annotated[
        Annotated[str, AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,14}"))] | None,
        Rule(
            "be the name of a network interface, 15 characters or fewer",
            "the virtual addresses are put there",
            "Set one, as in eth0, or leave it out for the one with the host's address",
        ),
    ] = None
    router_id: Annotated[
        Whole,
        Field(ge=1, le=255),
        Rule(
            "be 1 to 255",
            "it tells this pair from others in the network (VRRP)",
            "Set one that no other keepalived there has, as in 51",
        ),
    ] = 51
    advertisement_seconds: Annotated[
        float,
        Field(ge=0.05, le=1),
        AfterValidator(_centiseconds),
        Rule(
            "be 0.05 to 1",
            "the other load balancer takes over about three of them after the last one",
            "Set 0.1, or more where the network is slow",
        ),
    ] = 0.1
    check_seconds: Annotated[
        Whole,
        Field(ge=1, le=60),
        Rule("be 1 to 60", "each load balancer asks its own Nginx that often", "Set 1"),
    ] = 1
    http_port: Annotated[
        Whole,
        Field(ge=30_000, le=32_767),
        Rule("be 30000 to 32767", "it is the ingress's node port for HTTP", "Set 30080 unless it is taken"),
    ] = 30_080
    https_port: Annotated[
        Whole,
        Field(ge=30_000, le=32_767),
        Rule("be 30000 to 32767", "it is the ingress's node port for HTTPS", "Set 30443 unless it is taken"),
    ] = 30_443
    proxy_protocol: Annotated[
        bool,
        Rule(
            "be true or false",
            "it says whether the ingress is told the visitor's address by the PROXY protocol",
            "Set true only together with the ingress's own setting",
        ),
    ] = False


class Administrator(Group):
    """Somebody who may log in to every host and become root there."""

    name: Annotated[
        Account,
        AfterValidator(_not_reserved),
        Rule(
            "be the name of an account: up to 32 lower-case letters, digits, _ and -, no digit first",
            "an account is made for it on every host",
            "Set one, as in mina",
        ),
    ]
    keys: Annotated[
        tuple[Annotated[str, AfterValidator(sshkeys.authorized_key)], ...],
        Field(min_length=1),
        Rule(
            "be a list of public keys, each as in ssh-ed25519 AAAA… comment",
            "only they open the account",
            "Set the line of ~/.ssh/id_ed25519.pub",
            item="be a public key, as in ssh-ed25519 AAAA… comment",
        ),
    ]


class Snapshots(Group):
    """Copies of etcd's data, made on a schedule and kept on another host."""

    calendar: Annotated[
        str,
        AfterValidator(calendar_expression),
        Rule(
            "be a systemd calendar expression",
            "etcd's data is saved then",
            "Set one, as in *-*-* 00/6:00:00 (every six hours); `systemd-analyze calendar` explains it",
        ),
    ] = "*-*-* 00/6:00:00"
    keep: Annotated[
        Whole,
        Field(ge=1, le=10_000),
        Rule("be 1 to 10000", "older snapshots are removed", "Set how many are kept, as in 28"),
    ] = 28
    target: Annotated[
        DnsLabel | None,
        Rule(
            "be the name of a host",
            "the copies are kept there",
            "Set one of archive:hosts, or leave it out for the first of role storage",
        ),
    ] = None
