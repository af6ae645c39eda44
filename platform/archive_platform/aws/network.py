"""The network: subnets of three tiers over several zones, the ways out of it, and a record of who talked to whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from ipaddress import IPv6Network

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.flow_log import FlowLog
from archive_platform.aws.here import Here
from archive_platform.cidr import zone_subnet, zone_subnet_v6
from archive_platform.config.aws import NetworkSettings, ZoneLetter

EVERYWHERE, EVERYWHERE_V6 = "0.0.0.0/0", "::/0"
LETTERS = "abcd"  # a zone's place among the addresses, of `cidr.ZONE_SLOTS`


class Tier(IntEnum):
    """Who may talk with the internet. A tier's number is its place among the addresses: it never changes."""

    PUBLIC = 0  # both ways
    PRIVATE = 1  # outwards alone, by a NAT gateway
    DATABASE = 2  # not at all


class Network(ComponentResource):
    """A VPC in which nothing is open until somebody opens it.

    Each zone has a subnet of each tier. A zone or a tier that is added moves no other subnet. The default security
    group lets nothing through, S3 is reached without leaving AWS, and every connection is recorded.

    Attributes:
        vpc: the VPC.
        subnets: by tier and zone's letter.
        route_tables: by tier, one for each zone where their ways out differ.
    """

    def __init__(
        self, name: str, settings: NetworkSettings, *, key_arn: Input[str], opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("archive:aws:Network", name, None, opts)
        self._name = name
        self._settings = settings
        self._child = ResourceOptions(parent=self)
        self._region = Here(self).region

        self.vpc = self._vpc()
        self.subnets = {tier: {zone: self._subnet(tier, zone) for zone in settings.zones} for tier in Tier}
        self.gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc.id, tags=self._named(), opts=self._child)
        self.egress_gateway = self._egress_gateway()
        self.nat_gateways = {zone: self._nat_gateway(zone) for zone in self._zones_with_nat()}
        self.route_tables = {tier: self._route_tables(tier) for tier in Tier}
        self._close_default_security_group()
        self._endpoints()
        self.flow_log = FlowLog(
            f"{name}-flow-log", self.vpc.id, days=settings.flow_log_days, key_arn=key_arn, opts=self._child
        )
        self.register_outputs(
            {
                "vpcId": self.vpc.id,
                "publicSubnetIds": self.subnet_ids(Tier.PUBLIC),
                "privateSubnetIds": self.subnet_ids(Tier.PRIVATE),
                "databaseSubnetIds": self.subnet_ids(Tier.DATABASE),
            }
        )

    def subnet_ids(self, tier: Tier) -> list[Output[str]]:
        """One for each zone, in the order of the zones."""
        return [subnet.id for subnet in self.subnets[tier].values()]

    @property
    def cidr(self) -> str:
        """All its IPv4 addresses."""
        return str(self._settings.cidr)

    @property
    def ipv6(self) -> bool:
        """Whether it has IPv6 addresses too."""
        return self._settings.ipv6

    @property
    def everywhere(self) -> list[tuple[str, str | None, str | None]]:
        """All addresses that it can reach, for rules that name one block each: a suffix for the rule, IPv4, IPv6."""
        v4: tuple[str, str | None, str | None] = ("", EVERYWHERE, None)
        return [v4, ("-v6", None, EVERYWHERE_V6)] if self.ipv6 else [v4]

    @property
    def server_tier(self) -> Tier:
        """Where servers stand that have to reach the internet: without NAT only the public tier does."""
        return Tier.PUBLIC if self._settings.nat == "none" else Tier.PRIVATE

    def _named(self, *words: str) -> dict[str, str]:
        return {"Name": "-".join((self._name, *words))}

    def _vpc(self) -> aws.ec2.Vpc:
        return aws.ec2.Vpc(
            self._name,
            cidr_block=str(self._settings.cidr),
            assign_generated_ipv6_cidr_block=self._settings.ipv6 or None,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # the names of databases and endpoints resolve to private addresses
            tags=self._named(),
            opts=self._child,
        )

    def _subnet(self, tier: Tier, zone: ZoneLetter) -> aws.ec2.Subnet:
        words = (tier.name.lower(), zone)
        place = LETTERS.index(zone)
        return aws.ec2.Subnet(
            "-".join((self._name, *words)),
            vpc_id=self.vpc.id,
            availability_zone=Output.concat(self._region, zone),
            cidr_block=str(zone_subnet(self._settings.cidr, tier, place)),
            map_public_ip_on_launch=False,  # what needs a public address asks for it
            ipv6_cidr_block=self._ipv6_block(tier, place) if self._settings.ipv6 else None,
            assign_ipv6_address_on_creation=self._settings.ipv6 or None,
            tags=self._named(*words),
            opts=self._child,
        )

    def _ipv6_block(self, tier: Tier, place: int) -> Output[str]:
        return self.vpc.ipv6_cidr_block.apply(lambda block: str(zone_subnet_v6(IPv6Network(block), tier, place)))

    # Ways out

    def _egress_gateway(self) -> aws.ec2.EgressOnlyInternetGateway | None:
        """IPv6 knows no NAT: this lets the private tier out, and nobody in."""
        if not self._settings.ipv6:
            return None
        return aws.ec2.EgressOnlyInternetGateway(self._name, vpc_id=self.vpc.id, tags=self._named(), opts=self._child)

    def _zones_with_nat(self) -> tuple[ZoneLetter, ...]:
        return {"none": (), "single": self._settings.zones[:1], "per-zone": self._settings.zones}[self._settings.nat]

    def _nat_gateway(self, zone: ZoneLetter) -> aws.ec2.NatGateway:
        name = f"{self._name}-nat-{zone}"
        address = aws.ec2.Eip(name, domain="vpc", tags=self._named("nat", zone), opts=self._child)
        return aws.ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=self.subnets[Tier.PUBLIC][zone].id,
            tags=self._named("nat", zone),
            opts=ResourceOptions(parent=self, depends_on=[self.gateway]),
        )

    def _route_tables(self, tier: Tier) -> Mapping[ZoneLetter, aws.ec2.RouteTable]:
        """A table for each zone of the private tier, whose NAT gateways may differ, and one for all of any other."""
        tables: dict[ZoneLetter, aws.ec2.RouteTable] = {}
        if tier is Tier.PRIVATE:
            tables |= {zone: self._route_table(tier, zone) for zone in self._settings.zones}
        else:
            tables |= dict.fromkeys(self._settings.zones, self._route_table(tier))
        for zone, table in tables.items():
            name = f"{self._name}-{tier.name.lower()}-{zone}"
            aws.ec2.RouteTableAssociation(
                name, subnet_id=self.subnets[tier][zone].id, route_table_id=table.id, opts=self._child
            )
        return tables

    def _route_table(self, tier: Tier, *zone: ZoneLetter) -> aws.ec2.RouteTable:
        words = (tier.name.lower(), *zone)
        name = "-".join((self._name, *words))
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc.id, tags=self._named(*words), opts=self._child)
        if tier is Tier.PUBLIC:
            self._route(name, table, gateway_id=self.gateway.id)
            if self._settings.ipv6:
                self._route(f"{name}-v6", table, destination=EVERYWHERE_V6, gateway_id=self.gateway.id)
        if tier is Tier.PRIVATE and self.egress_gateway:
            self._route(f"{name}-v6", table, destination=EVERYWHERE_V6, egress_only_gateway_id=self.egress_gateway.id)
        if tier is Tier.PRIVATE and self.nat_gateways:
            gateway = self.nat_gateways.get(zone[0]) or next(iter(self.nat_gateways.values()))
            self._route(name, table, nat_gateway_id=gateway.id)
        return table

    def _route(self, name: str, table: aws.ec2.RouteTable, destination: str = EVERYWHERE, **way: Output[str]) -> None:
        v6 = destination == EVERYWHERE_V6
        aws.ec2.Route(
            name,
            route_table_id=table.id,
            destination_cidr_block=None if v6 else destination,
            destination_ipv6_cidr_block=destination if v6 else None,
            **way,
            opts=self._child,
        )

    # What is closed, and what is reached within AWS

    def _close_default_security_group(self) -> None:
        aws.ec2.DefaultSecurityGroup(
            self._name, vpc_id=self.vpc.id, ingress=[], egress=[], tags=self._named("closed"), opts=self._child
        )

    def _endpoints(self) -> None:
        tables = {id(table): table for tables in self.route_tables.values() for table in tables.values()}
        aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=self.vpc.id,
            service_name=self._service("s3"),
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables.values()],
            tags=self._named("s3"),
            opts=self._child,
        )
        if not self._settings.interface_endpoints:
            return
        group = self._endpoint_security_group()
        for service in self._settings.interface_endpoints:
            word = service.replace(".", "-")
            aws.ec2.VpcEndpoint(
                f"{self._name}-{word}",
                vpc_id=self.vpc.id,
                service_name=self._service(service),
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.subnet_ids(Tier.PRIVATE),
                security_group_ids=[group.id],
                tags=self._named(word),
                opts=self._child,
            )

    def _service(self, service: str) -> Output[str]:
        return Output.concat("com.amazonaws.", self._region, ".", service)

    def _endpoint_security_group(self) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-endpoints"
        group = aws.ec2.SecurityGroup(
            name,
            description="HTTPS from this network to AWS services",
            vpc_id=self.vpc.id,
            tags=self._named("endpoints"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            description="HTTPS from this network",
            cidr_ipv4=str(self._settings.cidr),
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=self._child,
        )
        return group
