"""The one origin: TLS ends here, and each path goes to its service, in the cloud or on servers of one's own."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws import boot
from archive_platform.aws.network import Network, Tier
from archive_platform.aws.web_firewall import WebFirewall
from archive_platform.catalogue import ServiceEntry
from archive_platform.config.aws import BalancerSettings

HTTP, HTTPS = 80, 443
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"  # TLS 1.3, and 1.2 with forward secrecy alone
TARGET_PORT = boot.PORT  # of Nginx on a server; its certificate is of its own making, which ALB does not check
PRIORITY_STEP = 10
WEIGHT_OF_ALL = 100
DRAIN_SECONDS = 30  # a server that leaves has so long for what it is answering


class LoadBalancer(ComponentResource):
    """HTTPS for the whole community, with plain HTTP sent there.

    Attributes:
        balancer: the load balancer.
        security_group: its; servers let nobody else in.
        cloud: the target group that servers of the cloud join.
        on_premises: the target group of a cluster of one's own; None without addresses of one.
    """

    def __init__(
        self,
        name: str,
        settings: BalancerSettings,
        *,
        network: Network,
        certificate_arn: Input[str],
        log_bucket: Input[str],
        key_arn: Input[str],
        services: Sequence[ServiceEntry],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:LoadBalancer", name, None, opts)
        self._name = name
        self._settings = settings
        self._network = network
        self._child = ResourceOptions(parent=self)
        self._home = next(service for service in services if service.path == "/")

        self.security_group = self._security_group()
        self.balancer = self._balancer(log_bucket)
        self.cloud = self._target_group("cloud", "instance")
        self.on_premises = self._on_premises()
        self._send_to_https()
        listener = self._listener(certificate_arn)
        for service in services:
            if service is not self._home:
                self._rule(service, listener)
        if settings.firewall:
            WebFirewall(
                f"{name}-firewall",
                self.balancer.arn,
                requests_per_five_minutes=settings.requests_per_five_minutes,
                key_arn=key_arn,
                opts=self._child,
            )
        self.register_outputs({"dnsName": self.balancer.dns_name, "zoneId": self.balancer.zone_id})

    def _balancer(self, log_bucket: Input[str]) -> aws.lb.LoadBalancer:
        return aws.lb.LoadBalancer(
            self._name,
            load_balancer_type="application",
            ip_address_type="dualstack" if self._network.ipv6 else "ipv4",
            security_groups=[self.security_group.id],
            subnets=self._network.subnet_ids(Tier.PUBLIC),
            enable_deletion_protection=self._settings.protect,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=log_bucket, prefix="requests", enabled=True),
            connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(
                bucket=log_bucket, prefix="connections", enabled=True
            ),
            opts=self._child,
        )

    # Who may connect

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            self._name,
            description="Visitors of the community",
            vpc_id=self._network.vpc.id,
            tags={"Name": self._name},
            opts=self._child,
        )
        for port, what in ((HTTP, "http"), (HTTPS, "https")):
            for suffix, v4, v6 in self._network.everywhere:
                aws.vpc.SecurityGroupIngressRule(
                    f"{self._name}-{what}{suffix}",
                    security_group_id=group.id,
                    description=f"{what.upper()} from everybody",
                    cidr_ipv4=v4,
                    cidr_ipv6=v6,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=self._child,
                )
        self._egress(group, "servers", self._network.cidr, TARGET_PORT)
        for address in self._settings.hybrid.addresses:
            self._egress(group, str(address).replace(".", "-"), f"{address}/32", HTTPS)
        return group

    def _egress(self, group: aws.ec2.SecurityGroup, word: str, cidr: str, port: int) -> None:
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-{word}",
            security_group_id=group.id,
            description="To whoever answers",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self._child,
        )

    # Who answers

    def _target_group(self, word: str, kind: str, port: int = TARGET_PORT) -> aws.lb.TargetGroup:
        probes = self._home.probes
        return aws.lb.TargetGroup(
            f"{self._name}-{word}",
            vpc_id=self._network.vpc.id,
            target_type=kind,
            protocol="HTTPS",
            port=port,
            deregistration_delay=DRAIN_SECONDS,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path=self._home.url_path(probes.ready),
                protocol="HTTPS",
                interval=probes.period,
                timeout=probes.timeout,
                healthy_threshold=2,
                unhealthy_threshold=3,
                matcher="200",
            ),
            opts=self._child,
        )

    def _on_premises(self) -> aws.lb.TargetGroup | None:
        hybrid = self._settings.hybrid
        if not hybrid.addresses:
            return None
        group = self._target_group("onprem", "ip", HTTPS)
        for address in hybrid.addresses:
            aws.lb.TargetGroupAttachment(
                f"{self._name}-{str(address).replace('.', '-')}",
                target_group_arn=group.arn,
                target_id=str(address),
                port=HTTPS,
                availability_zone="all",  # what is outside of the VPC is in no zone
                opts=self._child,
            )
        return group

    # Which path goes where

    def _send_to_https(self) -> None:
        aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=self.balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
                    ),
                )
            ],
            opts=self._child,
        )

    def _listener(self, certificate_arn: Input[str]) -> aws.lb.Listener:
        forward = aws.lb.ListenerDefaultActionForwardArgs(
            target_groups=[
                aws.lb.ListenerDefaultActionForwardTargetGroupArgs(arn=arn, weight=weight)
                for arn, weight in self._weights()
            ]
        )
        return aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=self.balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", forward=forward)],
            opts=self._left_to_controller("defaultActions"),
        )

    def _rule(self, service: ServiceEntry, listener: aws.lb.Listener) -> None:
        forward = aws.lb.ListenerRuleActionForwardArgs(
            target_groups=[
                aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=arn, weight=weight)
                for arn, weight in self._weights()
            ]
        )
        patterns = aws.lb.ListenerRuleConditionPathPatternArgs(values=[service.path, f"{service.path}/*"])
        aws.lb.ListenerRule(
            f"{self._name}-{service.name}",
            listener_arn=listener.arn,
            # The service's own, so that another service moves no rule
            priority=service.port_offset * PRIORITY_STEP,
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", forward=forward)],
            conditions=[aws.lb.ListenerRuleConditionArgs(path_pattern=patterns)],
            opts=self._left_to_controller("actions"),
        )

    def _weights(self) -> list[tuple[Output[str], int]]:
        share = self._settings.hybrid.share
        if self.on_premises is None:
            return [(self.cloud.arn, WEIGHT_OF_ALL)]
        return [(self.cloud.arn, WEIGHT_OF_ALL - share), (self.on_premises.arn, share)]

    def _left_to_controller(self, what: str) -> ResourceOptions:
        ignored = [what] if self._settings.hybrid.controlled else None
        return ResourceOptions.merge(self._child, ResourceOptions(ignore_changes=ignored))
