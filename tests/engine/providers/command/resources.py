"""Which code does the work of which resource. It is imported when first needed, so that a plugin starts quickly."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from ..provider.failures import Failure
from ..provider.values import Object
from . import spec
from .operation import Operation

Function: TypeAlias = Callable[[Operation, Object], Awaitable[Object]]


class Resource(Protocol):
    """What is done for a kind of resource. Inputs and state have their secret wrappers; outputs keep them."""

    async def create(self, operation: Operation, name: str, inputs: Object) -> tuple[str, Object]:
        """Its identity and its properties."""
        ...

    async def update(self, operation: Operation, old: Object, inputs: Object) -> Object:
        """Its new properties."""
        ...

    async def delete(self, operation: Operation, old: Object) -> None: ...


def resource_of(urn: str) -> Resource:
    token = _token(urn)
    if token == spec.REMOTE_COMMAND.token:
        from .remote_command import RemoteCommand

        return RemoteCommand()
    if token == spec.LOCAL_COMMAND.token:
        from .local_command import LocalCommand

        return LocalCommand()
    if token in (spec.COPY_TO_REMOTE.token, spec.COPY_FILE.token):
        from .remote_copy import CopyFile, CopyToRemote

        return CopyToRemote() if token == spec.COPY_TO_REMOTE.token else CopyFile()
    raise Failure(f"Resource type '{token}' not found.")


def function_of(token: str) -> tuple[spec.Spec, Function]:
    if token == spec.LOCAL_RUN.token:
        from .local_command import run

        return spec.LOCAL_RUN, run
    raise Failure(f"Invoke '{token}' not found.")


def spec_of(urn: str) -> spec.Spec:
    """Raises:
    Failure: the official plugin has no such resource.
    """
    token = _token(urn)
    if token not in spec.RESOURCES:
        raise Failure(f"Resource type '{token}' not found.")
    return spec.RESOURCES[token]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def root(path: str) -> str:
    """The input a property path begins with: `triggers` of `triggers[0]`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def replaces(described: spec.Spec, path: str) -> bool:
    """Whether a change there replaces the resource."""
    found = described.inputs.get(root(path))
    return not described.updates or (found is not None and found.replaces)


def _token(urn: str) -> str:
    """The resource's own type, without its parents': `urn:pulumi:stack::project::parent$type::name`."""
    return urn.split("::", 3)[2].rpartition("$")[2]
