"""Functions of Lambda: within the network, traced, and without secrets in plain sight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from archive_platform.policy.documents import KEY
from archive_platform.policy.expect import equal, must, present, together
from archive_platform.policy.model import Finding, Policy, References, Resource

FUNCTION, URL = "aws:lambda/function:Function", "aws:lambda/functionUrl:FunctionUrl"
OLDEST = {"python": (3, 11), "nodejs": (22, 0)}  # AWS Lambda, "Supported runtimes"
SECRET_NAME = re.compile(r"password|secret|token|api_?key|private_?key", re.IGNORECASE)
_RUNTIME = re.compile(r"([a-z]+)([0-9]+)(?:\.([0-9x]+))?")


def _supported(value: Any) -> bool:
    """Of a runtime that is not in the table nothing is known, and what comes as an image has none."""
    found = _RUNTIME.fullmatch(str(value))
    if found is None or found[1] not in OLDEST:
        return True
    return (int(found[2]), int(found[3]) if (found[3] or "").isdigit() else 0) >= OLDEST[found[1]]


def _variables_encrypted(resource: Resource) -> Iterator[Finding]:
    if resource.at("environment.variables"):
        yield from present("kmsKeyArn")(resource)


def _no_secrets(resource: Resource) -> Iterator[Finding]:
    """Where a variable's name says that it holds a secret, it holds where that secret is: an ARN, or a path of SSM."""
    variables = resource.at("environment.variables")
    for name, value in cast("Mapping[str, Any]", variables if isinstance(variables, Mapping) else {}).items():
        if not isinstance(value, str):
            continue
        if KEY.search(value) or (SECRET_NAME.search(name) and not value.startswith(("arn:", "/"))):
            yield Finding(f"environment.variables.{name}", "a value", "be the ARN of a secret, or a path of SSM")


POLICIES = (
    Policy(
        "function-within-network",
        "A function runs within the VPC",
        "it could not reach the database, or everybody would have to",
        "Set vpcConfig's subnetIds and securityGroupIds",
        References((), (), ("CKV_AWS_117",)),
        (FUNCTION,),
        check=together(present("vpcConfig.subnetIds"), present("vpcConfig.securityGroupIds")),
    ),
    Policy(
        "function-traced",
        "A function's calls are traced",
        "nobody could see where a slow one spends its time",
        "Set tracingConfig's mode to Active",
        References((), (), ("CKV_AWS_50",)),
        (FUNCTION,),
        check=equal("tracingConfig.mode", "Active"),
    ),
    Policy(
        "function-supported",
        "A function's runtime still gets security fixes",
        "holes that everybody knows would stay open",
        "Set a newer runtime, as in python3.13",
        References((), ("Lambda.2",), ("CKV_AWS_363",)),
        (FUNCTION,),
        check=must("runtime", _supported, "be one that AWS supports"),
    ),
    Policy(
        "function-settings-encrypted",
        "A function's variables are encrypted under the stack's own key",
        "whoever may describe functions could read them",
        "Set kmsKeyArn to archive_platform.aws.encryption.EncryptionKey's key_arn",
        References((), (), ("CKV_AWS_173",)),
        (FUNCTION,),
        check=_variables_encrypted,
    ),
    Policy(
        "function-no-secret-in-settings",
        "A function's variables hold no secret",
        "whoever may describe functions could read it",
        "Hand over the ARN of a secret, or a parameter's path, and let the function ask for it",
        References((), (), ("CKV_AWS_45",)),
        (FUNCTION,),
        check=_no_secrets,
    ),
    Policy(
        "function-url-closed",
        "A function's URL answers only whom IAM knows",
        "everybody who finds it could call the function",
        "Set authorizationType to AWS_IAM",
        References((), (), ("CKV_AWS_258",)),
        (URL,),
        check=equal("authorizationType", "AWS_IAM"),
    ),
)
