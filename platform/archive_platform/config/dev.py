"""The settings of the `dev` stack: the whole community on this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import LogLevel, SmtpUrl

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ON_OFF = "Set true or false"


class Dev(Group):
    """What `Pulumi.dev.yaml` may say. Fields that others depend on come first."""

    environment: Annotated[
        Literal["dev"],
        Rule("be dev", "this program runs the community on this machine", "Set dev, or choose another stack"),
    ] = "dev"
    topology: Annotated[
        Literal["single", "per-service"],
        Rule(
            "be single or per-service",
            "either one process serves everything, or each service has its own behind Nginx",
            "Set single unless you work on the gateway",
        ),
    ] = "single"
    host: Annotated[
        str,
        Rule(
            "be an IP address of this machine, or localhost",
            "the community listens there",
            "Set 127.0.0.1, or 0.0.0.0 to be reached from other machines",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=1024, le=65_000),
        Rule(
            "be 1024 to 65000",
            "lower ports need root, and per-service takes the ports after it",
            "Choose a free one in that range, as in 8080",
        ),
    ] = 8080
    workers: Annotated[
        int,
        Field(ge=1, le=64),
        Rule("be 1 to 64", "each is a process of about 80 MB", "Set the number of cores that may be busy, as in 2"),
    ] = 2
    database: Annotated[
        Literal["sqlite", "mysql"],
        Rule(
            "be sqlite or mysql",
            "a service's data lies in a file of its own, or in a schema of its own on a MySQL or MariaDB server",
            "Set sqlite unless you have a server",
        ),
    ] = "sqlite"
    database_admin_url: Annotated[
        SecretStr | None,
        Rule(
            "be mysql://user:password@host:port",
            "with archive:database mysql, schemas and accounts are made by that account",
            "Set it with: pulumi config set --secret archive:databaseAdminUrl mysql://root:…@127.0.0.1:3306",
            secret=True,
        ),
    ] = None
    database_prefix: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9]{0,11}$"),
        Rule(
            "be 1 to 12 lower-case letters and digits, a letter first",
            "schemas and accounts are called <prefix>_<service>",
            "Set archive, or a word of your own on a server that several developers share",
        ),
    ] = "archive"
    home: Annotated[
        str,
        Field(min_length=1),
        Rule(
            "be a folder",
            "data, logs and run files lie there; a relative path starts at the checkout",
            "Set .archive",
        ),
    ] = ".archive"
    administrator: Annotated[
        str,
        Field(min_length=2, max_length=20, pattern=r"^\S+$"),
        Rule("be 2 to 20 characters without a space", "it is a nickname like any member's", "Set a name, as in 관리자"),
    ] = "관리자"
    administrator_email: Annotated[
        str,
        Rule("be an e-mail address", "the administrator logs in with it", "Set one, as in admin@example.com"),
    ] = "admin@example.com"
    sample_content: Annotated[
        bool,
        Rule("be true or false", "it says whether empty boards get sample posts", _ON_OFF),
    ] = True
    purge_data: Annotated[
        bool,
        Rule("be true or false", "it says whether pulumi destroy drops the data", f"{_ON_OFF}; false keeps the data"),
    ] = False
    smtp_url: Annotated[
        SmtpUrl | None,
        Rule(
            "be smtp://user:password@host:587 or smtps://user:password@host:465",
            "mail is sent through it; without it mail is written to files",
            "Set it with: pulumi config set --secret archive:smtpUrl smtp://…",
            secret=True,
        ),
    ] = None
    log_level: Annotated[
        LogLevel,
        Rule("be DEBUG, INFO, WARNING or ERROR", "the services' logs know these levels", "Set INFO"),
    ] = "INFO"

    @field_validator("host")
    @classmethod
    def _is_address(cls, host: str) -> str:
        if host == "localhost":
            return "127.0.0.1"
        return str(ipaddress.ip_address(host))

    @field_validator("administrator_email")
    @classmethod
    def _is_email(cls, email: str) -> str:
        if not _EMAIL.fullmatch(email):
            raise ValueError("no e-mail address")
        return email

    @field_validator("database_admin_url")
    @classmethod
    def _is_mysql_url(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is None:
            if info.data.get("database") == "mysql":
                raise ValueError("needed for mysql")
            return None
        parts = urlsplit(url.get_secret_value())
        # `port` raises ValueError itself when it is no number
        if parts.scheme != "mysql" or not parts.hostname or not parts.username or (parts.port or 1) < 1:
            raise ValueError("no mysql URL")
        return url
