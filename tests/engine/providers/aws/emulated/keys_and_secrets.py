"""KMS keys, parameters and secrets."""

from __future__ import annotations

from .kind import Asked, Called, Kind, Op


def _rotate(asked: Asked, names: frozenset[str]) -> None:
    if "enableKeyRotation" in names:
        word = "enable" if asked.inputs.get("enableKeyRotation") else "disable"
        asked.call("kms", f"{word}_key_rotation", KeyId=asked.id)
    if "policy" in names:
        asked.call("kms", "put_key_policy", KeyId=asked.id, PolicyName="default", Policy=asked.inputs["policy"])
    if "description" in names:
        asked.call("kms", "update_key_description", KeyId=asked.id, Description=asked.inputs["description"])


KINDS: dict[str, Kind] = {
    "aws:kms/key:Key": Called(
        "kms",
        Op("create_key"),
        "answer.KeyMetadata.KeyId",
        Op("describe_key", KeyId="id"),
        "KeyMetadata",
        Op("schedule_key_deletion", KeyId="id", PendingWindowInDays="inputs.deletionWindowInDays"),
        renamed={"isEnabled": "Enabled", "customerMasterKeySpec": "CustomerMasterKeySpec"},
        apart=frozenset({"enableKeyRotation"}),
        apart_later=frozenset({"policy", "description"}),
        set=_rotate,
        silent=frozenset({"deletionWindowInDays"}),
        outputs={"arn": "Arn", "keyId": "KeyId"},
    ),
    "aws:kms/alias:Alias": Called(
        "kms",
        Op("create_alias", AliasName="inputs.name"),
        "inputs.name",
        Op("list_aliases", KeyId="inputs.targetKeyId"),
        "Aliases[0]",
        Op("delete_alias", AliasName="id"),
        outputs={"arn": "AliasArn", "targetKeyId": "TargetKeyId"},
        unseen=frozenset({"targetKeyId"}),
        tagged=False,
    ),
    "aws:ssm/parameter:Parameter": Called(
        "ssm",
        Op("put_parameter"),
        "inputs.name",
        Op("get_parameter", Name="id", WithDecryption="`true`"),
        "Parameter",
        Op("delete_parameter", Name="id"),
        Op("put_parameter", Name="inputs.name", Overwrite="`true`"),
        whole=True,
        silent=frozenset({"overwrite"}),
        outputs={"arn": "ARN", "version": "Version", "value": "Value"},
    ),
    "aws:secretsmanager/secret:Secret": Called(
        "secretsmanager",
        Op("create_secret"),
        "answer.ARN",
        Op("describe_secret", SecretId="id"),
        "@",
        Op("delete_secret", SecretId="id"),
        Op("update_secret", SecretId="id"),
        silent=frozenset({"recoveryWindowInDays", "forceOverwriteReplicaSecret"}),
        outputs={"arn": "ARN", "name": "Name"},
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Called(
        "secretsmanager",
        Op("put_secret_value"),
        "join('|', [inputs.secretId, answer.VersionId])",
        Op("describe_secret", SecretId="inputs.secretId"),
        "@",
        Op("describe_secret", SecretId="inputs.secretId"),  # it goes with its secret
        outputs={"arn": "ARN"},
        unseen=frozenset({"secretString"}),
        tagged=False,
    ),
}
