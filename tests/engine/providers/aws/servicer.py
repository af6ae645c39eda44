"""The provider's gRPC service. So far nothing of AWS itself: resources are what their inputs say."""

# The names of the methods and their parameters are the protocol's.
# ruff: noqa: N802, ARG002

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

import grpc.aio
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ..command.differences import differences
from ..command.engine import Engine
from ..command.failures import Failure
from ..command.servicer import reported
from ..command.values import Object, has_unknown, read, reveal, write
from . import cloud
from .inputs import Problem, arguments, problems

Context = grpc.aio.ServicerContext[Any, Any]
VERSION = "7.51.1"
DEFAULT_REGION = "us-east-1"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Checks every input against the SDK's types, and computes what AWS would."""

    def __init__(self, engine: Engine) -> None:
        self._region = DEFAULT_REGION
        self._tags: dict[str, str] = {}

    # The plugin itself

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        """Another region is another place: everything would have to be made there."""
        old, new = read(request.olds), read(request.news)
        found = differences(old, new)
        replaces = [path for path in found if path == "region"]
        changes = provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, replaces=replaces, diffs=list(found))

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        async with reported(context):
            # Objects and lists come as JSON
            given = {key: reveal(value) for key, value in read(request.args).items()}
            self._region = str(given.get("region") or DEFAULT_REGION)
            tags = given.get("defaultTags")
            self._tags = json.loads(tags)["tags"] if isinstance(tags, str) else {}
            allowed = given.get("allowedAccountIds")
            if isinstance(allowed, str) and cloud.ACCOUNT not in json.loads(allowed):
                raise Failure(f"AWS account ID not allowed: {cloud.ACCOUNT}")
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # Resources

    async def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        async with reported(context):
            inputs = read(request.news)
            found = problems(type_of(request.urn), cast("Mapping[str, Any]", reveal(inputs)))
            return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(found))

    async def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        async with reported(context):
            old, new = read(request.old_inputs), read(request.news)
            for name in request.ignoreChanges:
                new[name] = old.get(name)
            found = differences(old, new)
            fixed = cloud.REPLACES.get(type_of(request.urn), frozenset())
            replaces = [path for path in found if path.split("[")[0].split(".")[0] in fixed]
            changes = provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE
            return provider_pb2.DiffResponse(changes=changes, replaces=replaces, diffs=list(found))

    async def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        async with reported(context):
            inputs = read(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=request.properties)
            computed = self._computed(request.urn, inputs)
            return provider_pb2.CreateResponse(
                id=computed["id"], properties=self._outputs(request.urn, inputs, computed)
            )

    async def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        async with reported(context):
            inputs = read(request.news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=write({**read(request.olds), **inputs}))
            computed = self._computed(request.urn, inputs)
            return provider_pb2.UpdateResponse(properties=self._outputs(request.urn, inputs, computed))

    async def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        """What the state says."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _computed(self, urn: str, inputs: Object) -> dict[str, Any]:
        if has_unknown(inputs):
            raise Failure(f"{urn}: an input is not known, and nothing can be made of it")
        make = cloud.RESOURCES.get(type_of(urn))
        if make is None:
            raise Failure(f"the stand-in for aws does not know how to make {type_of(urn)}")
        return make(cloud.Made(urn, cast("Mapping[str, Any]", reveal(inputs)), self._region))

    def _outputs(self, urn: str, inputs: Object, computed: Mapping[str, Any]) -> struct_pb2.Struct:
        outputs = {**inputs, **{key: value for key, value in computed.items() if key != "id"}}
        if "tags" in _properties(type_of(urn)):
            own = reveal(inputs.get("tags") or {})
            outputs["tagsAll"] = {**self._tags, **cast("dict[str, str]", own)}
        return write(outputs)

    # Functions

    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        async with reported(context):
            answers = cloud.functions(self._region)
            if request.tok not in answers:
                raise Failure(f"the stand-in for aws does not know {request.tok}")
            response = provider_pb2.InvokeResponse()
            # A field named like a Python keyword
            getattr(response, "return").CopyFrom(write(answers[request.tok]))
            return response


def type_of(urn: str) -> str:
    """As in `aws:ec2/vpc:Vpc`."""
    return urn.split("::")[2].rpartition("$")[2]


def _properties(token: str) -> Iterable[str]:
    from pulumi import _types as sdk

    return sdk.input_type_types(arguments(token))


def _failures(found: Iterable[Problem]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=problem.path, reason=problem.reason) for problem in found]
