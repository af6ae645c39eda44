"""A second region, with a Redis cache in it: what a developer adds to stacks/aws/__main__.py."""

from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from archive_platform.aws.encryption import EncryptionKey
from archive_platform.aws.network import Network, Tier
from archive_platform.aws.provider import provider
from archive_platform.config import load
from archive_platform.config.aws import Aws, NetworkSettings

settings = load(Aws)
there = provider("tokyo", settings.in_region("ap-northeast-1"), pulumi.get_stack())
opts = pulumi.ResourceOptions(provider=there)

key = EncryptionKey("tokyo-key", opts)
addresses = NetworkSettings(cidr=IPv4Network("10.30.0.0/16"), nat="single")
network = Network("tokyo", addresses, key_arn=key.key_arn, opts=opts)

subnets = aws.elasticache.SubnetGroup("cache", subnet_ids=network.subnet_ids(Tier.DATABASE), opts=opts)
group = aws.ec2.SecurityGroup("cache", description="Redis, for whoever was let in", vpc_id=network.vpc.id, opts=opts)
cache = aws.elasticache.ReplicationGroup(
    "cache",
    description="Game Archive",
    engine="redis",
    node_type="cache.t4g.micro",
    num_cache_clusters=2,
    automatic_failover_enabled=True,
    multi_az_enabled=True,
    subnet_group_name=subnets.name,
    security_group_ids=[group.id],
    at_rest_encryption_enabled=True,
    kms_key_id=key.key_arn,
    transit_encryption_enabled=True,
    opts=opts,
)
pulumi.export("cache", cache.primary_endpoint_address)
