"""Who may keep pictures in the media bucket, and what boards are told of it: IAM's evaluation over the whole stack."""

from __future__ import annotations

import base64
import gzip
import re
from functools import cache
from typing import Any

import pytest
from tests.infra.aws.access import actions, may
from tests.infra.aws.answers import ACCOUNT, REGION
from tests.infra.aws.whole_stack import EVERYTHING, policy, whole_stack
from tests.infra.recorded import Recorded

from archive_platform.catalogue import CATALOGUE

ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
BUCKET = f"arn:aws:s3:{REGION}:{ACCOUNT}:files-media"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
BOARDS = [service.name for service in CATALOGUE if service.board]
OTHERS = [service.name for service in CATALOGUE if not service.board]
THROUGH_S3 = {"kms__ViaService": f"s3.{REGION}.amazonaws.com"}


@cache
def stack() -> Recorded:
    return whole_stack()


def arn(role: str) -> str:
    return f"arn:aws:iam:{REGION}:{ACCOUNT}:{role}"


def allowed(role: str) -> list[dict[str, Any]]:
    """All that a role may do."""
    made = [each.inputs for each in stack().of(ROLE_POLICY) if each.inputs["role"] == f"{role}-id"]
    return [statement for each in made for statement in policy(each["policy"])]


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_keeps_its_own_pictures(board: str) -> None:
    given = allowed(f"servers-media-{board}")
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(given, action, f"{BUCKET}/{board}/ab/abcdef.webp")
    assert may(given, "s3:ListBucket", BUCKET)  # a picture that is not there is 404 then, not 403
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert may(given, action, KEY, **THROUGH_S3)


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_may_do_nothing_else(board: str) -> None:
    given = allowed(f"servers-media-{board}")
    assert actions(given) == {
        *(f"s3:{verb}" for verb in ("GetObject", "PutObject", "DeleteObject", "ListBucket")),
        "kms:GenerateDataKey",
        "kms:Decrypt",
    }
    for other in {*BOARDS, *OTHERS, f"{board}-2", "backups"} - {board}:
        assert not may(given, "s3:GetObject", f"{BUCKET}/{other}/ab/abcdef.webp")
    for file in (f"{BUCKET}/{board}", f"{BUCKET}/a.webp", f"{BUCKET}-2/{board}/a.webp"):
        assert not may(given, "s3:GetObject", file)
    assert not may(given, "s3:GetObject", BUCKET.replace("media", "backups") + f"/{board}/dump.sql")
    assert not may(given, "s3:ListBucket", BUCKET.replace("media", "backups"))
    assert not may(given, "kms:Decrypt", KEY, kms__ViaService=f"ssm.{REGION}.amazonaws.com")
    assert not may(given, "kms:Decrypt", KEY)


@pytest.mark.parametrize("board", BOARDS)
def test_only_a_server_takes_on_a_boards_role(board: str) -> None:
    (statement,) = policy(stack().one(ROLE, f"servers-media-{board}").inputs["assumeRolePolicy"])
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": arn("servers-role")},
    }


def test_a_server_takes_on_the_boards_roles_alone_and_has_none_of_their_rights() -> None:
    given = allowed("servers-role")
    roles = {each.name for each in stack().of(ROLE)}
    taken_on = {name for name in roles if may(given, "sts:AssumeRole", arn(name))}
    assert taken_on == {f"servers-media-{board}" for board in BOARDS}
    assert len(roles) > len(taken_on)
    assert not [action for action in actions(given) if action.startswith("s3:")]
    assert not may(given, "kms:Decrypt", KEY, **THROUGH_S3)


def test_servers_start_once_the_roles_may_do_all_of_this() -> None:
    group = stack().one("aws:autoscaling/group:Group")
    policies = {each.urn for each in stack().of(ROLE_POLICY) if "servers-media" in each.name}
    assert len(policies) == len(BOARDS) + 1
    assert policies <= set(group.wire.dependencies)


def user_data(made: Recorded) -> str:
    inputs = made.one("aws:ec2/launchTemplate:LaunchTemplate").inputs
    return gzip.decompress(base64.b64decode(inputs["userData"])).decode()


def told(made: Recorded) -> dict[str, dict[str, str]]:
    """What services are told of the bucket, by their names, as a server has it."""
    text = user_data(made)
    files = re.findall(r"^put /etc/archive/(\w+)\.env [^\n]*\n(.*?)^ARCHIVE_END$", text, re.MULTILINE | re.DOTALL)
    assert {name for name, _ in files} == {service.name for service in CATALOGUE}
    return {name: dict(re.findall(r"^(ARCHIVE_MEDIA_\w+)=(.*)$", lines, re.MULTILINE)) for name, lines in files}


def test_boards_bring_pictures_from_the_bucket_by_themselves() -> None:
    assert told(stack()) == {
        **{board: {"ARCHIVE_MEDIA_URL": "s3://files-media-id"} for board in BOARDS},
        **{other: {} for other in OTHERS},
    }


def test_with_a_distribution_browsers_are_sent_there() -> None:
    there = {
        "ARCHIVE_MEDIA_URL": "s3://files-media-id",
        "ARCHIVE_MEDIA_PUBLIC_URL": "https://media.archive.example.com",
    }
    made = whole_stack(**EVERYTHING)
    assert told(made) == {**dict.fromkeys(BOARDS, there), **{other: {} for other in OTHERS}}
    (distribution,) = made.of("archive:aws:MediaDistribution")
    assert made.outputs[distribution.urn] == {"url": there["ARCHIVE_MEDIA_PUBLIC_URL"]}


def test_every_role_is_told_to_its_own_board() -> None:
    (words,) = re.findall(rf"/archive-media {REGION} (.*)$", user_data(stack()), re.MULTILINE)
    assert words.split() == [f"{board}={arn(f'servers-media-{board}')}" for board in BOARDS]
