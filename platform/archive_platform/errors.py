"""What goes wrong, said to the operator.

PlatformError
├── ConfigError        settings of the stack
├── ServiceError       a process that does not start or answer
│   └── PortInUse
├── DatabaseError      a database that cannot be reached, made or migrated
└── HostError          a server that cannot be reached, or does not do what it is told
"""

from __future__ import annotations


class PlatformError(Exception):
    """Something the operator can mend; the message says what and how, and never shows a secret."""


class ConfigError(PlatformError):
    """One or more settings of the stack are wrong; the message names every one."""


class ServiceError(PlatformError):
    """A process did not start, or does not answer."""


class PortInUse(ServiceError):
    """Somebody else listens on the port a service should have."""


class DatabaseError(PlatformError):
    """A database could not be reached, made or migrated."""


class HostError(PlatformError):
    """A server could not be reached, is not the one that is expected, or a command failed on it."""
