"""Secrets that nobody chooses: made once, kept in the state as Pulumi secrets, renewed by a new `generation`."""

from __future__ import annotations

import secrets
from typing import Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from archive_platform.provider import Props, Provider, outputs

MINIMUM_BYTES = 12


class GeneratedSecretProvider(Provider):
    required = ("bytes", "generation")

    def create(self, props: Props) -> CreateResult:
        return CreateResult(f"secret-{secrets.token_hex(6)}", _with_new_value(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        return UpdateResult(_with_new_value(_news))


def _with_new_value(props: Props) -> Props:
    return outputs(props, value=secrets.token_urlsafe(int(props["bytes"])))


class GeneratedSecret(Resource, module="archive", name="GeneratedSecret"):
    """`bytes` of randomness as URL-safe text. A new `generation` makes a new one."""

    value: Output[str]

    def __init__(
        self, name: str, *, bytes: int = 32, generation: Input[int] = 1, opts: ResourceOptions | None = None
    ) -> None:
        if bytes < MINIMUM_BYTES:
            raise ValueError(f"{name}: a secret of {bytes} bytes can be guessed; take {MINIMUM_BYTES} or more")
        props: dict[str, Any] = {"bytes": bytes, "generation": generation, "value": None}
        super().__init__(GeneratedSecretProvider(), name, props, secret_outputs(["value"], opts))


def secret_outputs(names: list[str], opts: ResourceOptions | None) -> ResourceOptions:
    """The options, with these outputs kept as secrets."""
    return ResourceOptions.merge(ResourceOptions(additional_secret_outputs=names), opts)
