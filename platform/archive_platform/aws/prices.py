"""What AWS asks, in USD and without taxes: the table that `cost` counts with.

The prices are those of AWS's price list (an offer file for each service and region) as it stood on 1 October 2026,
taken from published readings of it and checked against bills of that time. One that neither showed says in `unsure`
what it is instead, and errs on the high side. Renew the table from
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/index.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SEEN = "2026-10-01"
HOME, VIRGINIA = "ap-northeast-2", "us-east-1"
HOURS_A_DAY = 24
DAYS_A_MONTH = 365 / 12  # AWS' month of 730 hours

Per = Literal["hour", "month"]


@dataclass(frozen=True)
class Price:
    """What one of something costs.

    Attributes:
        what: as a bill calls it.
        per: what is paid for, an hour or a month of it.
        home: USD in Seoul.
        virginia: USD in Northern Virginia.
        source: the offer file of the price list and what the price is called there, or another page.
        unsure: why the real price may differ; nothing when it should not.
    """

    what: str
    per: Per
    home: float
    virginia: float
    source: str
    unsure: str = ""

    def usd(self, region: str) -> float:
        """In a region; in one that the table does not have, what it costs in Seoul."""
        return self.virginia if region == VIRGINIA else self.home

    def a_day(self, region: str) -> float:
        """What one costs a day."""
        usd = self.usd(region)
        return usd * HOURS_A_DAY if self.per == "hour" else usd / DAYS_A_MONTH


def is_known(region: str) -> bool:
    """Whether the table has prices of this region."""
    return region in (HOME, VIRGINIA)


PRICES: Mapping[str, Price] = {
    "load balancer": Price("load balancer", "hour", 0.0225, 0.0225, "AWSELB, LoadBalancerUsage"),
    "address": Price("public IPv4 address", "hour", 0.005, 0.005, "AmazonVPC, PublicIPv4:InUseAddress"),
    "nat": Price("NAT gateway", "hour", 0.059, 0.045, "AmazonEC2, NatGateway-Hours"),
    "endpoint": Price("interface endpoint in a zone", "hour", 0.013, 0.01, "AmazonVPC, VpcEndpoint-Hours"),
    "vpn": Price(
        "VPN connection",
        "hour",
        0.05,
        0.05,
        "AmazonVPC, VPN-Usage-Hours:ipsec.1",
        "read for Northern Virginia alone",
    ),
    "disk": Price("GB of a server's disk", "month", 0.0912, 0.08, "AmazonEC2, EBS:VolumeUsage.gp3"),
    "database disk": Price("GB of a database's disk", "month", 0.131, 0.115, "AmazonRDS, RDS:GP3-Storage"),
    "key": Price("encryption key", "month", 1.0, 1.0, "awskms"),
    "secret": Price("secret", "month", 0.40, 0.40, "AWSSecretsManager"),
    "alarm": Price("metric that an alarm looks at", "month", 0.10, 0.10, "AmazonCloudWatch, CW:AlarmMonitorUsage"),
    "log": Price("GB of logs taken in", "month", 0.76, 0.50, "AmazonCloudWatch, DataProcessing-Bytes"),
    "firewall": Price("web firewall", "month", 5.0, 5.0, "https://aws.amazon.com/waf/pricing/"),
    "firewall rule": Price("rule of a web firewall", "month", 1.0, 1.0, "https://aws.amazon.com/waf/pricing/"),
    # 0.50 for an endpoint on AWS, and 1.00 for HTTPS
    "health check": Price("health check over HTTPS", "month", 1.5, 1.5, "https://aws.amazon.com/route53/pricing/"),
}

# Of Linux, by the hour. A family's sizes cost as they are large: an xlarge is two of large
SIZES: Mapping[str, float] = {
    "nano": 1 / 16,
    "micro": 1 / 8,
    "small": 1 / 4,
    "medium": 1 / 2,
    "large": 1,
    "xlarge": 2,
    "2xlarge": 4,
    "4xlarge": 8,
    "8xlarge": 16,
}
SERVER_FAMILIES: Mapping[str, tuple[float, float]] = {  # of large, in Seoul and in Northern Virginia
    "t3": (0.104, 0.0832),
    "t4g": (0.0832, 0.0672),
    "m7g": (0.1003, 0.0816),
    "m7i": (0.1239, 0.1008),
}
# AWS sets no price for spot. In Ireland, t4g.small went for 0.45 to 0.48 of its price on demand in October 2026
SPOT_SHARE = 0.5
SPOT = "spot prices move with demand; counted as half of the price on demand"

# Of MySQL in one zone, by the hour; a second zone doubles it
DATABASES: Mapping[str, tuple[float, float]] = {
    "db.t4g.micro": (0.025, 0.016),
    "db.t4g.small": (0.051, 0.032),
    "db.t4g.medium": (0.102, 0.065),
    "db.m7g.large": (0.2344, 0.168),
    "db.m7g.xlarge": (0.4688, 0.336),
    "db.r7g.large": (0.2869, 0.239),
}
LIKE_POSTGRESQL = "in Seoul PostgreSQL's, which MySQL's does not exceed"


def server(instance_type: str, *, spot: bool) -> Price | None:
    """A server of EC2; None for a type that the table does not have."""
    family, _, size = instance_type.partition(".")
    if family not in SERVER_FAMILIES or size not in SIZES:
        return None
    share = SIZES[size] * (SPOT_SHARE if spot else 1)
    home, virginia = (price * share for price in SERVER_FAMILIES[family])
    what = f"server {instance_type}{', spot' if spot else ''}"
    return Price(what, "hour", home, virginia, f"AmazonEC2, BoxUsage:{instance_type}", SPOT if spot else "")


def database(instance_class: str) -> Price | None:
    """A server of RDS in one zone; None for a class that the table does not have."""
    if instance_class not in DATABASES:
        return None
    home, virginia = DATABASES[instance_class]
    unsure = "" if ".t4g." in instance_class else LIKE_POSTGRESQL
    source = f"AmazonRDS, InstanceUsage:{instance_class}"
    return Price(f"database server {instance_class}", "hour", home, virginia, source, unsure)
