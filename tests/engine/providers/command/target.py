"""Where a connection goes: the settings of a `command:remote:Connection` or `ProxyConnection`."""

from __future__ import annotations

from dataclasses import dataclass

from ..provider.values import Object
from . import golang


@dataclass(frozen=True)
class Target:
    """A `command:remote:Connection` or `ProxyConnection`, its defaults applied."""

    host: str
    port: int
    settings: Object

    @classmethod
    def of(cls, settings: Object) -> Target:
        return cls(str(settings["host"]), _number(settings, "port", 22), settings)

    @property
    def user(self) -> str:
        return str(self.settings.get("user", "root"))

    @property
    def endpoint(self) -> str:
        return golang.endpoint(self.host, self.port)

    @property
    def dial_error_limit(self) -> int:
        return _number(self.settings, "dialErrorLimit", 10)

    @property
    def dial_timeout(self) -> float | None:
        return _number(self.settings, "perDialTimeout", 15) or None

    @property
    def proxy(self) -> Target | None:
        found = self.settings.get("proxy")
        return Target.of(found) if isinstance(found, dict) else None


def _number(settings: Object, name: str, default: int) -> int:
    value = settings.get(name)
    return int(value) if isinstance(value, int | float) else default
