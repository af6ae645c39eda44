"""Which version of Kubernetes may follow which, and when systemd's timers run."""

from __future__ import annotations

import pytest

from archive_platform.config.onprem import SUPPORTED_MINORS, Kubernetes, Version, check_skew, check_upgrade
from archive_platform.config.onprem.calendar import calendar_expression
from archive_platform.errors import ConfigError


def refused(current: str, wanted: str) -> str:
    with pytest.raises(ConfigError) as caught:
        check_upgrade(current, wanted)
    return str(caught.value)


@pytest.mark.parametrize(("current", "wanted"), [("1.34.4", "1.34.4"), ("1.34.4", "1.34.9"), ("1.34.4", "1.35.0")])
def test_the_same_a_later_patch_and_the_next_minor_may_follow(current: str, wanted: str) -> None:
    check_upgrade(current, wanted)


def test_a_minor_is_not_left_out() -> None:
    assert refused("1.33.9", "1.35.1") == (
        "archive:kubernetes.version must be of 1.33 or 1.34 (got 1.35.1, after 1.33.9): Kubernetes is upgraded one"
        " minor at a time. Set a version of 1.34 first, run pulumi up, and go on from there."
    )


@pytest.mark.parametrize("wanted", ["1.34.3", "1.33.10"])
def test_there_is_no_way_back(wanted: str) -> None:
    assert refused("1.34.4", wanted) == (
        f"archive:kubernetes.version must be 1.34.4 or later (got {wanted}): kubeadm does not go back, and an older API"
        " server may not read what is in etcd. Set 1.34.4, or restore an etcd snapshot into a new cluster."
    )


def test_patches_are_numbers_and_not_text() -> None:
    check_upgrade("1.34.9", "1.34.10")
    assert Version.of("1.34.10") > Version.of("1.34.9")


def test_an_upgrade_that_was_interrupted_goes_on() -> None:
    check_skew({"cp1": "1.35.4", "cp2": "1.34.4", "w1": "1.34.4"}, "1.35.4")


def test_every_node_in_the_way_of_an_upgrade_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        check_skew({"w1": "1.33.1", "cp1": "1.34.4", "w2": "1.36.0"}, "1.35.4")
    head, *lines = str(caught.value).split("\n  ")
    assert head == "archive:kubernetes.version does not fit the nodes:"
    assert [line.split(" must ")[0] for line in lines] == ["node w1:", "node w2:"]


def test_the_version_by_default_is_a_supported_one() -> None:
    assert Version.of(Kubernetes().version).minor in SUPPORTED_MINORS


@pytest.mark.parametrize("text", ["1.34", "v1.34.4", "1.34.04", "2.0.0", "1.34.4-rc.1", ""])
def test_only_whole_versions_are_versions(text: str) -> None:
    with pytest.raises(ValueError, match="no version of Kubernetes"):
        Version.of(text)


# Of systemd.time(7)
@pytest.mark.parametrize(
    "text",
    [
        "*-*-* 00/6:00:00",
        "hourly",
        "Mon..Fri",
        "Sat,Sun 04:00",
        "Mon *-*-* 00:00:00",
        "Wed..Sat,Tue 2027-10-11 1:2:3",
        "*-*-01",
        "*-*~03",
        "12-24 08:30",
        "*:0/15",
        "*-*-* 04:00:00.5",
        "*-01,07-01 00:00:00 Europe/Berlin",
        "daily Asia/Seoul",
        "05:40 UTC",
    ],
)
def test_calendar_expressions_of_systemd_are_taken(text: str) -> None:
    assert calendar_expression(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "0 0 * * *",
        "@daily",
        "24:00",
        "*-13-01",
        "*-*-32",
        "00:00 *-*-*",
        "Moonday",
        "*:0/0",
        "6h",
        "Mon Tue",
    ],
)
def test_other_times_are_not(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of mistake has words of its own
        calendar_expression(text)
