"""Where on AWS the stack lives."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import WebUrl, matching

_REGION = r"[a-z]{2}(-[a-z]+)+-[0-9]"
_ACCOUNT = re.compile(r"[0-9]{12}")


def _account(number: object) -> str:
    """Twelve digits; YAML reads those without quotation marks as a number, which is as well unless it began with 0."""
    text = str(number)
    if isinstance(number, bool | float) or not _ACCOUNT.fullmatch(text):
        raise ValueError("no account number")
    return text


class AccountSettings(Group):
    """`archive:aws`: the account and region, and who answers for AWS."""

    region: Annotated[
        Annotated[str, AfterValidator(matching(_REGION))],
        Rule("be an AWS region", "everything of the stack is made there", "Set one, as in ap-northeast-2"),
    ] = "ap-northeast-2"
    account: Annotated[
        Annotated[str, BeforeValidator(_account)] | None,
        Rule(
            "be the 12 digits of an AWS account, in quotation marks",
            "the stack refuses to touch any other account",
            'Set it, as in "123456789012" (see: aws sts get-caller-identity), or leave it out',
        ),
    ] = None
    endpoint: Annotated[
        WebUrl | None,
        Rule(
            "be a URL, as in http://127.0.0.1:4566",
            "an emulator answers there for AWS, as LocalStack and moto do",
            "Set the emulator's URL, or leave it out for AWS itself",
        ),
    ] = None
