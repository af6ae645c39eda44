"""Secrets that nobody chooses: made once, kept in the state as Pulumi secrets, renewed by a new `generation`."""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from archive_platform.local.provider import Props, Provider, outputs

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
        super().__init__(GeneratedSecretProvider(), name, props, _secret_outputs(["value"], opts))


class SigningKeysProvider(Provider):
    required = ("generation",)

    def create(self, props: Props) -> CreateResult:
        from archive_platform.local.jwk import new_key

        return CreateResult(f"keys-{secrets.token_hex(6)}", _key_sets(props, new_key(), []))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        from archive_platform.local.jwk import new_key

        return UpdateResult(_key_sets(_news, new_key(), _olds["verification"]["keys"]))


def _key_sets(props: Props, key: dict[str, str], former: list[dict[str, str]]) -> Props:
    """The private set with the new key alone; the public set with it first and the one before it.

    One is enough: an access token lives 15 minutes, so only a second rotation within that time would refuse one, and
    its holder is asked to refresh.
    """
    from archive_platform.local.jwk import public

    verification = {"keys": [public(key), *former[:1]]}
    return outputs(props, kid=key["kid"], signing={"keys": [key]}, verification=verification)


class SigningKeys(Resource, module="archive", name="SigningKeys"):
    """Ed25519 keys for access tokens, as JSON Web Key Sets: `signing` is secret, `verification` is for every service.

    A new `generation` rotates: new tokens are signed with a new key, those of the key before stay valid.
    """

    kid: Output[str]
    signing: Output[dict[str, Any]]
    verification: Output[dict[str, Any]]

    def __init__(self, name: str, *, generation: Input[int] = 1, opts: ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {"generation": generation, "kid": None, "signing": None, "verification": None}
        super().__init__(SigningKeysProvider(), name, props, _secret_outputs(["signing"], opts))


def _secret_outputs(names: list[str], opts: ResourceOptions | None) -> ResourceOptions:
    return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(additional_secret_outputs=names), opts)
