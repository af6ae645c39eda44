"""Who may keep a board's pictures in the media bucket: a role for each board, which servers take on for it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.here import Here
from archive_platform.aws.policies import Statement, allow, document


class MediaRoles(ComponentResource):
    """Roles of the boards, and the server's right to take on these and no others.

    Each may read, write and delete what is below `<board>/` in the bucket, as `archive_boards.images.storing` does.

    Attributes:
        arns: of the roles by the boards' names.
    """

    def __init__(
        self,
        name: str,
        boards: Sequence[str],
        *,
        server: aws.iam.Role,
        bucket_arn: Input[str],
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        """`server` is the role of the servers. `key_arn` is of the key that encrypts the bucket."""
        super().__init__("archive:aws:MediaRoles", name, None, opts)
        self._name = name
        self._server = server
        self._bucket_arn = bucket_arn
        self._key_arn = key_arn
        self._child = ResourceOptions(parent=self)
        self._region = Here(self).region
        self.arns = {board: self._role(board) for board in boards}
        self._let_servers_take_them_on()
        self.register_outputs({"arns": self.arns})

    def _role(self, board: str) -> Output[str]:
        name = f"{self._name}-{board}"
        role = aws.iam.Role(
            name,
            description=f"Game Archive: pictures of {board}",
            assume_role_policy=document(
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": self._server.arn}}
            ),
            opts=self._child,
        )
        aws.iam.RolePolicy(name, role=role.id, policy=document(*self._allowed(board)), opts=self._child)
        return role.arn

    def _allowed(self, board: str) -> list[Statement]:
        through = {"StringEquals": {"kms:ViaService": Output.format("s3.{0}.amazonaws.com", self._region)}}
        return [
            allow(
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [Output.concat(self._bucket_arn, f"/{board}/*")]
            ),
            # Names alone. Without it S3 does not say that a picture is not there, and the board would answer 503 where
            # 404 is right (Amazon S3 API Reference, "GetObject"). Who asks for a file names no prefix to compare
            allow(["s3:ListBucket"], [self._bucket_arn]),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], [self._key_arn], condition=through),
        ]

    def _let_servers_take_them_on(self) -> None:
        aws.iam.RolePolicy(
            self._name,
            role=self._server.id,
            policy=document(allow(["sts:AssumeRole"], list(self.arns.values()))),
            opts=self._child,
        )
