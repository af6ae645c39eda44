"""Secrets that are generated, and how they are renewed."""

from __future__ import annotations

import json

import jwt
import pytest

from archive_platform.generated import GeneratedSecretProvider
from archive_platform.provider import Props
from archive_platform.services.signing import SigningKeysProvider


def test_a_secret_is_made_once_and_renewed_by_a_new_generation() -> None:
    provider = GeneratedSecretProvider()
    inputs: Props = {"bytes": 32, "generation": 1}
    made = provider.create(inputs).outs or {}
    assert len(made["value"]) >= 43
    assert provider.diff("x", made, inputs).changes is False
    renewed = {"bytes": 32, "generation": 2}
    assert provider.diff("x", made, renewed).changes is True
    assert (provider.update("x", made, renewed).outs or {})["value"] != made["value"]
    assert (provider.read("x", made).outs or {})["value"] == made["value"]


def test_a_missing_input_is_refused() -> None:
    failures = GeneratedSecretProvider().check({}, {"bytes": 32}).failures
    assert [failure.property for failure in failures] == ["generation"]


def test_signing_keys_sign_what_the_public_ones_verify() -> None:
    keys = SigningKeysProvider().create({"generation": 1}).outs or {}
    token = jwt.encode({"sub": "1"}, jwt.PyJWK(keys["signing"]["keys"][0], algorithm="EdDSA"), algorithm="EdDSA")
    public = jwt.PyJWKSet.from_dict(keys["verification"])
    assert jwt.decode(token, public[keys["kid"]], algorithms=["EdDSA"]) == {"sub": "1"}
    assert '"d"' not in json.dumps(keys["verification"])


def test_the_key_identifier_is_the_thumbprint_of_rfc_7638() -> None:
    """The example key of RFC 8037, appendix A."""
    from archive_platform.services.jwk import _thumbprint  # the published vector is of the inner step

    key = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert _thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_rotation_signs_with_a_new_key_and_still_verifies_with_the_former() -> None:
    provider = SigningKeysProvider()
    first = provider.create({"generation": 1}).outs or {}
    second = provider.update("k", first, {"generation": 2}).outs or {}
    third = provider.update("k", second, {"generation": 3}).outs or {}
    assert [key["kid"] for key in second["signing"]["keys"]] == [second["kid"]]
    assert [key["kid"] for key in second["verification"]["keys"]] == [second["kid"], first["kid"]]
    assert [key["kid"] for key in third["verification"]["keys"]] == [third["kid"], second["kid"]]


@pytest.mark.parametrize("provider", [GeneratedSecretProvider, SigningKeysProvider])
def test_what_pulumi_stores_of_a_provider_is_its_name(provider: type) -> None:
    from pulumi.dynamic.dynamic import serialize_provider

    stored = serialize_provider(provider())
    assert len(stored) < 200
    assert stored == serialize_provider(provider())
