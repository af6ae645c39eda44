"""A service's settings, read once from the environment. Everything below takes the frozen object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

#: No "//" or "..", and nothing that a response header or a URL would have to quote.
_MEDIA = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/?")


class SettingsError(Exception):
    """Environment variables are missing or wrong; the message names each, and never shows a secret's value."""


def _pairs(value: Any) -> Any:
    """ "news=/news qa=/qa" as a dict."""
    if not isinstance(value, str):
        return value
    parts = [word.partition("=") for word in value.split()]
    wrong = [name for name, equals, _ in parts if not equals]
    if wrong:
        raise ValueError(f"each word must read name=value ({', '.join(wrong)} has no '=')")
    return {name: rest for name, _, rest in parts}


def _words(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


def _object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be a JSON object") from None


Titles = Annotated[dict[str, str], BeforeValidator(_object)]
Pairs = Annotated[dict[str, str], BeforeValidator(_pairs)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Settings(BaseModel):
    """What one service needs to know. Field names are the environment variables' without ARCHIVE_, in lower case."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    service: str
    site: Pairs = Field(description="every service of the community and the path it lives under")
    titles: Titles = Field(default_factory=dict[str, str], description="what the navigation calls each service")
    database_url: SecretStr
    data_dir: Path
    secret_key: SecretStr = Field(min_length=32)
    internal_token: SecretStr = Field(min_length=32)
    verification_keys: str = Field(description="JSON Web Key Set with the public Ed25519 keys of access tokens")
    signing_keys: SecretStr | None = Field(default=None, description="JSON Web Key Set with private keys; auth only")
    public_url: str = "http://127.0.0.1:8080"
    environment: Literal["dev", "production"] = "production"
    release: str = "unreleased"
    origins: Pairs = Field(default_factory=dict[str, str])
    smtp_url: SecretStr | None = None
    mail_dir: Path | None = None
    mail_from: str = "게임 아카이브 <no-reply@localhost>"
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    media_url: str = Field(default="", description="s3://bucket/prefix for members' pictures; else the data folder")
    media_public_url: str = Field(default="", description="where browsers find the bucket's files, as of a CDN")

    @property
    def path(self) -> str:
        """The prefix the service lives under: "" for the one at "/"."""
        return self.site[self.service].rstrip("/")

    @property
    def folder(self) -> Path:
        """The service's own folder for files."""
        return self.data_dir / self.service

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @field_validator("site")
    @classmethod
    def _site_paths(cls, site: dict[str, str]) -> dict[str, str]:
        wrong = [path for path in site.values() if not path.startswith("/") or (path != "/" and path.endswith("/"))]
        if wrong:
            raise ValueError(f"a path starts with '/' and does not end with one ({', '.join(wrong)})")
        if len(set(site.values())) != len(site):
            raise ValueError("two services share a path")
        return site

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
            raise ValueError("must be http(s)://host[:port] without a path")
        return url.rstrip("/")

    @field_validator("media_url")
    @classmethod
    def _media_url(cls, url: str) -> str:
        if url and not _MEDIA.fullmatch(url):
            raise ValueError("must be s3://bucket or s3://bucket/prefix, in letters, digits, dots and dashes")
        return url.rstrip("/")

    @field_validator("media_public_url")
    @classmethod
    def _media_public_url(cls, url: str, info: ValidationInfo) -> str:
        if url and not _ORIGIN.fullmatch(url):
            raise ValueError("must be http(s)://host[:port] without a path")
        if url and not info.data.get("media_url"):
            raise ValueError("needs ARCHIVE_MEDIA_URL: it is where the files of that bucket are found")
        return url.rstrip("/")

    @field_validator("verification_keys")
    @classmethod
    def _key_set(cls, text: str) -> str:
        try:
            keys = json.loads(text)["keys"]
        except (ValueError, TypeError, KeyError):
            raise ValueError('must be a JSON Web Key Set: {"keys": [...]}') from None
        if not keys:
            raise ValueError("holds no key")
        return text

    @classmethod
    def load(cls, service: str, environ: Mapping[str, str]) -> Settings:
        """Read `service`'s settings from ARCHIVE_* variables. SettingsError names every variable that is wrong."""
        values: dict[str, Any] = {"service": service}
        for name in cls.model_fields:
            if (value := environ.get(variable(service, name))) not in (None, ""):
                values[name] = value
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            lines = [f"{variable(service, str(e['loc'][0]))}: {_reason(e['type'], e['msg'])}" for e in error.errors()]
            raise SettingsError("wrong settings for the service " + service + ":\n  " + "\n  ".join(lines)) from None
        if service not in settings.site:
            raise SettingsError(f"ARCHIVE_SITE does not name the service {service!r}: add {service}=/path")
        return settings


def variable(service: str, field: str) -> str:
    """The environment variable that holds a field: the database URL is each service's own, the rest is shared."""
    if field == "database_url":
        return f"ARCHIVE_{service.upper().replace('-', '_')}_DATABASE_URL"
    return f"ARCHIVE_{field.upper()}"


def _reason(kind: str, message: str) -> str:
    return "is not set" if kind == "missing" else message.removeprefix("Value error, ")


class Deployment(BaseModel):
    """What a process serves: the services it mounts, in the order given."""

    model_config = ConfigDict(frozen=True)

    mount: Words

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Deployment:
        """Read ARCHIVE_MOUNT. SettingsError if it names nothing."""
        names = tuple(environ.get("ARCHIVE_MOUNT", "").split())
        if not names:
            raise SettingsError(
                "ARCHIVE_MOUNT is not set: name the services this process serves, as in 'home auth news'"
            )
        return cls(mount=names)
