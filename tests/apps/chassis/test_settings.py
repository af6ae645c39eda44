"""Settings come from the environment once, and every mistake is named without showing a secret."""

from __future__ import annotations

import pytest

from archive_chassis.settings import Deployment, Settings, SettingsError

GOOD = {
    "ARCHIVE_SITE": "home=/ news=/news timed-deal=/timed-deals",
    "ARCHIVE_TIMED_DEAL_DATABASE_URL": "sqlite:////srv/archive/deals.sqlite3",
    "ARCHIVE_DATA_DIR": "/srv/archive",
    "ARCHIVE_SECRET_KEY": "s" * 32,
    "ARCHIVE_INTERNAL_TOKEN": "t" * 32,
    "ARCHIVE_VERIFICATION_KEYS": '{"keys": [{"kid": "1"}]}',
}


def test_reads_a_services_own_database_url_and_shared_values() -> None:
    settings = Settings.load("timed-deal", GOOD)
    assert settings.database_url.get_secret_value() == "sqlite:////srv/archive/deals.sqlite3"
    assert settings.path == "/timed-deals"
    assert str(settings.folder) == "/srv/archive/timed-deal"
    assert settings.environment == "production"


def test_the_service_at_the_root_has_no_prefix() -> None:
    assert Settings.load("home", GOOD | {"ARCHIVE_HOME_DATABASE_URL": "sqlite://"}).path == ""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ARCHIVE_SECRET_KEY": ""}, "ARCHIVE_SECRET_KEY: is not set"),
        ({"ARCHIVE_SECRET_KEY": "short-secret"}, "ARCHIVE_SECRET_KEY: Value should have at least 32 items"),
        ({"ARCHIVE_TIMED_DEAL_DATABASE_URL": ""}, "ARCHIVE_TIMED_DEAL_DATABASE_URL: is not set"),
        ({"ARCHIVE_SITE": "home=/ news"}, "ARCHIVE_SITE: each word must read name=value (news has no '=')"),
        ({"ARCHIVE_SITE": "home=/ timed-deal=deals"}, "a path starts with '/'"),
        ({"ARCHIVE_SITE": "home=/a timed-deal=/a"}, "two services share a path"),
        ({"ARCHIVE_SITE": "home=/"}, "ARCHIVE_SITE does not name the service 'timed-deal'"),
        ({"ARCHIVE_PUBLIC_URL": "example.org"}, "ARCHIVE_PUBLIC_URL: must be http(s)://"),
        ({"ARCHIVE_PUBLIC_URL": "https://example.org/archive"}, "without a path"),
        ({"ARCHIVE_VERIFICATION_KEYS": "nonsense"}, "ARCHIVE_VERIFICATION_KEYS: must be a JSON Web Key Set"),
        ({"ARCHIVE_VERIFICATION_KEYS": '{"keys": []}'}, "holds no key"),
        ({"ARCHIVE_TITLES": "{"}, "ARCHIVE_TITLES: must be a JSON object"),
        ({"ARCHIVE_TRUSTED_PROXIES": "many"}, "ARCHIVE_TRUSTED_PROXIES: "),
        ({"ARCHIVE_LOG_LEVEL": "LOUD"}, "ARCHIVE_LOG_LEVEL: "),
    ],
)
def test_a_mistake_is_named(change: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load("timed-deal", GOOD | change)
    assert expected in str(caught.value)
    assert "short-secret" not in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load("timed-deal", GOOD | {"ARCHIVE_SECRET_KEY": "", "ARCHIVE_INTERNAL_TOKEN": ""})
    assert "ARCHIVE_SECRET_KEY" in str(caught.value)
    assert "ARCHIVE_INTERNAL_TOKEN" in str(caught.value)


def test_secrets_do_not_show_in_the_settings_own_text() -> None:
    assert "s" * 32 not in repr(Settings.load("timed-deal", GOOD))


def test_a_process_that_serves_nothing_says_so() -> None:
    with pytest.raises(SettingsError, match="ARCHIVE_MOUNT is not set"):
        Deployment.load({})
    assert Deployment.load({"ARCHIVE_MOUNT": "home news"}).mount == ("home", "news")
