"""The servers that run the community's services: replaced, never changed, and as many as visitors need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

from archive_platform.aws import boot
from archive_platform.aws.here import Here
from archive_platform.aws.load_balancer import HTTP, HTTPS, TARGET_PORT, LoadBalancer
from archive_platform.aws.logs import log_group
from archive_platform.aws.media_roles import MediaRoles
from archive_platform.aws.network import Network, Tier
from archive_platform.aws.quadlets import Images
from archive_platform.aws.server_role import ServerRole
from archive_platform.catalogue import ServiceEntry
from archive_platform.config.aws import ComputeSettings

IMAGES = "/aws/service/canonical/ubuntu/server/24.04/stable/current"  # Canonical's, in Systems Manager of every region
ROOT_DISK = "/dev/sda1"  # of Ubuntu's images
READY_SECONDS = 300  # a server installs its packages and pulls its images
CREATE_TIMEOUT = "20m"
BUSY_PERCENT = 60.0
LONGEST_LIFE_SECONDS = 14 * 24 * 3600  # a server is made anew from a newer image then
METRICS = (
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_TOTAL_INSTANCES,
)
_ARM = re.compile(r"(a1|[a-z]+[0-9]+g[a-z0-9-]*)\..*")


class Compute(ComponentResource):
    """A group of servers behind the load balancer. Another release replaces them one by one, and back if it is bad.

    Attributes:
        group: the group.
        security_group: of its servers.
    """

    def __init__(
        self,
        name: str,
        settings: ComputeSettings,
        *,
        services: Sequence[ServiceEntry],
        environments: Mapping[str, Mapping[str, Input[str]]],
        secrets: Mapping[str, Input[str]],
        network: Network,
        balancer: LoadBalancer,
        media_arn: Input[str],
        certificates: str,
        key_arn: Input[str],
        tags: Mapping[str, str],
        rollback_alarms: Sequence[Input[str]] = (),
        opts: ResourceOptions | None = None,
    ) -> None:
        """`environments` and `secrets` are the services' by their names: variables, and a JSON object of more of them.

        `media_arn` is of the bucket with the boards' pictures.
        `rollback_alarms` are names of alarms that end the replacement of servers and bring the ones before back.
        """
        super().__init__("archive:aws:Compute", name, None, opts)
        self._name = name
        self._settings = settings
        self._network = network
        self._balancer = balancer
        self._key_arn = key_arn
        self._tags = {**tags, "Name": name}  # the provider's own end at the template
        self._child = ResourceOptions(parent=self)
        self._here = Here(self)
        parameters = {service: self._parameter(service, value) for service, value in secrets.items()}
        log = log_group(name, key_arn=key_arn, opts=self._child)
        role = ServerRole(
            f"{name}-role",
            parameter_arns=[parameter.arn for parameter in parameters.values()],
            log_group_arn=log.arn,
            key_arn=key_arn,
            opts=self._child,
        )
        media = MediaRoles(
            f"{name}-media",
            [service.name for service in services if service.board],
            server=role.role,
            bucket_arn=media_arn,
            key_arn=key_arn,
            opts=self._child,
        )
        self.security_group = self._security_group()
        text = self._script(services, environments, parameters, media.arns, certificates, log)
        template = self._template(text, role)
        self.group = self._group(template, rollback_alarms, after=[role, media])
        if settings.maximum > settings.minimum:
            self._follow_visitors()
        self.register_outputs({"group": self.group.name})

    def _parameter(self, service: str, value: Input[str]) -> aws.ssm.Parameter:
        return aws.ssm.Parameter(
            f"{self._name}-{service}",
            type="SecureString",
            key_id=self._key_arn,
            value=Output.secret(value),
            description=f"Game Archive: what only {service} may know",
            opts=self._child,
        )

    def _script(
        self,
        services: Sequence[ServiceEntry],
        environments: Mapping[str, Mapping[str, Input[str]]],
        parameters: Mapping[str, aws.ssm.Parameter],
        media_roles: Mapping[str, Input[str]],
        certificates: str,
        log: aws.cloudwatch.LogGroup,
    ) -> Output[str]:
        known = Output.all(
            region=self._here.region,
            log=log.name,
            environments=environments,
            parameters={name: [each.name, each.version] for name, each in parameters.items()},
            media_roles=media_roles,
        )
        images = Images(self._settings.registry, self._settings.release)
        return known.apply(
            lambda found: boot.script(
                boot.Boot(
                    services=services,
                    images=images,
                    environments=found["environments"],
                    parameters={name: (each[0], int(each[1])) for name, each in found["parameters"].items()},
                    media_roles=found["media_roles"],
                    network=IPv4Network(self._network.cidr),
                    certificates=certificates,
                    region=found["region"],
                    log_group=found["log"],
                )
            )
        )

    # Who may connect

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            self._name,
            description="Servers of the community",
            vpc_id=self._network.vpc.id,
            tags={"Name": self._name},
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-balancer",
            security_group_id=group.id,
            referenced_security_group_id=self._balancer.security_group.id,
            description="From the load balancer",
            ip_protocol="tcp",
            from_port=TARGET_PORT,
            to_port=TARGET_PORT,
            opts=self._child,
        )
        for word, port in self._outwards().items():
            for suffix, v4, v6 in self._network.everywhere:
                aws.vpc.SecurityGroupEgressRule(
                    f"{self._name}-{word}{suffix}",
                    security_group_id=group.id,
                    description=f"To any {word} server",
                    cidr_ipv4=v4,
                    cidr_ipv6=v6,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=self._child,
                )
        return group

    def _outwards(self) -> dict[str, int]:
        """AWS, registries and mirrors; Ubuntu's mirrors in AWS speak HTTP alone, and sign what they serve."""
        ports = {"https": HTTPS, "http": HTTP}
        smtp = self._settings.smtp_port
        return ports if smtp is None else {**ports, "mail": smtp}

    # The servers

    def _template(self, text: Output[str], role: ServerRole) -> aws.ec2.LaunchTemplate:
        settings = self._settings
        return aws.ec2.LaunchTemplate(
            self._name,
            description=f"Game Archive {settings.release}",
            update_default_version=True,
            image_id=settings.machine_image or self._newest_image(),
            instance_type=settings.instance_type,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=role.profile_arn),
            user_data=text.apply(boot.encoded),
            # IMDSv2 at one hop: a container that is made to ask for the server's role gets no answer
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    security_groups=[self.security_group.id],
                    associate_public_ip_address=str(self._network.server_tier is Tier.PUBLIC).lower(),
                    ipv6_address_count=1 if self._network.ipv6 else None,
                    delete_on_termination="true",
                )
            ],
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DISK,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_size=settings.disk_gb, volume_type="gp3", encrypted="true", delete_on_termination="true"
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=self._tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            opts=self._child,
        )

    def _newest_image(self) -> Output[str]:
        """Asked for at each `pulumi up`: AWS brings none back whose template leaves the image to Systems Manager."""
        word = "arm64" if is_arm(self._settings.instance_type) else "amd64"
        name = f"{IMAGES}/{word}/hvm/ebs-gp3/ami-id"
        return Output.unsecret(aws.ssm.get_parameter_output(name=name, opts=self._here.asked).value)

    def _group(
        self, template: aws.ec2.LaunchTemplate, alarms: Sequence[Input[str]], after: Sequence[Resource]
    ) -> aws.autoscaling.Group:
        settings = self._settings
        version = template.latest_version.apply(str)  # a number, because AWS brings no group back from `$Latest`
        return aws.autoscaling.Group(
            self._name,
            min_size=settings.minimum,
            max_size=settings.maximum,
            vpc_zone_identifiers=self._network.subnet_ids(self._network.server_tier),
            target_group_arns=[self._balancer.cloud.arn],
            health_check_type="ELB",
            health_check_grace_period=READY_SECONDS,
            default_instance_warmup=READY_SECONDS,
            wait_for_elb_capacity=settings.minimum,
            wait_for_capacity_timeout=CREATE_TIMEOUT,
            max_instance_lifetime=LONGEST_LIFE_SECONDS,
            capacity_rebalance=settings.spot,
            enabled_metrics=list(METRICS),
            mixed_instances_policy=self._purchase(template.id, version),
            instance_refresh=_replaced(alarms),
            tags=[aws.autoscaling.GroupTagArgs(key="Name", value=self._name, propagate_at_launch=False)],
            opts=ResourceOptions(parent=self, depends_on=after, ignore_changes=["desiredCapacity"]),
        )

    def _purchase(
        self, template_id: Output[str], version: Output[str]
    ) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
        specification = aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
            launch_template_id=template_id, version=version
        )
        return aws.autoscaling.GroupMixedInstancesPolicyArgs(
            launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
                launch_template_specification=specification
            ),
            instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
                on_demand_percentage_above_base_capacity=0 if self._settings.spot else 100,
                spot_allocation_strategy="price-capacity-optimized",
            ),
        )

    def _follow_visitors(self) -> None:
        aws.autoscaling.Policy(
            f"{self._name}-busy",
            autoscaling_group_name=self.group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
                predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ASGAverageCPUUtilization"
                ),
                target_value=BUSY_PERCENT,
            ),
            opts=self._child,
        )


def _replaced(alarms: Sequence[Input[str]]) -> aws.autoscaling.GroupInstanceRefreshArgs:
    """A new server answers before an old one goes; what alarms or does not come up brings the old ones back."""
    return aws.autoscaling.GroupInstanceRefreshArgs(
        strategy="Rolling",
        preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
            min_healthy_percentage=100,
            max_healthy_percentage=200,
            auto_rollback=True,
            skip_matching=True,
            alarm_specification=aws.autoscaling.GroupInstanceRefreshPreferencesAlarmSpecificationArgs(
                alarms=list(alarms)
            )
            if alarms
            else None,
        ),
    )


def is_arm(instance_type: str) -> bool:
    """Whether its processors are Graviton: the family's letters, its generation, and a `g`.

    >>> [is_arm(each) for each in ("t4g.small", "m7g.large", "c7gn.large", "m7i.large", "g5.xlarge", "a1.large")]
    [True, True, True, False, False, True]
    """
    return _ARM.fullmatch(instance_type) is not None
