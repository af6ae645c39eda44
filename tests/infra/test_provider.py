"""What our dynamic providers share: the diff, and errors that read as their message."""

from __future__ import annotations

from types import ModuleType

import pytest
from pulumi.runtime.rpc import UNKNOWN

from archive_platform import provider as shared
from archive_platform.errors import ServiceError
from archive_platform.provider import PROVIDER_KEY, Props, Provider


class Drifting(Provider):
    def __init__(self, drifted: bool) -> None:
        super().__init__()
        self.drifted = drifted

    def drift(self, olds: Props, news: Props) -> bool:
        del olds, news
        return self.drifted


class Choosy(Provider):
    matter = ("a",)


def test_equal_inputs_are_no_change_whatever_was_computed() -> None:
    state = {"a": 1, "list": [1, 2], "computed": "x", PROVIDER_KEY: "pickle"}
    assert Provider().diff("i", state, {"a": 1.0, "list": [1, 2], PROVIDER_KEY: "another"}).changes is False
    assert Provider().diff("i", state, {"a": 2, "list": [1, 2]}).changes is True
    assert Provider().diff("i", state, {"a": 1, "list": [2, 1]}).changes is True


def test_a_value_that_a_preview_does_not_know_yet_is_a_change() -> None:
    assert Provider().diff("i", {"a": 1}, {"a": UNKNOWN}).changes is True


def test_drift_alone_is_a_change() -> None:
    assert Drifting(True).diff("i", {"a": 1}, {"a": 1}).changes is True
    assert Drifting(False).diff("i", {"a": 1}, {"a": 1}).changes is False


def test_inputs_that_do_not_matter_do_not_count() -> None:
    assert Choosy().diff("i", {"a": 1, "b": 1}, {"a": 1, "b": 2}).changes is False
    assert Choosy().diff("i", {"a": 1, "b": 1}, {"a": 2, "b": 1}).changes is True


def test_our_own_errors_reach_the_operator_without_a_traceback() -> None:
    import traceback

    launcher = ModuleType("launcher")
    launcher.traceback = traceback  # type: ignore[attr-defined]
    shared._plain_messages(launcher)
    try:
        raise ServiceError("news did not start")
    except ServiceError:
        assert launcher.traceback.format_exc() == "news did not start"
    try:
        raise ZeroDivisionError("a bug of ours")
    except ZeroDivisionError:
        assert "Traceback" in launcher.traceback.format_exc()


def test_a_launcher_that_looks_different_is_left_alone() -> None:
    launcher = ModuleType("launcher")
    shared._plain_messages(launcher)
    with pytest.raises(AttributeError):
        _ = launcher.traceback
