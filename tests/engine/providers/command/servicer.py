"""The provider's gRPC service: what pulumi-go-provider does around each resource."""

# The names of the methods and their parameters are the protocol's.
# ruff: noqa: N802, ARG002

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ..provider.differences import differences, equal
from ..provider.engine import Engine
from ..provider.reporting import reported
from ..provider.values import UNKNOWN, Object, has_unknown, read, write
from . import resources, spec
from .checks import Problem, checked
from .operation import Cancellation, Operation
from .schema import schema

Context = grpc.aio.ServicerContext[Any, Any]


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Accepts secrets and previews, as the official plugin does; its configuration is empty."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cancellation = Cancellation()

    # The plugin itself

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=spec.VERSION)

    async def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema())

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        self._cancellation.cancel()
        return empty_pb2.Empty()

    # Resources

    async def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        async with reported(context):
            inputs, problems = checked(resources.spec_of(request.urn), read(request.news))
            return provider_pb2.CheckResponse(inputs=write(inputs), failures=_failures(problems))

    async def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        async with reported(context):
            described = resources.spec_of(request.urn)
            old, new = read(request.olds), read(request.news)
            _ignore(request.ignoreChanges, old, new)
            found = differences({name: old.get(name) for name in described.inputs}, new)
            kinds = {
                path: f"{kind}_REPLACE" if resources.replaces(described, path) else kind for path, kind in found.items()
            }
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
                replaces=[path for path, kind in kinds.items() if kind.endswith("_REPLACE")],
                diffs=sorted({resources.root(path) for path in found}),
                detailedDiff={
                    path: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind))
                    for path, kind in kinds.items()
                },
                hasDetailedDiff=True,
            )

    async def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        async with reported(context):
            inputs, described = read(request.properties), resources.spec_of(request.urn)
            if request.preview:
                unknown = {name: UNKNOWN for name, output in described.outputs.items() if output.required}
                return provider_pb2.CreateResponse(properties=write({**inputs, **unknown}))
            resource = resources.resource_of(request.urn)
            operation = self._operation(request.urn, request.timeout)
            identity, outputs = await resource.create(operation, resources.name_of(request.urn), inputs)
            return provider_pb2.CreateResponse(id=identity, properties=write(outputs))

    async def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        async with reported(context):
            described = resources.spec_of(request.urn)
            old, new = read(request.olds), read(request.news)
            _ignore(request.ignoreChanges, old, new)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=write(_previewed(described, old, new)))
            operation = self._operation(request.urn, request.timeout)
            outputs = await resources.resource_of(request.urn).update(operation, old, new)
            return provider_pb2.UpdateResponse(properties=write(outputs))

    async def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        """What the state says: a refresh runs nothing and connects to nobody."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        async with reported(context):
            operation = self._operation(request.urn, request.timeout)
            await resources.resource_of(request.urn).delete(operation, read(request.properties))
            return empty_pb2.Empty()

    # Functions

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        async with reported(context):
            described, function = resources.function_of(request.tok)
            inputs, problems = checked(described, read(request.args))
            if problems or has_unknown(inputs):
                return provider_pb2.InvokeResponse(failures=_failures(problems))
            response = provider_pb2.InvokeResponse()
            # A field named like a Python keyword
            getattr(response, "return").CopyFrom(write(await function(self._operation("", 0), inputs)))
            return response

    def _operation(self, urn: str, timeout: float) -> Operation:
        """Timeout: in seconds, of the `custom_timeouts` option; 0 for none."""
        deadline = asyncio.get_running_loop().time() + timeout if timeout else None
        return Operation(urn, self._engine, self._cancellation, deadline)


def _ignore(names: Iterable[str], old: Object, new: Object) -> None:
    for name in names:
        if name in old:
            new[name] = old[name]
        else:
            new.pop(name, None)


def _previewed(described: spec.Spec, old: Object, new: Object) -> Object:
    """Outputs depend on all inputs: one that has changed makes them unknown."""
    changed = any(not equal(old.get(name), new.get(name)) for name in described.inputs)
    outputs = {name: UNKNOWN if changed else old[name] for name in described.outputs if name in old}
    return {**new, **outputs}


def _failures(problems: Iterable[Problem]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=problem.property, reason=problem.reason) for problem in problems]
