"""Keys, logs, alarms and parameters: what has to be there when somebody asks what happened."""

from __future__ import annotations

from collections.abc import Iterable

from archive_platform.policy.expect import absent, at_least, equal, must, present, together
from archive_platform.policy.model import Finding, Policy, References, Resource

KEY, LOGS = "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup"
TOPIC, ALARM = "aws:sns/topic:Topic", "aws:cloudwatch/metricAlarm:MetricAlarm"
BUDGET = "aws:budgets/budget:Budget"
PARAMETER, SECRET = "aws:ssm/parameter:Parameter", "aws:secretsmanager/secret:Secret"
YEAR = 365
LEAST_WAIT = 14


def _renewed(resource: Resource) -> Iterable[Finding]:
    """AWS renews keys that encrypt; others cannot be."""
    encrypts = resource.at("keyUsage") in (None, "ENCRYPT_DECRYPT")
    return equal("enableKeyRotation", True)(resource) if encrypts else []


POLICIES = (
    Policy(
        "log-kept-a-year",
        f"Logs are kept for {YEAR} days at least",
        "break-ins are found after months",
        "Set retentionInDays",
        References((), (), ("CKV_AWS_66", "CKV_AWS_338")),
        (LOGS,),
        check=at_least("retentionInDays", YEAR),
    ),
    Policy(
        "log-encrypted",
        "Logs are encrypted under the stack's own key",
        "they name members, addresses and queries",
        "Set kmsKeyId to archive_platform.aws.encryption.EncryptionKey's key_arn",
        References((), (), ("CKV_AWS_158",)),
        (LOGS,),
        check=present("kmsKeyId"),
    ),
    Policy(
        "topic-encrypted",
        "Alarms are encrypted on their way to operators",
        "they say where it hurts",
        "Set kmsMasterKeyId to archive_platform.aws.encryption.EncryptionKey's key_arn",
        References((), (), ("CKV_AWS_26",)),
        (TOPIC,),
        check=present("kmsMasterKeyId"),
    ),
    Policy(
        "key-renewed",
        "AWS renews a key every year",
        "whoever gets hold of one could read everything that was ever encrypted under it",
        "Make it with archive_platform.aws.encryption.EncryptionKey",
        References(("3.6",), (), ("CKV_AWS_7",)),
        (KEY,),
        check=_renewed,
    ),
    Policy(
        "key-deleted-late",
        f"A key that is to be deleted can be brought back for {LEAST_WAIT} days at least",
        "everything that is encrypted under it goes with it",
        "Set deletionWindowInDays to 30",
        References((), ("KMS.3",)),
        (KEY,),
        check=at_least("deletionWindowInDays", LEAST_WAIT),
    ),
    Policy(
        "key-has-policy",
        "A key says who may use it",
        "AWS' default leaves it to every policy in the account",
        "Make it with archive_platform.aws.encryption.EncryptionKey",
        References((), (), ("CKV2_AWS_64",)),
        (KEY,),
        check=present("policy"),
    ),
    Policy(
        "alarm-heard",
        "An alarm tells somebody",
        "it would ring where nobody is",
        "Make it with archive_platform.aws.watch.Watch",
        References((), (), ("CKV_AWS_319",)),
        (ALARM,),
        check=together(
            present("alarmActions"), must("actionsEnabled", lambda value: value in (None, True), "not be false")
        ),
    ),
    Policy(
        "budget-heard",
        "A budget tells somebody before it is spent",
        "the bill would be the first to say so",
        "Make it with archive_platform.aws.watch.Watch",
        References(),
        (BUDGET,),
        check=present("notifications"),
    ),
    Policy(
        "parameter-encrypted",
        "A parameter of SSM is encrypted under the stack's own key",
        "whoever may describe parameters could read it",
        "Set type to SecureString, and keyId to archive_platform.aws.encryption.EncryptionKey's key_arn",
        References((), (), ("CKV_AWS_337", "CKV2_AWS_34")),
        (PARAMETER,),
        check=together(equal("type", "SecureString"), present("keyId"), absent("insecureValue")),
    ),
    Policy(
        "secret-encrypted",
        "A secret of Secrets Manager is encrypted under the stack's own key",
        "AWS' own key is for everybody in the account",
        "Set kmsKeyId to archive_platform.aws.encryption.EncryptionKey's key_arn",
        References((), (), ("CKV_AWS_149",)),
        (SECRET,),
        check=present("kmsKeyId"),
    ),
)
