"""The catalogue and the names made from it."""

from __future__ import annotations

import pytest

from archive_platform import naming
from archive_platform.catalogue import CATALOGUE, service


def test_no_two_services_share_a_name_a_path_or_a_port() -> None:
    for values in ([e.name for e in CATALOGUE], [e.path for e in CATALOGUE], [e.port_offset for e in CATALOGUE]):
        assert len(set(values)) == len(CATALOGUE)


def test_one_service_lives_at_the_root_and_the_others_below_one_segment() -> None:
    assert [entry.name for entry in CATALOGUE if entry.path == "/"] == ["home"]
    assert all(entry.path.count("/") == 1 and not entry.path.endswith("/") for entry in CATALOGUE if entry.path != "/")


def test_every_service_runs_its_own_package_on_the_chassis() -> None:
    for entry in CATALOGUE:
        assert entry.packages[0] == f"archive_{entry.name.replace('-', '_')}"
        assert "archive_chassis" in entry.packages
        assert ("archive_boards" in entry.packages) == entry.board


def test_paths_of_a_service_are_as_a_visitor_sees_them() -> None:
    assert service("home").url_path("/health/ready") == "/health/ready"
    assert service("news").url_path("/health/ready") == "/news/health/ready"


def test_an_unknown_service_is_met_with_the_list() -> None:
    with pytest.raises(LookupError, match="home, auth, news"):
        service("forum")


def test_names_of_schemas() -> None:
    assert naming.schema("archive", "timed-deal") == "archive_timed_deal"
    for prefix, name in (("1st", "news"), ("archive", "news`; DROP"), ("archive", "x" * 40)):
        with pytest.raises(ValueError, match="schema name"):
            naming.schema(prefix, name)


def test_names_of_variables_and_origins() -> None:
    assert naming.database_variable("timed-deal") == "ARCHIVE_TIMED_DEAL_DATABASE_URL"
    assert naming.origin("0.0.0.0", 8080) == "http://127.0.0.1:8080"
    assert naming.origin("::1", 8080) == "http://[::1]:8080"
