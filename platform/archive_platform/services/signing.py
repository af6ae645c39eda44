"""The keys that sign access tokens: made once, kept in the state, rotated by a new `generation`."""

from __future__ import annotations

import secrets
from typing import Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from archive_platform.generated import secret_outputs
from archive_platform.provider import Props, Provider, outputs


class SigningKeysProvider(Provider):
    required = ("generation",)

    def create(self, props: Props) -> CreateResult:
        from archive_platform.services.jwk import new_key

        return CreateResult(f"keys-{secrets.token_hex(6)}", _key_sets(props, new_key(), []))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        from archive_platform.services.jwk import new_key

        return UpdateResult(_key_sets(_news, new_key(), _olds["verification"]["keys"]))


def _key_sets(props: Props, key: dict[str, str], former: list[dict[str, str]]) -> Props:
    """The private set with the new key alone; the public set with it first and the one before it.

    One is enough: an access token lives 15 minutes, so only a second rotation within that time would refuse one, and
    its holder is asked to refresh.
    """
    from archive_platform.services.jwk import public

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
        super().__init__(SigningKeysProvider(), name, props, secret_outputs(["signing"], opts))
