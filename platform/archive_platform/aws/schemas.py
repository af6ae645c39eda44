"""A schema and an account of its own for each service, made from inside the network before any server starts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pulumi_aws as aws
from pulumi import Asset, AssetArchive, ComponentResource, FileAsset, Input, Output, RemoteAsset, ResourceOptions

from archive_platform import naming
from archive_platform.aws.database import PORT, Database
from archive_platform.aws.here import Here
from archive_platform.aws.load_balancer import HTTPS
from archive_platform.aws.logs import log_group
from archive_platform.aws.network import Network, Tier
from archive_platform.aws.policies import allow, document, trust
from archive_platform.aws.quadlets import CERTIFICATES
from archive_platform.catalogue import ServiceEntry
from archive_platform.generated import GeneratedSecret

PREFIX = "archive"
PACKED_CERTIFICATES = "database-ca.pem"
PACKAGE = files("archive_platform")
RUNTIME = aws.lambda_.Runtime.PYTHON3D13
SECONDS, MEGABYTES = 60, 256
# A function that no one reserves runs when it is asked to. Reserving fails in a new account, whose limit is 10 for all.
UNRESERVED = -1


class Schemas(ComponentResource):
    """Schemas and accounts, by a function that alone may read the administrator's password.

    Attributes:
        urls: of each service's database by the service's name, for SQLAlchemy; secret.
        made: whoever uses a URL waits for this.
    """

    def __init__(
        self,
        name: str,
        services: Sequence[ServiceEntry],
        *,
        database: Database,
        network: Network,
        certificates: str,
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        """`certificates`: URL of those that the database's is checked against, as PEM."""
        super().__init__("archive:aws:Schemas", name, None, opts)
        self._name = name
        self._key_arn = key_arn
        self._database = database
        self._network = network
        self._child = ResourceOptions(parent=self)
        stored = [service for service in services if service.database]
        passwords = {service.name: self._password(service) for service in stored}
        called = self._function(certificates)
        self.made = aws.lambda_.Invocation(
            name,
            function_name=called.name,
            input=Output.secret(
                Output.json_dumps({"accounts": {_schema(service): passwords[service.name] for service in stored}})
            ),
            triggers={"code": called.source_code_hash, "database": database.instance.resource_id},
            opts=self._child,
        )
        self.urls = {service.name: self._url(service, passwords[service.name]) for service in stored}
        self.register_outputs({})

    def _password(self, service: ServiceEntry) -> Output[str]:
        return GeneratedSecret(f"{self._name}-{service.name}", opts=self._child).value

    def _url(self, service: ServiceEntry, password: Output[str]) -> Output[str]:
        schema = _schema(service)
        parts = Output.all(password=password, host=self._database.instance.address)
        return Output.secret(
            parts.apply(
                lambda known: (
                    f"mysql+pymysql://{schema}:{quote(known['password'], safe='')}@{known['host']}:{PORT}/{schema}"
                    f"?charset=utf8mb4&ssl_ca={CERTIFICATES}"
                )
            )
        )

    # The function

    def _function(self, certificates: str) -> aws.lambda_.Function:
        log = log_group(self._name, key_arn=self._key_arn, opts=self._child)
        role, allowed = self._role(log)
        environment = {
            "DATABASE_HOST": self._database.instance.address,
            "DATABASE_PORT": str(PORT),
            "DATABASE_CERTIFICATES": PACKED_CERTIFICATES,
            "SECRET_ARN": self._database.administrator_secret_arn,
        }
        if self._network.ipv6:  # without NAT this is the way to Secrets Manager
            environment["AWS_USE_DUALSTACK_ENDPOINT"] = "true"
        return aws.lambda_.Function(
            self._name,
            description="Game Archive: makes each service's schema and account",
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="schemas.handler",
            code=AssetArchive({**code(certificates)}),
            role=role.arn,
            timeout=SECONDS,
            memory_size=MEGABYTES,
            reserved_concurrent_executions=UNRESERVED,
            kms_key_arn=self._key_arn,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=environment),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log.name),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=self._network.subnet_ids(Tier.PRIVATE),
                security_group_ids=[self._security_group().id],
                ipv6_allowed_for_dual_stack=self._network.ipv6,
            ),
            opts=ResourceOptions(parent=self, depends_on=allowed),
        )

    def _role(self, log: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, list[aws.iam.RolePolicy]]:
        here = Here(self)
        role = aws.iam.Role(self._name, assume_role_policy=trust("lambda.amazonaws.com"), opts=self._child)
        for word in ("AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"):
            where = "service-role/" if word.startswith("AWSLambda") else ""
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{word}",
                role=role.name,
                policy_arn=Output.format("arn:{0}:iam::aws:policy/{1}{2}", here.partition, where, word),
                opts=self._child,
            )
        through = Output.format("secretsmanager.{0}.amazonaws.com", here.region)
        policy = aws.iam.RolePolicy(
            self._name,
            role=role.id,
            policy=document(
                allow(["secretsmanager:GetSecretValue"], [self._database.administrator_secret_arn]),
                allow(["kms:Decrypt"], [self._key_arn], condition={"StringEquals": {"kms:ViaService": through}}),
                allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Output.concat(log.arn, ":*")]),
            ),
            opts=self._child,
        )
        return role, [policy]

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            self._name,
            description="The function that makes schemas",
            vpc_id=self._network.vpc.id,
            tags={"Name": self._name},
            opts=self._child,
        )
        for suffix, v4, v6 in self._network.everywhere:
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-aws{suffix}",
                security_group_id=group.id,
                description="To Secrets Manager",
                cidr_ipv4=v4,
                cidr_ipv6=v6,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                opts=self._child,
            )
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-database",
            security_group_id=group.id,
            referenced_security_group_id=self._database.security_group.id,
            description="To MySQL",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=self._child,
        )
        self._database.let_in(self._name, group.id)
        return group


def code(certificates: str) -> dict[str, Asset]:
    """The function's files: ours, its driver's, and the certificates from their URL."""
    driver = _folder_of("pymysql")
    packed: dict[str, Asset] = {
        f"pymysql/{path.relative_to(driver).as_posix()}": FileAsset(str(path)) for path in sorted(driver.rglob("*.py"))
    }
    own = (PACKAGE / "aws" / "functions" / "schemas.py", PACKAGE / "services" / "accounts.py")
    packed |= {path.name: FileAsset(str(path)) for path in own}
    return {**packed, PACKED_CERTIFICATES: RemoteAsset(certificates)}


def _folder_of(package: str) -> Path:
    """Where a package lies, without importing it: that takes time, and the program has no use for it."""
    found = find_spec(package)
    assert found is not None  # noqa: S101 - the platform depends on it
    assert found.origin is not None  # noqa: S101
    return Path(found.origin).parent


def _schema(service: ServiceEntry) -> str:
    return naming.schema(PREFIX, service.name)
