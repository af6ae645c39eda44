"""The community's name, and who answers for it when the load balancer does not."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from archive_platform.aws.load_balancer import HTTPS
from archive_platform.catalogue import ServiceEntry
from archive_platform.config.aws import DomainSettings

STANDBY_SECONDS = 60  # resolvers keep the standby's address no longer; an alias has AWS' own 60
CHECK_SECONDS, CHECK_FAILURES = 30, 3


class Dns(ComponentResource):
    """Records that lead to the load balancer, and with a standby elsewhere when it is down.

    Attributes:
        health_check: whether the load balancer answers the world; None without a standby.
    """

    def __init__(
        self,
        name: str,
        domain: DomainSettings,
        *,
        balancer: aws.lb.LoadBalancer,
        home: ServiceEntry,
        ipv6: bool,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:Dns", name, None, opts)
        self._name = name
        self._domain = domain
        self._balancer = balancer
        self._child = ResourceOptions(parent=self)
        self.health_check = self._health_check(home) if domain.standby else None
        self._lead_here("A")
        if domain.standby:
            self._lead_to_standby(str(domain.standby))
        elif ipv6:  # the standby has no such address, and whoever asked for one would be led nowhere
            self._lead_here("AAAA")
        self.register_outputs({"url": f"https://{domain.name}"})

    def _health_check(self, home: ServiceEntry) -> aws.route53.HealthCheck:
        return aws.route53.HealthCheck(
            self._name,
            type="HTTPS",
            fqdn=self._balancer.dns_name,  # not the name itself, which leads elsewhere once this fails
            port=HTTPS,
            resource_path=home.url_path(home.probes.ready),
            request_interval=CHECK_SECONDS,
            failure_threshold=CHECK_FAILURES,
            tags={"Name": self._name},
            opts=self._child,
        )

    def _lead_here(self, kind: str) -> None:
        check = self.health_check
        first = aws.route53.RecordFailoverRoutingPolicyArgs(type="PRIMARY")
        aws.route53.Record(
            f"{self._name}-{kind.lower()}",
            zone_id=self._domain.zone_id,
            name=self._domain.name,
            type=kind,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=self._balancer.dns_name, zone_id=self._balancer.zone_id, evaluate_target_health=True
                )
            ],
            set_identifier="cloud" if check else None,
            failover_routing_policies=[first] if check else None,
            health_check_id=check.id if check else None,
            opts=self._child,
        )

    def _lead_to_standby(self, address: str) -> None:
        aws.route53.Record(
            f"{self._name}-standby",
            zone_id=self._domain.zone_id,
            name=self._domain.name,
            type="A",
            records=[address],
            ttl=STANDBY_SECONDS,
            set_identifier="standby",
            failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type="SECONDARY")],
            opts=self._child,
        )
