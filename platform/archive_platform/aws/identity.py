"""Deployments from GitHub without keys: roles that one repository's workflows take on, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_aws as aws
from pulumi import (
    ComponentResource,
    Input,
    Output,
    ResourceOptions,
    ResourceTransformation,
    ResourceTransformationArgs,
    ResourceTransformationResult,
)

from archive_platform.aws import permissions
from archive_platform.aws.permissions import Place
from archive_platform.aws.policies import Statement, document
from archive_platform.config.aws import IdentitySettings

ISSUER, AUDIENCE = "token.actions.githubusercontent.com", "sts.amazonaws.com"
SESSION_SECONDS = 3600
# Apart from the stack's own, so that a deployment cannot change what holds it
OWN_PATH = "/game-archive-identity/"

ROLE = "aws:iam/role:Role"
WITH_A_PATH = frozenset({ROLE, "aws:iam/policy:Policy", "aws:iam/instanceProfile:InstanceProfile"})


class Identity(ComponentResource):
    """Two roles for a repository's workflows, and the boundary that holds every role which they make.

    Who runs `pulumi up` first is an administrator; from then on workflows do, and only a change of this component needs
    an administrator again.

    Attributes:
        boundary_arn: of the policy that says what any role of the stack may do at most.
        deploy: the role of workflows that run in the environment of the settings.
        preview: the role of workflows that run for a pull request; it reads, and no secrets.
    """

    def __init__(
        self,
        name: str,
        settings: IdentitySettings,
        *,
        stack: str,
        zone_id: Input[str],
        buckets: str,
        parameters: str,
        opts: ResourceOptions | None = None,
    ) -> None:
        """`zone_id` is the hosted zone's with the stack's names. Names of its buckets and of its parameters begin with
        `buckets` and `parameters`.
        """
        super().__init__("archive:aws:Identity", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = ResourceOptions(parent=self)
        place = Place.of(self, stack, path_of(stack), zone_id, buckets, parameters, settings.state_bucket)
        self._issuer_arn = self._issuer()
        self.boundary_arn = self._policy("boundary", "What a role may do at most", permissions.of_boundary(place)).arn
        deploys = permissions.of_deployment(place, self.boundary_arn)
        self.deploy = self._role("deploy", f"environment:{settings.environment}", deploys)
        region = self._policy("region", "What deployments make in a region", permissions.of_region(place))
        aws.iam.RolePolicyAttachment(f"{name}-region", role=self.deploy.name, policy_arn=region.arn, opts=self._child)
        self.preview = self._role("preview", "pull_request", permissions.of_preview(place))
        self.register_outputs(
            {"deployRoleArn": self.deploy.arn, "previewRoleArn": self.preview.arn, "boundaryArn": self.boundary_arn}
        )

    def _issuer(self) -> Input[str]:
        if self._settings.existing_provider:
            return self._settings.existing_provider
        return aws.iam.OpenIdConnectProvider(
            self._name, url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], opts=self._child
        ).arn

    def _policy(self, word: str, what: str, statements: Sequence[Statement]) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self._name}-{word}",
            path=OWN_PATH,
            description=f"Game Archive: {what}",
            policy=document(*statements),
            opts=self._child,
        )

    def _role(self, word: str, what: str, statements: Sequence[Statement]) -> aws.iam.Role:
        name = f"{self._name}-{word}"
        role = aws.iam.Role(
            name,
            path=OWN_PATH,
            description=f"GitHub Actions of {self._settings.repository}: {word}",
            max_session_duration=SESSION_SECONDS,
            assume_role_policy=self._trust(what),
            opts=self._child,
        )
        aws.iam.RolePolicy(name, role=role.id, policy=document(*statements), opts=self._child)
        return role

    def _trust(self, what: str) -> Output[str]:
        """One subject, compared as a whole: without it, any workflow on GitHub would be let in."""
        subject = f"repo:{self._settings.repository}:{what}"
        return document(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": self._issuer_arn},
                "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}},
            }
        )


def path_of(stack: str) -> str:
    """Where in IAM the roles of a stack are, so that a deployment can be held to them.

    >>> path_of("prod")
    '/game-archive/prod/'
    """
    return f"/game-archive/{stack}/"


def held(path: str, boundary_arn: Input[str] | None = None) -> ResourceTransformation:
    """Puts every role, policy and instance profile under `path`, and every role within the boundary.

    It is an option of components (`transformations`), which hand it to all they make: no component has to think of it,
    and none can forget it.
    """

    def change(asked: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if asked.type_ not in WITH_A_PATH:
            return None
        props: dict[str, Any] = {**asked.props, "path": path}
        if asked.type_ == ROLE and boundary_arn is not None:
            props["permissions_boundary"] = boundary_arn
        return ResourceTransformationResult(props, asked.opts)

    return change
