"""What an operator may set. `load` alone reads Pulumi's configuration; everything below takes the frozen object.

One group per environment, each in a module of its own: a new environment is a new subclass of `Group`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from archive_platform.config.aws import Aws
from archive_platform.config.dev import Dev
from archive_platform.config.mistakes import decoded, mistakes
from archive_platform.config.onprem import OnPrem
from archive_platform.config.paths import NAMESPACE
from archive_platform.config.rules import Group
from archive_platform.errors import ConfigError

__all__ = ["Aws", "Dev", "Group", "OnPrem", "load", "parse"]

G = TypeVar("G", bound=Group)


def load(group: type[G]) -> G:
    """The running stack's settings. Every mistake in them is named, and the program ends without a traceback."""
    from pulumi import RunError  # here: `parse` is for tests and tools without an engine
    from pulumi.runtime.config import CONFIG, is_config_secret

    prefix = f"{NAMESPACE}:"
    values = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    try:
        settings = parse(group, values, {key for key in values if is_config_secret(prefix + key)})
        settings.check_ready()
        return settings
    except ConfigError as error:
        raise RunError(str(error)) from None


def parse(group: type[G], values: Mapping[str, Any], secret: set[str] | frozenset[str] = frozenset()) -> G:
    """Settings from plain values; `secret` are the keys whose values, or a part of them, were kept encrypted.

    An object or a list may be Python's, or JSON as the engine has it. ConfigError names every mistake.
    """
    wrong = mistakes(group, values, secret)
    if wrong:
        count = "1 setting is" if len(wrong) == 1 else f"{len(wrong)} settings are"
        raise ConfigError("\n  ".join([f"{count} wrong:", *wrong]))
    return group.model_validate(decoded(group, values), by_name=False)
