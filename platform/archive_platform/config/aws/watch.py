"""Who is told when something is wrong, and from when on it is."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from archive_platform.config.rules import Group, Rule
from archive_platform.config.types import Whole, matching, unique

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("no e-mail address")
    return text


class SlackSettings(Group):
    """`archive:watch.slack`: a channel of a workspace that Amazon Q Developer was let into."""

    team: Annotated[
        Annotated[str, AfterValidator(matching(r"T[A-Z0-9]{8,12}"))],
        Rule("be the id of a workspace, which begins with T", "alarms go to it", "Set the id in its URL"),
    ]
    channel: Annotated[
        Annotated[str, AfterValidator(matching(r"[CG][A-Z0-9]{8,12}"))],
        Rule("be the id of a channel, which begins with C", "alarms go to it", "Set the id at the foot of its details"),
    ]


class WatchSettings(Group):
    """`archive:watch`: what a `Watch` is made of."""

    emails: Annotated[
        tuple[Annotated[str, AfterValidator(_email)], ...],
        AfterValidator(unique),
        Rule(
            "be a list of e-mail addresses",
            "each is told of alarms once it has confirmed that it wants to",
            "Set yours, as in [operators@example.com]",
            item="be an e-mail address",
        ),
    ] = ()
    slack: Annotated[
        SlackSettings | None,
        Rule(
            "be an object with team and channel",
            "it holds the channel that is told of alarms",
            "Let Amazon Q Developer into the workspace in the AWS console first, and set both, or leave it out",
        ),
    ] = None
    latency_seconds: Annotated[
        float,
        Field(gt=0, le=60),
        Rule("be more than 0, up to 60", "slower than that for one in a hundred requests is an alarm", "Set 1"),
    ] = 1.0
    error_percent: Annotated[
        float,
        Field(gt=0, le=100),
        Rule("be more than 0, up to 100", "more answers than that with a 5xx status are an alarm", "Set 1"),
    ] = 1.0
    monthly_budget: Annotated[
        Whole,
        Field(ge=1),
        Rule("be 1 or more", "so many USD a month are foreseen, and more is an alarm", "Set what you expect to pay"),
    ] = 60
    dashboard: Annotated[
        bool,
        Rule(
            "be true or false",
            "a dashboard shows what the alarms look at; an account's first three cost nothing, others 3 USD a month",
            "Set true, or false where you have dashboards of your own",
        ),
    ] = True
