"""What our dynamic providers share."""

from __future__ import annotations

import sys
import traceback
from types import ModuleType, SimpleNamespace
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, ConfigureRequest, DiffResult, ReadResult, ResourceProvider
from pulumi.runtime.rpc import UNKNOWN

from archive_platform.errors import PlatformError

Props = dict[str, Any]
PROVIDER_KEY = "__provider"  # pulumi.dynamic's own property: the pickled provider


class Provider(ResourceProvider):
    """A dynamic provider whose errors read as their message, and whose diff compares what it was given.

    Subclasses name their `required` inputs, may name the only ones that `matter` to a diff, and say in `drift` when the
    world no longer is what the state says: a plain `pulumi up` then mends it, with or without `pulumi refresh` before.
    """

    serialize_as_secret_always = False  # the pickle holds the class's name and nothing else
    required: tuple[str, ...] = ()
    matter: tuple[str, ...] | None = None

    def configure(self, req: ConfigureRequest) -> None:
        super().configure(req)
        _plain_messages(sys.modules["__main__"])

    def check(self, _olds: Props, news: Props) -> CheckResult:
        failures = [
            CheckFailure(name, f"{type(self).__name__} needs {name}: give it a value")
            for name in self.required
            if news.get(name) in (None, "")
        ]
        return CheckResult(dict(news), failures)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        given = inputs(_news)
        changed = any(_olds.get(name) != given[name] for name in given if self.matter is None or name in self.matter)
        return DiffResult(changes=changed or self.drift(_olds, _news))

    def drift(self, olds: Props, news: Props) -> bool:
        """Whether the world differs from the state `olds`, with unchanged inputs `news`. Has to be quick."""
        del olds, news
        return False

    def read(self, id_: str, props: Props) -> ReadResult:
        return ReadResult(id_, outputs(props))


def inputs(props: Props) -> Props:
    """What a resource was given, without what Pulumi adds."""
    return {name: value for name, value in props.items() if name != PROVIDER_KEY and value is not None}


def outputs(props: Props, **computed: Any) -> Props:
    """What a resource keeps in the state: its inputs and what was computed."""
    return {**inputs(props), **computed}


def known(value: object) -> bool:
    """Whether a preview knows a value already."""
    return value != UNKNOWN


def _plain_messages(launcher: ModuleType) -> None:
    """Let our own errors through as their message.

    Pulumi's launcher sends every exception as `traceback.format_exc()`. For a mistake that the operator can mend, the
    way through our code is noise; everything else keeps its traceback.
    """
    if getattr(launcher, "traceback", None) is traceback:
        setattr(launcher, "traceback", SimpleNamespace(format_exc=_format))  # noqa: B010 - a module of another package


def _format() -> str:
    error = sys.exc_info()[1]
    return str(error) if isinstance(error, PlatformError) else traceback.format_exc()
