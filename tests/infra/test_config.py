"""Every mistake in the stack's settings is named, with key, value, rule and mend; secrets are never shown."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from archive_platform.config import Dev, parse
from archive_platform.config.rules import keys
from archive_platform.errors import ConfigError

ADMIN_URL = "mysql://root:geheim@127.0.0.1:3306"


def complaint(values: dict[str, str], secret: set[str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(Dev, values, secret or set())
    return str(caught.value)


def test_nothing_set_gives_the_community_on_this_machine() -> None:
    settings = parse(Dev, {})
    assert (settings.topology, settings.host, settings.port, settings.database) == (
        "single",
        "127.0.0.1",
        8080,
        "sqlite",
    )
    assert settings.purge_data is False


def test_values_arrive_as_pulumi_keeps_them_which_is_text() -> None:
    settings = parse(Dev, {"port": "9000", "workers": "4", "sampleContent": "false", "purgeData": "true"})
    assert (settings.port, settings.workers, settings.sample_content, settings.purge_data) == (9000, 4, False, True)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        parse(Dev, {}).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "value", "rule", "mend"),
    [
        ("port", "80", "must be 1024 to 65000 (got 80)", "Choose a free one"),
        ("port", "http", "must be 1024 to 65000 (got http)", "Choose a free one"),
        ("workers", "0", "must be 1 to 64 (got 0)", "Set the number of cores"),
        ("topology", "both", "must be single or per-service (got both)", "Set single"),
        ("database", "postgres", "must be sqlite or mysql (got postgres)", "Set sqlite"),
        ("environment", "aws", "must be dev (got aws)", "choose another stack"),
        ("host", "example.com", "must be an IP address of this machine", "Set 127.0.0.1"),
        ("home", "", "must be a folder (got nothing)", "Set .archive"),
        ("administrator", "x", "must be 2 to 20 characters without a space (got x)", "Set a name"),
        ("administratorEmail", "admin", "must be an e-mail address (got admin)", "Set one"),
        ("sampleContent", "maybe", "must be true or false (got maybe)", "Set true or false"),
        ("databasePrefix", "Archive!", "must be 1 to 12 lower-case letters", "Set archive"),
        ("logLevel", "LOUD", "must be DEBUG, INFO, WARNING or ERROR (got LOUD)", "Set INFO"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule_and_mend(key: str, value: str, rule: str, mend: str) -> None:
    said = complaint({key: value})
    assert said.startswith("1 setting is wrong:")
    assert f"archive:{key} {rule}" in said
    assert mend in said


def test_all_mistakes_are_told_at_once_in_the_order_of_the_settings() -> None:
    said = complaint({"workers": "0", "port": "1", "host": "nowhere", "topolgy": "single"})
    assert said.startswith("4 settings are wrong:")
    lines = [line.split()[0] for line in said.splitlines()[1:]]
    assert lines == ["archive:host", "archive:port", "archive:workers", "archive:topolgy"]


@pytest.mark.parametrize(("typo", "meant"), [("prot", "port"), ("smtpURL", "smtpUrl"), ("purgedata", "purgeData")])
def test_an_unknown_key_is_met_with_a_guess(typo: str, meant: str) -> None:
    said = complaint({typo: "1"})
    assert f"Did you mean archive:{meant}?" in said
    assert f"pulumi config rm archive:{typo}" in said


def test_a_key_like_no_other_is_met_with_the_list() -> None:
    said = complaint({"zzzz": "1"})
    assert all(key in said for key in keys(Dev))


def test_mysql_needs_the_account_that_makes_accounts() -> None:
    assert "archive:databaseAdminUrl must be mysql://user:password@host:port (got nothing)" in complaint(
        {"database": "mysql"}
    )
    settings = parse(Dev, {"database": "mysql", "databaseAdminUrl": ADMIN_URL}, {"databaseAdminUrl"})
    assert settings.database_admin_url is not None
    assert settings.database_admin_url.get_secret_value() == ADMIN_URL


def test_a_password_in_plain_text_is_refused_without_showing_it() -> None:
    said = complaint({"database": "mysql", "databaseAdminUrl": ADMIN_URL})
    assert "pulumi config set --secret archive:databaseAdminUrl" in said
    assert "geheim" not in said


@pytest.mark.parametrize("value", ["postgres://root:geheim@db", "mysql://geheim", "mysql://root:geheim@db:port"])
def test_a_wrong_secret_is_never_shown(value: str) -> None:
    said = complaint({"database": "mysql", "databaseAdminUrl": value}, {"databaseAdminUrl"})
    assert "(got [secret])" in said
    assert "geheim" not in said


def test_what_was_encrypted_by_the_operator_is_not_shown_either() -> None:
    assert "77777" not in complaint({"port": "77777"}, {"port"})


def test_secrets_do_not_show_in_the_settings_themselves() -> None:
    settings = parse(Dev, {"smtpUrl": "smtp://me:geheim@mail:587"}, {"smtpUrl"})
    assert "geheim" not in repr(settings)
