"""Whose account it is, and what everything in it carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archive_platform.policy.documents import several
from archive_platform.policy.expect import shown
from archive_platform.policy.model import PROVIDER, UNKNOWN, Finding, Policy, References, Resource, decoded

TAGS = ("Project", "Stack", "Environment", "Owner", "ManagedBy")
CREDENTIALS = ("accessKey", "secretKey", "token")
EMULATED = ("endpoints", "skipCredentialsValidation", "skipRequestingAccountId")
COMPONENT = "Make it with archive_platform.aws.provider.provider, and hand it to every component"


def _tagged(resource: Resource) -> Iterator[Finding]:
    if resource.at("defaultTags") is UNKNOWN:
        return
    missing = [name for name in TAGS if not resource.tags().get(name)]
    if missing:
        yield Finding("defaultTags", f"without {', '.join(missing)}", f"have {', '.join(TAGS)}")


def _account_named(resource: Resource) -> Iterator[Finding]:
    accounts = cast("object", decoded(resource.properties).get("allowedAccountIds"))
    if accounts is not UNKNOWN and len(several(accounts)) != 1:
        yield Finding("allowedAccountIds", shown(accounts), "be one account")


def _no_credentials(resource: Resource) -> Iterator[Finding]:
    for name in CREDENTIALS:
        if resource.at(name):
            yield Finding(name, "set", "not be set")


def _real(resource: Resource) -> Iterator[Finding]:
    for name in EMULATED:
        value = decoded(resource.properties).get(name)
        if value not in (None, False, "false", [], {}):
            yield Finding(name, "set", "not be set")


POLICIES = (
    Policy(
        "provider-tags",
        f"Everything carries the tags {', '.join(TAGS)}",
        "nobody could tell whose it is, what it is for, or what it costs",
        COMPONENT,
        References(),
        (PROVIDER,),
        check=_tagged,
    ),
    Policy(
        "provider-account-named",
        "prod touches no account but its own",
        "with another account's credentials in the shell, pulumi up would build everything there",
        "Set archive:aws.account",
        References(),
        (PROVIDER,),
        check=_account_named,
        prod=True,
    ),
    Policy(
        "provider-no-credentials",
        "No program holds credentials",
        "they would stand in the state",
        "Set AWS_PROFILE, or take on a role by OIDC",
        References((), (), ("CKV_AWS_41",)),
        (PROVIDER,),
        check=_no_credentials,
    ),
    Policy(
        "provider-no-emulator",
        "prod is made on AWS itself, which checks who asks",
        "an emulator forgets everything when it ends",
        "Leave archive:aws.endpoint out",
        References(),
        (PROVIDER,),
        check=_real,
        prod=True,
    ),
)
