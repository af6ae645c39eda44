"""What a Pulumi program asks the engine for, recorded as it comes over the wire, with answers instead of an engine."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf.struct_pb2 import ListValue, Struct
from pulumi.runtime import mocks

# What marks a value on the wire as something else than JSON, and as a secret (pulumi.runtime.rpc)
KIND, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
PROJECT, STACK = "game-archive-test", "test"


@dataclass(frozen=True)
class Asked:
    """One resource as the program registered it.

    Attributes:
        inputs: secrets as their values.
        parent: the parent's URN; nothing for the stack itself.
        wire: the request itself.
    """

    type: str
    name: str
    urn: str
    inputs: dict[str, Any]
    parent: str
    wire: Any

    def is_secret(self, name: str) -> bool:
        """Whether an input came as a secret."""
        return is_secret(self.wire.object[name])

    @property
    def is_component(self) -> bool:
        return not self.wire.custom


@dataclass
class Recorded:
    """Everything that one run of a program asked for.

    Attributes:
        outputs: what components registered as their outputs, by their URN.
    """

    resources: list[Asked] = field(default_factory=list[Asked])
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def of(self, type_: str) -> list[Asked]:
        """The resources of a type, as in `aws:ec2/vpc:Vpc`."""
        return [each for each in self.resources if each.type == type_]

    def one(self, type_: str, name: str | None = None) -> Asked:
        """The only resource of a type, or of a type and a name."""
        found = [each for each in self.of(type_) if name in (None, each.name)]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {[each.name for each in self.of(type_)]}"
        return found[0]

    def __iter__(self) -> Iterator[Asked]:
        return iter(self.resources)


class Monitor(mocks.MockMonitor):
    """Keeps the requests."""

    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.recorded = Recorded()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        response = super().RegisterResource(request)
        inputs = plain(request.object)
        asked = Asked(request.type, request.name, response.urn, inputs, request.parent, request)
        self.recorded.resources.append(asked)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.recorded.outputs[request.urn] = plain(request.outputs)
        return super().RegisterResourceOutputs(request)


def record(program: Callable[[], None], answers: mocks.Mocks) -> Recorded:
    """Run a program, or a part of one."""
    make_event_loop()
    monitor = Monitor(answers)
    mocks.set_mocks(answers, project=PROJECT, stack=STACK, preview=False, monitor=monitor)
    try:
        pulumi.runtime.test(program)()
    except Exception as error:
        # As text: pytest quotes each frame's whole file, and Python 3.11 fails at parsing the SDK's long ones
        raise AssertionError("".join(traceback.format_exception(error))) from None
    return monitor.recorded


def make_event_loop() -> None:
    """For Pulumi, which takes the thread's: whoever called `asyncio.run` before has left none."""
    try:
        asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


def plain(value: Any) -> Any:
    """Protocol buffers as Python values; the marks of secrets are taken off."""
    if isinstance(value, Struct | Mapping):
        fields = {key: plain(value[key]) for key in value}
        return fields["value"] if fields.get(KIND) == SECRET else fields
    return [plain(each) for each in value] if isinstance(value, ListValue | list) else value


def is_secret(value: Any) -> bool:
    """Whether a value on the wire is a secret."""
    return isinstance(value, Struct) and KIND in value and value[KIND] == SECRET
