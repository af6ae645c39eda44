"""How a type of resource is made, found, changed and deleted by calls of AWS's API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Protocol, TypeAlias

import jmespath

from ...provider.failures import Failure
from ..made import ACCOUNT
from .account import Account, Refused
from .shapes import Fitting, member_of

Outputs: TypeAlias = dict[str, Any]
# An input of every resource: where it is made is the client's to know
_EVERYWHERE = frozenset({"region"})
# What is going, or waits to go, is as good as gone
_STATES = ("State", "KeyState", "DBInstanceStatus")
_GONE = frozenset({"deleted", "deleting", "terminated", "PendingDeletion"})


@dataclass
class Asked:
    """A resource that somebody asks for, with its inputs in clear.

    `id` is empty and `outputs` are none until it is there.
    """

    account: Account
    type: str
    name: str
    inputs: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        region = self.inputs.get("region")
        return self.account.call(service, operation, region=region, **parameters)

    def arn(self, service: str, rest: str) -> str:
        """Of something in the same region."""
        return self.account.arn(service, rest, region=self.inputs.get("region"))

    def look(self, expression: str, answer: Mapping[str, Any] | None = None) -> Any:
        """What a JMESPath finds in `id`, `inputs`, `account`, the `answer` of a call, and `unique`."""
        known = {
            "id": self.id,
            "inputs": self.inputs,
            "account": ACCOUNT,
            "unique": token_hex(8),
            "answer": answer or {},
        }
        return jmespath.search(expression, known)


class Kind(Protocol):
    """A type that AWS serves.

    Attributes:
        service: whose operations make it, by botocore's name.
        tagged: whether AWS knows tags of it.
    """

    @property
    def service(self) -> str: ...
    @property
    def tagged(self) -> bool: ...

    def create(self, asked: Asked, /) -> str:
        """Its id."""
        ...

    def read(self, asked: Asked, /) -> Outputs | None:
        """What AWS says of it; None: it is not there."""
        ...

    def update(self, asked: Asked, changed: frozenset[str], /) -> None:
        """`asked` has the inputs that it is to have."""
        ...

    def delete(self, asked: Asked, /) -> None: ...


class Op:
    """An operation, and where its parameters come from: a JMESPath for each, as of `Asked.look`."""

    def __init__(self, name: str, /, **parameters: str) -> None:
        self.name, self._parameters = name, parameters

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs that go into its parameters."""
        return frozenset(re.findall(r"inputs\.(\w+)", " ".join(self._parameters.values())))

    def parameters(self, asked: Asked) -> dict[str, Any]:
        found = {name: asked.look(expression) for name, expression in self._parameters.items()}
        return {name: value for name, value in found.items() if value is not None}


def nothing(asked: Asked, names: frozenset[str]) -> None:
    """Nothing else has to be done."""


