"""Who deploys the stack from GitHub, without a key that could be stolen."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import matching

_OWNER, _NAME, _ID = r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}", r"[A-Za-z0-9._-]{1,100}", r"@[0-9]{1,20}"
_REPOSITORY = rf"{_OWNER}/{_NAME}|{_OWNER}{_ID}/{_NAME}{_ID}"
_PROVIDER = r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com"
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"  # Amazon S3 User Guide, "General purpose bucket naming rules"


def _repository(name: str) -> str:
    if "*" in name or "?" in name:
        raise Wrong(
            must="name one repository",
            why="whoever can make a repository that the pattern fits would deploy to your account",
            mend="Write its whole name",
        )
    return matching(_REPOSITORY)(name)


class IdentitySettings(Group):
    """`archive:identity`: what an `Identity` is made of."""

    repository: Annotated[
        Annotated[str, AfterValidator(_repository)],
        Rule(
            "be owner/name, or owner@id/name@id",
            "workflows of this repository alone may deploy, and GitHub's tokens name it so: with both ids where it was"
            " made or renamed since 15 July 2026",
            "Set it as your workflow's token has it in sub, as in example/game-archive",
        ),
    ]
    environment: Annotated[
        Annotated[str, AfterValidator(matching(r"[A-Za-z0-9._-]{1,255}"))],
        Rule(
            "be an environment of the repository, of letters, digits and . _ -",
            "a workflow deploys from it alone, after the approvals that GitHub asks for there",
            "Set one, as in production",
        ),
    ]
    existing_provider: Annotated[
        Annotated[str, AfterValidator(matching(_PROVIDER))] | None,
        Rule(
            "be the ARN of the account's provider for token.actions.githubusercontent.com",
            "an account can have only one, and the stack makes it unless it is there",
            "Set it (see: aws iam list-open-id-connect-providers), or leave it out",
        ),
    ] = None
    state_bucket: Annotated[
        Annotated[str, AfterValidator(matching(_BUCKET))] | None,
        Rule(
            "be the name of a bucket",
            "a workflow reads and writes the stack's state there",
            "Set the bucket that you logged in to with pulumi login s3://, or leave it out if the state is elsewhere",
        ),
    ] = None
