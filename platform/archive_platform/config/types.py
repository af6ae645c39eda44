"""Kinds of values that several settings share."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from archive_platform.config.rules import Wrong

DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123, as Kubernetes takes it
DNS_NAME_LENGTH = 253
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # shadow's useradd(8)

T = TypeVar("T")


def matching(pattern: str) -> Callable[[str], str]:
    """A validator of text that has to match as a whole."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError("another form")
        return text

    return check


def is_dns_name(text: str) -> bool:
    """Whether it is one or more DNS labels with dots between them.

    >>> [is_dns_name(text) for text in ("time.google.com", "cp1", "a..b", "-a")]
    [True, True, False, False]
    """
    return len(text) <= DNS_NAME_LENGTH and all(DNS_LABEL.fullmatch(label) for label in text.split("."))


def is_address(text: str) -> bool:
    """Whether it is an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def unique(values: tuple[T, ...]) -> tuple[T, ...]:
    """A validator of lists that name each thing once."""
    for value in values:
        if values.count(value) > 1:
            raise Wrong(must=f"name {value} once", why="it stands there twice", mend="Remove one of them")
    return values


def _text(value: object) -> object:
    if not isinstance(value, str | IPv4Address | IPv4Network):
        raise ValueError("no text")  # pydantic would take the number 5 for 0.0.0.5
    return value


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("no number")  # pydantic would take true for 1
    return value


def _dns_label(text: str) -> str:
    if not DNS_LABEL.fullmatch(text):
        raise ValueError("no DNS label")
    return text


def _host_name(text: str) -> str:
    if not is_dns_name(text.lower()) or (re.fullmatch(r"[0-9.]+", text) and not is_address(text)):
        raise ValueError("neither a name nor an address")
    return text.lower()


def _account(text: str) -> str:
    if not ACCOUNT.fullmatch(text):
        raise ValueError("no account name")
    return text


def _network(value: object) -> object:
    if isinstance(value, str) and "/" in value:
        try:
            wanted = IPv4Network(value, strict=False)
        except ValueError:
            raise ValueError("no network") from None
        address = value.partition("/")[0]
        if str(wanted.network_address) != address:
            raise Wrong(
                why=f"{address} is an address inside {wanted}, and a network is called by its first one",
                mend=f"Set {wanted}",
            )
    elif not isinstance(value, IPv4Network):
        raise ValueError("no network")
    return value


def _unicast(network: IPv4Network) -> IPv4Network:
    first = network.network_address
    if first.is_loopback or first.is_multicast or first.is_link_local or first.is_reserved or first.is_unspecified:
        raise Wrong(
            must="be a network that machines may have",
            why="this one is for loopback, link-local, multicast or reserved addresses (RFC 6890)",
            mend="Choose one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        )
    return network


def url(*schemes: str) -> Callable[[str], str]:
    """A validator of URLs: one of the schemes, a host (a path for file), and no password, which a log might show."""

    def check(text: str) -> str:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0  # `port` raises ValueError itself when it is no port
        well = parts.scheme in schemes and port_is_right and text.isprintable() and " " not in text
        if parts.scheme == "file":
            well = well and not parts.netloc and parts.path.startswith("/") and len(parts.path) > 1
        else:
            well = well and bool(parts.hostname)
        if not well or parts.query or parts.fragment:
            raise ValueError("no such URL")
        if "@" in parts.netloc:
            raise Wrong(
                must="hold no password",
                why="it is written on every host, where everybody may read it",
                mend="Let the server know the hosts by their addresses instead",
            )
        return text.rstrip("/")

    return check


def _smtp_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or (parts.port or 1) < 1:
        raise ValueError("no SMTP URL")
    return url


Whole = Annotated[int, BeforeValidator(_no_bool)]
Address = Annotated[IPv4Address, BeforeValidator(_text)]
Network = Annotated[IPv4Network, AfterValidator(_unicast), BeforeValidator(_network)]
DnsLabel = Annotated[str, AfterValidator(_dns_label)]
HostName = Annotated[str, AfterValidator(_host_name)]
Account = Annotated[str, AfterValidator(_account)]
WebUrl = Annotated[str, AfterValidator(url("http", "https"))]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp_url)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