def as_it_is(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return inputs


@dataclass(frozen=True)
class Called:
    """A type with an operation for each of its moments.

    Attributes:
        create_by: is given all inputs but those named below, besides its own parameters.
        id: where the id is, as of `Asked.look` with the answer of `create_by`.
        found: where the resource is in the answer of `find`, with $id.
        modify: is given inputs that have changed, or all where it is `whole`; without it only `set` changes anything.
        renamed: input → parameter, where they are not called alike.
        shaped: inputs in AWS's form, where that is another one.
        within: the parameter that holds all inputs, where `create_by` has one for them.
        apart: inputs that `set` tells AWS, after the creation and whenever one of them has changed.
        apart_later: inputs that `create_by` tells, and `set` when one of them has changed.
        is_arn: whether its id is its ARN.
        told_by_id: outputs that are parts of the id.
        after: what else has to be done once it is there.
        silent: inputs that AWS is not told, or only when the resource is deleted.
        unseen: inputs that AWS tells in another form, which is no change.
        outputs: output → JMESPath in what is found.
        arn: for services that do not tell it: the service, and what comes after the account, with {id}.
        before_delete: has to be done first.
    """

    service: str
    create_by: Op
    id: str
    find: Op
    found: str
    delete_by: Op
    modify: Op | None = None
    whole: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    shaped: Callable[[Mapping[str, Any]], Mapping[str, Any]] = as_it_is
    within: str = ""
    apart: frozenset[str] = frozenset()
    apart_later: frozenset[str] = frozenset()
    set: Callable[[Asked, frozenset[str]], None] = nothing
    silent: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    arn: str = ""
    is_arn: bool = False
    told_by_id: Callable[[str], Outputs] = lambda _: {}
    after: Callable[[Asked], None] = lambda _: None
    before_delete: Callable[[Asked], None] = lambda _: None
    tagged: bool = True

    def create(self, asked: Asked) -> str:
        own = _EVERYWHERE | self.apart | self.silent | self.create_by.inputs
        parameters = self._fit(asked, self.create_by, asked.inputs.keys() - own)
        answer = asked.call(self.service, self.create_by.name, **parameters)
        asked.id = str(asked.look(self.id, answer))
        apart = frozenset(name for name in self.apart if asked.inputs.get(name) is not None)
        self.set(asked, apart)
        self.after(asked)
        return asked.id

    def read(self, asked: Asked) -> Outputs | None:
        try:
            answer = asked.call(self.service, self.find.name, **self.find.parameters(asked))
        except Refused as error:
            if error.missing:
                return None
            raise
        found = jmespath.search(self.found.replace("$id", asked.id), answer)
        if not found or any(_state(found, name) in _GONE for name in _STATES):
            return None
        outputs = self._seen(asked, found) if isinstance(found, Mapping) else {}
        outputs |= {name: jmespath.search(expression, found) for name, expression in self.outputs.items()}
        outputs |= self.told_by_id(asked.id)
        if self.is_arn:
            outputs["arn"] = asked.id
        if self.arn:
            service, _, rest = self.arn.partition(":")
            outputs["arn"] = asked.arn(service, rest.format(id=asked.id))
        return {name: value for name, value in outputs.items() if value is not None}

    def update(self, asked: Asked, changed: frozenset[str]) -> None:
        apart = self.apart | self.apart_later
        if changed & apart:
            self.set(asked, changed & apart)
        rest = changed - apart - self.silent
        if not rest:
            return
        if self.modify is None:
            raise cannot_change(asked, rest)
        told = asked.inputs.keys() - _EVERYWHERE - self.silent - apart if self.whole else rest
        asked.call(self.service, self.modify.name, **self._fit(asked, self.modify, told - self.modify.inputs))

    def delete(self, asked: Asked) -> None:
        try:
            self.before_delete(asked)
            asked.call(self.service, self.delete_by.name, **self.delete_by.parameters(asked))
        except Refused as error:
            if not error.missing:
                raise

    def _fit(self, asked: Asked, operation: Op, names: Iterable[str]) -> dict[str, Any]:
        given = self.shaped({name: asked.inputs[name] for name in sorted(names) if asked.inputs.get(name) is not None})
        if self.within and operation.name == self.create_by.name:
            given = {self.within: given}
        return fitted(asked, self.service, operation.name, given, self.renamed) | operation.parameters(asked)

    def _seen(self, asked: Asked, found: Mapping[str, Any]) -> Outputs:
        """Inputs that AWS has another value of: somebody has changed them."""
        seen: Outputs = {}
        for name, value in asked.inputs.items():
            member = None if name in _EVERYWHERE | self.unseen else member_of(found, name, self.renamed)
            if member is not None and comparable(value, found[member]) and not alike(value, found[member]):
                seen[name] = found[member]
        return seen


def fitted(
    asked: Asked, service: str, operation: str, properties: Mapping[str, Any], renamed: Mapping[str, str]
) -> dict[str, Any]:
    """The properties as parameters of an operation.

    Raises:
        Failure: the operation has no parameter for one of them.
    """
    shape = asked.account.operation(service, operation).input_shape
    assert shape is not None
    fitting = Fitting(renamed)
    parameters = fitting.structure(shape, properties)
    if fitting.unknown:
        raise Failure(f"{asked.type}: {service}.{operation} has no parameter for {', '.join(fitting.unknown)}")
    return parameters


@dataclass(frozen=True)
class Written:
    """A type whose moments are functions."""

    service: str
    create: Callable[[Asked], str]
    read: Callable[[Asked], Outputs | None]
    delete: Callable[[Asked], None]
    change: Callable[[Asked, frozenset[str]], None] | None = None
    tagged: bool = True

    def update(self, asked: Asked, changed: frozenset[str]) -> None:
        if self.change is None:
            raise cannot_change(asked, changed)
        self.change(asked, changed)


def cannot_change(asked: Asked, names: Iterable[str]) -> Failure:
    return Failure(f"{asked.type}: {', '.join(sorted(names))} cannot be changed in place")


def once_missing(call: Callable[[], Any]) -> Any:
    """What a call answers; None when it says that there is no such thing."""
    try:
        return call()
    except Refused as error:
        if error.missing:
            return None
        raise


def _state(found: Any, name: str) -> str:
    """In EC2's newer answers a state is an object with a code."""
    state = found.get(name, "") if isinstance(found, Mapping) else ""
    return str(state)


def comparable(given: Any, told: Any) -> bool:
    """Whether both are plain values or lists of them: whatever has parts may be told in another form."""
    if isinstance(given, list) and isinstance(told, list):
        return all(isinstance(each, str | int | float) for each in [*given, *told])
    return isinstance(given, str | int | float) and isinstance(told, str | int | float)


def alike(given: Any, told: Any) -> bool:
    """Equal but for their form; lists in any order."""
    if isinstance(given, list):
        return sorted(map(_plain, given)) == sorted(map(_plain, told))
    return _plain(given) == _plain(told)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)
