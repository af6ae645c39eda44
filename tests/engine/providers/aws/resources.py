"""Resources as they are made, found, changed and deleted: at an emulator that serves them, else by computing.

Without an emulator's address nothing but the engine's state says what there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ..provider.differences import equal
from ..provider.failures import Failure
from ..provider.values import UNKNOWN, Object, Secret, has_unknown, reveal
from . import computed
from .made import Made
from .naming import DEFAULTS
from .tags import ALL, all_tags

if TYPE_CHECKING:  # imported when an emulator is given: botocore takes its time
    from .emulated.emulator import Emulator
    from .emulated.kind import Asked

Done = TypeVar("Done")


class Resources:
    """Of one account and region; `endpoint` is the emulator's."""

    def __init__(self, region: str, endpoint: str | None) -> None:
        self._region, self._endpoint = region, endpoint
        self._emulator: Emulator | None = None
        # One call at a time: emulators are not made for more
        self._turn = asyncio.Lock()

    async def create(self, urn: str, inputs: Object) -> tuple[str, Object]:
        """Its id and outputs."""
        if has_unknown(inputs):
            raise Failure(f"{urn}: an input is not known, and nothing can be made of it")
        emulator = self._serving(urn)
        if emulator is None:
            made = self._computed(urn, inputs, {})
        else:
            asked = self._asked(emulator, urn, "", inputs, {})
            made = await self._one(lambda: emulator.create(asked))
        return made["id"], _outputs(inputs, made)

    async def update(self, urn: str, id_: str, before: Object, old: Object, inputs: Object) -> Object:
        """Its outputs. `before` are the inputs it had, `old` its outputs."""
        emulator = self._serving(urn)
        if emulator is None:
            return _outputs(inputs, {**_computed_of(old, before), **self._computed(urn, inputs, old)})
        asked = self._asked(emulator, urn, id_, inputs, old)
        changed = _changed(_clear(before), _clear(inputs))
        made = await self._one(lambda: emulator.update(asked, changed, all_tags(before)))
        return _outputs(inputs, made)

    def previewed(self, urn: str, before: Object, old: Object, inputs: Object) -> Object:
        """The outputs of an update as far as they are known before it."""
        own = _changed(before, inputs) - {"tags", ALL, DEFAULTS}
        changing = computed.CHANGING.get(type_of(urn), frozenset()) if own else frozenset[str]()
        return {**old, **inputs, **dict.fromkeys(changing & old.keys(), UNKNOWN)}

    async def read(self, urn: str, id_: str, inputs: Object, outputs: Object) -> tuple[Object, Object] | None:
        """Its inputs and outputs as they are now; None: it is gone."""
        emulator = self._serving(urn)
        if emulator is None:
            return inputs, outputs
        asked = self._asked(emulator, urn, id_, inputs, outputs)
        found = await self._one(lambda: emulator.read(asked))
        if found is None:
            return None
        return _overlaid(inputs, {name: found[name] for name in found.keys() & inputs.keys()}), _overlaid(
            outputs, found
        )

    async def delete(self, urn: str, id_: str, inputs: Object, outputs: Object) -> None:
        emulator = self._serving(urn)
        if emulator is not None:
            asked = self._asked(emulator, urn, id_, inputs, outputs)
            await self._one(lambda: emulator.delete(asked))

    def _serving(self, urn: str) -> Emulator | None:
        """The emulator, where there is one that serves the type."""
        if self._endpoint is None:
            return None
        from .emulated import KINDS

        if type_of(urn) not in KINDS:
            return None
        if self._emulator is None:
            from .emulated.emulator import Emulator

            self._emulator = Emulator(self._endpoint, self._region)
        return self._emulator

    def _asked(self, emulator: Emulator, urn: str, id_: str, inputs: Object, outputs: Object) -> Asked:
        token, name = type_of(urn), logical_name(urn)
        return emulator.asked(token, name, _clear(inputs), all_tags(inputs), id_, _clear(outputs))

    async def _one(self, work: Callable[[], Done]) -> Done:
        async with self._turn:
            return await asyncio.to_thread(work)

    def _computed(self, urn: str, inputs: Object, old: Object) -> dict[str, Any]:
        make = computed.RESOURCES.get(type_of(urn))
        if make is None:
            raise Failure(f"the stand-in for aws does not know how to make {type_of(urn)}")
        return make(Made(urn, _clear(inputs), self._region, _clear(old)))


def type_of(urn: str) -> str:
    """As in `aws:ec2/vpc:Vpc`."""
    return urn.split("::")[2].rpartition("$")[2]


def logical_name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _clear(values: Object) -> dict[str, Any]:
    return {name: reveal(value) for name, value in values.items() if name != DEFAULTS}


def _changed(old: Object, new: Object) -> frozenset[str]:
    """The inputs that differ."""
    return frozenset(name for name in old.keys() | new.keys() if not equal(old.get(name), new.get(name)))


def _overlaid(values: Object, found: Mapping[str, Any]) -> Object:
    """With what was found; a value that is the same stays as it is, with its secret wrapper."""
    overlaid = dict(values)
    for name, value in found.items():
        had = values.get(name)
        if name not in values or reveal(had) != value:
            overlaid[name] = Secret(value) if isinstance(had, Secret) else value
    return overlaid


def _computed_of(outputs: Object, inputs: Object) -> Object:
    """The outputs that are no inputs."""
    return {name: value for name, value in outputs.items() if name not in inputs}


def _outputs(inputs: Object, made: Mapping[str, Any]) -> Object:
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return _overlaid(given, {name: value for name, value in made.items() if name != "id"})
