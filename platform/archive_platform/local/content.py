"""What an empty community starts with: its administrator, and posts to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from archive_platform.local import programs
from archive_platform.provider import Props, Provider, outputs


class AdministratorProvider(Provider):
    """Makes or updates the account; the service decides which, so doing it again is harmless. It is never deleted:
    what it wrote is the community's."""

    required = ("nickname", "email", "password", "environment", "created")
    matter = ("nickname", "email", "password", "created")

    def create(self, props: Props) -> CreateResult:
        return CreateResult("administrator", _with_account(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        return UpdateResult(_with_account(_news))


def _with_account(props: Props) -> Props:
    account = {name: props[name] for name in ("nickname", "email", "password")}
    answer = programs.run("archive_auth.administrator", [], props["environment"], json.dumps(account) + "\n")
    return outputs(props, member=str(json.loads(answer.splitlines()[-1])["id"]))


class Administrator(Resource, module="archive", name="Administrator"):
    """The member who may do everything. `created` is auth's database: in a new one the account is made again."""

    member: Output[str]

    def __init__(
        self,
        name: str,
        *,
        nickname: str,
        email: str,
        password: Input[str],
        created: Input[str],
        environment: Input[Mapping[str, str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "nickname": nickname,
            "email": email,
            "password": Output.secret(password),
            "created": created,
            "environment": Output.secret(environment),
            "member": None,
        }
        super().__init__(AdministratorProvider(), name, props, opts)


class SampleContentProvider(Provider):
    """Runs the loader once for each new database; it leaves alone what is there already."""

    required = ("environment", "databases")
    matter = ("databases",)

    def create(self, props: Props) -> CreateResult:
        return CreateResult("sample", _with_content(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        return UpdateResult(_with_content(_news))


def _with_content(props: Props) -> Props:
    programs.run("archive_home.sample_content", [], props["environment"])
    return outputs(props)


class SampleContent(Resource, module="archive", name="SampleContent"):
    """Members, posts and comments for a community that has none; `databases` tells empty ones from those before."""

    def __init__(
        self,
        name: str,
        *,
        databases: Input[Sequence[str]],
        environment: Input[Mapping[str, str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {"databases": databases, "environment": Output.secret(environment)}
        super().__init__(SampleContentProvider(), name, props, opts)
