"""The provider's gRPC service: inputs are checked and named here, and made elsewhere."""

# The names of the methods and their parameters are the protocol's.
# ruff: noqa: N802, ARG002

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ..provider.differences import differences
from ..provider.engine import Engine
from ..provider.failures import Failure
from ..provider.reporting import reported
from ..provider.values import Object, read, reveal, write
from . import functions, sdk
from .inputs import Problem, problems
from .made import ACCOUNT
from .naming import DEFAULTS, named
from .replacements import REPLACES
from .resources import Resources, logical_name, type_of
from .tags import with_all_tags

Context = grpc.aio.ServicerContext[Any, Any]
DEFAULT_REGION = "us-east-1"
SOME, NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Checks every input against the SDK's types, and makes resources at an emulator or computes what AWS would."""

    def __init__(self, engine: Engine) -> None:
        self._region = DEFAULT_REGION
        self._tags: dict[str, str] = {}
        self._resources = Resources(DEFAULT_REGION, None)

    # The plugin itself

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=sdk.version())

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """Another region is another place: everything would have to be made there."""
        found = differences(read(request.olds), read(request.news))
        replaces = [path for path in found if path == "region"]
        return provider_pb2.DiffResponse(changes=SOME if found else NONE, replaces=replaces, diffs=list(found))

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        async with reported(context):
            given = {key: _parsed(reveal(value)) for key, value in read(request.args).items()}
            allowed = given.get("allowedAccountIds")
            if allowed and ACCOUNT not in allowed:
                raise Failure(f"AWS account ID not allowed: {ACCOUNT}")
            self._region = str(given.get("region") or DEFAULT_REGION)
            addresses = [address for each in given.get("endpoints") or [] for address in each.values()]
            self._tags = (given.get("defaultTags") or {}).get("tags") or {}
            self._resources = Resources(self._region, addresses[0] if addresses else None)
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # Resources

    async def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        async with reported(context):
            token, olds, news = type_of(request.urn), read(request.olds), read(request.news)
            found = problems(token, _clear(news))
            completed, unnamed = named(token, logical_name(request.urn), news, olds, request.randomSeed)
            completed = with_all_tags(token, completed, self._tags)
            return provider_pb2.CheckResponse(inputs=write(completed), failures=_failures([*found, *unnamed]))

    async def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        async with reported(context):
            old, new = read(request.old_inputs), read(request.news)
            for name in request.ignoreChanges:
                new[name] = old.get(name)
            found = [path for path in differences(old, new) if not path.startswith(DEFAULTS)]
            fixed = REPLACES.get(type_of(request.urn), frozenset()) | {"region"}
            replaces = [path for path in found if path.split("[")[0].split(".")[0] in fixed]
            return provider_pb2.DiffResponse(changes=SOME if found else NONE, replaces=replaces, diffs=found)

    async def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        async with reported(context):
            inputs = read(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=request.properties)
            id_, outputs = await self._resources.create(request.urn, inputs)
            return provider_pb2.CreateResponse(id=id_, properties=write(outputs))

    async def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        async with reported(context):
            olds, before, inputs = read(request.olds), read(request.old_inputs), read(request.news)
            for name in request.ignoreChanges:
                inputs[name] = before.get(name)
            if request.preview:
                previewed = self._resources.previewed(request.urn, before, olds, inputs)
                return provider_pb2.UpdateResponse(properties=write(previewed))
            outputs = await self._resources.update(request.urn, request.id, before, olds, inputs)
            return provider_pb2.UpdateResponse(properties=write(outputs))

    async def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        """What there is; nothing where it is gone."""
        async with reported(context):
            inputs, outputs = read(request.inputs), read(request.properties)
            found = await self._resources.read(request.urn, request.id, inputs, outputs)
            if found is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(id=request.id, inputs=write(found[0]), properties=write(found[1]))

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        async with reported(context):
            await self._resources.delete(request.urn, request.id, read(request.old_inputs), read(request.properties))
            return empty_pb2.Empty()

    # Functions

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        async with reported(context):
            answer = functions.answer(request.tok, self._region, _clear(read(request.args)))
            response = provider_pb2.InvokeResponse()
            # A field named like a Python keyword
            getattr(response, "return").CopyFrom(write(answer))
            return response


def _parsed(value: Any) -> Any:
    """Objects and lists of a configuration come as JSON."""
    return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def _clear(inputs: Object) -> dict[str, Any]:
    return {key: reveal(value) for key, value in inputs.items() if key != DEFAULTS}


def _failures(found: Iterable[Problem]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=problem.path, reason=problem.reason) for problem in found]
