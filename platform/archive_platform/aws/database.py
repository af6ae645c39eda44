"""The MySQL server: encrypted, reached over TLS alone and only from where it was let in, backed up, watched."""

from __future__ import annotations

import hashlib

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.here import Here
from archive_platform.aws.logs import log_group
from archive_platform.aws.network import Network, Tier
from archive_platform.aws.policies import trust
from archive_platform.config.aws import DatabaseSettings
from archive_platform.generated import GeneratedSecret

PORT = 3306
ADMINISTRATOR = "archive_admin"
LOGS = ("error", "slowquery")
WATCH_SECONDS = 60
INSIGHT_DAYS = 7  # what Performance Insights keeps for nothing
# Too small for Performance Insights (RDS User Guide, "Amazon RDS DB engine, Region, and instance class support")
TOO_SMALL = (".micro", ".small")
BACKUP_WINDOW, MAINTENANCE_WINDOW = "18:00-19:00", "sun:19:30-sun:20:30"  # UTC: three to half past five in Seoul
PARAMETERS = {
    "character_set_server": "utf8mb4",
    "collation_server": "utf8mb4_unicode_520_ci",
    "innodb_ft_enable_stopword": "0",  # its English words would drop tokens of the search index
    "log_output": "FILE",
    "long_query_time": "1",
    "require_secure_transport": "1",
    "slow_query_log": "1",
    "tls_version": "TLSv1.2,TLSv1.3",
    "transaction_isolation": "READ-COMMITTED",
}
AT_RESTART = frozenset({"tls_version"})


class Database(ComponentResource):
    """One server for the schemas of all services.

    Attributes:
        instance: the server.
        replica: one that only reads; None unless it is wanted.
        administrator_secret_arn: of the secret with the administrator's password, which AWS made and changes.
    """

    def __init__(
        self,
        name: str,
        settings: DatabaseSettings,
        *,
        network: Network,
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:Database", name, None, opts)
        self._name = name
        self._settings = settings
        self._key_arn = key_arn
        self._child = ResourceOptions(parent=self)
        self._insights = not settings.instance_class.endswith(TOO_SMALL)
        self._watcher = self._watching_role()
        self._parameters = self._parameter_group()
        self.security_group = aws.ec2.SecurityGroup(
            name,
            description="MySQL, for whoever was let in",
            vpc_id=network.vpc.id,
            tags={"Name": name},
            opts=self._child,
        )
        self.identifier = self._identifier()
        logs = [self._log_group(log) for log in LOGS]
        self.instance = self._instance(network, logs)
        self.replica = self._replica() if settings.replica else None
        self.administrator_secret_arn = self.instance.master_user_secrets[0].secret_arn
        self.register_outputs({"host": self.instance.address, "port": PORT})

    def let_in(self, name: str, security_group_id: Input[str]) -> None:
        """Who is in this security group may connect."""
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{name}",
            security_group_id=self.security_group.id,
            referenced_security_group_id=security_group_id,
            description=f"MySQL from {name}",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=self._child,
        )

    def _identifier(self) -> Output[str]:
        """Of our own making, because logs and the last snapshot are called by it; another for every server."""
        drawn = GeneratedSecret(f"{self._name}-name", opts=self._child).value
        suffix = drawn.apply(lambda value: hashlib.sha256(value.encode()).hexdigest()[:8])
        return Output.unsecret(Output.concat(self._name, "-", suffix))

    def _parameter_group(self) -> aws.rds.ParameterGroup:
        # Called by its family: a new one is there before an upgrade uses it, and the old one goes after that
        return aws.rds.ParameterGroup(
            f"{self._name}-{self._settings.family.replace('.', '-')}",
            family=self._settings.family,
            description="Game Archive",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(
                    name=name, value=value, apply_method="pending-reboot" if name in AT_RESTART else "immediate"
                )
                for name, value in PARAMETERS.items()
            ],
            opts=self._child,
        )

    def _watching_role(self) -> aws.iam.Role:
        here = Here(self)
        name = f"{self._name}-watch"
        role = aws.iam.Role(
            name, assume_role_policy=trust("monitoring.rds.amazonaws.com", account=here.account), opts=self._child
        )
        aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=Output.format(
                "arn:{0}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", here.partition
            ),
            opts=self._child,
        )
        return role

    def _log_group(self, log: str) -> aws.cloudwatch.LogGroup:
        """Before the server, which would make one that keeps everything for ever."""
        return log_group(
            f"{self._name}-{log}",
            physical_name=Output.concat("/aws/rds/instance/", self.identifier, "/", log),
            key_arn=self._key_arn,
            opts=self._child,
        )

    def _instance(self, network: Network, logs: list[aws.cloudwatch.LogGroup]) -> aws.rds.Instance:
        settings = self._settings
        subnets = aws.rds.SubnetGroup(
            self._name, subnet_ids=network.subnet_ids(Tier.DATABASE), description="Game Archive", opts=self._child
        )
        return aws.rds.Instance(
            self._name,
            identifier=self.identifier,
            engine="mysql",
            engine_version=settings.version,
            instance_class=settings.instance_class,
            multi_az=settings.multi_zone,
            # The disk
            allocated_storage=settings.storage_gb,
            max_allocated_storage=settings.storage_limit_gb,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=self._key_arn,
            # Who may connect
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            username=ADMINISTRATOR,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=self._key_arn,
            iam_database_authentication_enabled=True,
            parameter_group_name=self._parameters.name,
            # What is kept
            backup_retention_period=settings.backup_days,
            backup_window=BACKUP_WINDOW,
            delete_automated_backups=not settings.protect,
            copy_tags_to_snapshot=True,
            deletion_protection=settings.protect,
            skip_final_snapshot=not settings.protect,
            final_snapshot_identifier=Output.concat(self.identifier, "-final") if settings.protect else None,
            # Changes
            maintenance_window=MAINTENANCE_WINDOW,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,  # the version is the operator's to set
            # What it tells
            enabled_cloudwatch_logs_exports=list(LOGS),
            monitoring_interval=WATCH_SECONDS,
            monitoring_role_arn=self._watcher.arn,
            performance_insights_enabled=self._insights,
            performance_insights_kms_key_id=self._key_arn if self._insights else None,
            performance_insights_retention_period=INSIGHT_DAYS if self._insights else None,
            opts=ResourceOptions(parent=self, depends_on=logs, protect=settings.protect),
        )

    def _replica(self) -> aws.rds.Instance:
        """It has its source's disk, version and users; its backups are the source's."""
        return aws.rds.Instance(
            f"{self._name}-replica",
            replicate_source_db=self.instance.identifier,
            instance_class=self._settings.instance_class,
            max_allocated_storage=self._settings.storage_limit_gb,
            storage_encrypted=True,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            iam_database_authentication_enabled=True,
            parameter_group_name=self._parameters.name,
            auto_minor_version_upgrade=True,
            copy_tags_to_snapshot=True,
            deletion_protection=self._settings.protect,
            skip_final_snapshot=True,
            enabled_cloudwatch_logs_exports=list(LOGS),
            monitoring_interval=WATCH_SECONDS,
            monitoring_role_arn=self._watcher.arn,
            performance_insights_enabled=self._insights,
            performance_insights_kms_key_id=self._key_arn if self._insights else None,
            performance_insights_retention_period=INSIGHT_DAYS if self._insights else None,
            opts=self._child,
        )
