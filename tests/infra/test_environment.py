"""What a service is told, and what it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archive_platform.catalogue import CATALOGUE, service
from archive_platform.config import Dev, parse
from archive_platform.local.environment import service_environment
from archive_platform.local.folders import Folders
from archive_platform.services.environment import Secrets

SECRETS = Secrets("k" * 32, "t" * 32, {"keys": [{"kid": "1", "d": "private"}]}, {"keys": [{"x": "X", "kid": "1"}]})
URLS = {entry.name: f"sqlite:////data/{entry.name}.sqlite3" for entry in CATALOGUE}


def environment(mount: list[str], **settings: Any) -> dict[str, str]:
    mounted = [service(name) for name in mount]
    parsed = parse(Dev, settings, {"smtpUrl"})
    return service_environment(parsed, Folders(Path("/home")), CATALOGUE, mounted, SECRETS, URLS)


def test_a_service_is_given_its_own_database_and_no_other() -> None:
    alone = environment(["news"], topology="per-service")
    assert [key for key in alone if key.endswith("_DATABASE_URL")] == ["ARCHIVE_NEWS_DATABASE_URL"]
    assert len([key for key in environment([e.name for e in CATALOGUE]) if key.endswith("_DATABASE_URL")]) == 5


def test_only_who_issues_tokens_is_given_the_private_keys() -> None:
    assert "private" not in json.dumps(environment(["news", "home"]))
    assert "private" in environment(["auth"])["ARCHIVE_SIGNING_KEYS"]


def test_one_process_reaches_itself_and_each_behind_the_gateway_has_its_own_port() -> None:
    assert "news=http://127.0.0.1:8080" in environment(["news"])["ARCHIVE_ORIGINS"]
    behind = environment(["news"], topology="per-service", host="0.0.0.0")
    assert "news=http://127.0.0.1:8083" in behind["ARCHIVE_ORIGINS"]
    assert behind["ARCHIVE_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert (environment(["news"])["ARCHIVE_TRUSTED_PROXIES"], behind["ARCHIVE_TRUSTED_PROXIES"]) == ("0", "1")


def test_mail_goes_to_files_unless_a_server_is_set() -> None:
    assert "ARCHIVE_SMTP_URL" not in environment(["auth"])
    assert environment(["auth"], smtpUrl="smtp://mail:25")["ARCHIVE_SMTP_URL"] == "smtp://mail:25"


def test_the_same_keys_in_another_order_are_the_same_environment() -> None:
    """Pulumi gives objects back with their keys in any order; the services must not restart for that."""
    reordered = Secrets(SECRETS.secret_key, SECRETS.internal_token, SECRETS.signing, {"keys": [{"kid": "1", "x": "X"}]})
    assert json.dumps(SECRETS.verification) != json.dumps(reordered.verification)
    mounted = [service("auth")]
    made = [
        service_environment(parse(Dev, {}), Folders(Path("/home")), CATALOGUE, mounted, secrets, URLS)
        for secrets in (SECRETS, reordered)
    ]
    assert made[0] == made[1]


def test_the_services_accept_it() -> None:
    """The chassis' own reader takes what the platform writes."""
    from archive_chassis.settings import Settings

    for entry in CATALOGUE:
        settings = Settings.load(entry.name, environment([entry.name]))
        assert settings.path == entry.path.rstrip("/")
        assert settings.titles[entry.name] == entry.title
