"""The community in one region of AWS. What each line makes is in `archive_platform.aws`."""

import pulumi

from archive_platform.aws import alarms
from archive_platform.aws.certificate import Certificate
from archive_platform.aws.compute import Compute
from archive_platform.aws.database import Database
from archive_platform.aws.dns import Dns
from archive_platform.aws.encryption import EncryptionKey
from archive_platform.aws.environment import environments, secrets
from archive_platform.aws.load_balancer import LoadBalancer
from archive_platform.aws.network import Network
from archive_platform.aws.provider import provider
from archive_platform.aws.schemas import Schemas
from archive_platform.aws.storage import Storage
from archive_platform.aws.vpn import Vpn
from archive_platform.aws.watch import Watch
from archive_platform.catalogue import CATALOGUE, service
from archive_platform.config import load
from archive_platform.config.aws import Aws
from archive_platform.services.secrets import SharedSecrets

settings = load(Aws)
opts = pulumi.ResourceOptions(provider=provider("aws", settings, pulumi.get_stack()))

key = EncryptionKey("key", opts)
network = Network("network", settings.network, key_arn=key.key_arn, opts=opts)
storage = Storage("files", settings.storage, key_arn=key.key_arn, opts=opts)
certificate = Certificate("tls", settings.domain, opts)
web = LoadBalancer(
    "web",
    settings.load_balancer,
    network=network,
    certificate_arn=certificate.arn,
    log_bucket=storage.logs.bucket.id,
    services=CATALOGUE,
    opts=opts,
)
Dns("dns", settings.domain, balancer=web.balancer, home=service("home"), ipv6=network.ipv6, opts=opts)
database = Database("db", settings.database, network=network, key_arn=key.key_arn, opts=opts)
if settings.vpn:
    pulumi.export("tunnels", Vpn("vpn", settings.vpn, network=network, opts=opts).tunnels)
balancer = web.balancer.arn_suffix
watched = [
    *alarms.of_balancer(settings.watch, balancer),
    *alarms.of_targets("cloud", balancer, web.cloud.arn_suffix),
    *alarms.of_server("db", database.identifier),
]
watch = Watch("watch", settings.watch, watched, key_arn=key.key_arn, opts=opts)

certificates = settings.database.certificates_of(settings.aws.region)
schemas = Schemas(
    "schemas",
    CATALOGUE,
    database=database,
    network=network,
    certificates=certificates,
    key_arn=key.key_arn,
    opts=opts,
)
servers = Compute(
    "servers",
    settings.compute,
    services=CATALOGUE,
    environments=environments(settings, CATALOGUE),
    secrets=secrets(settings, CATALOGUE, SharedSecrets("secrets"), schemas.urls),
    network=network,
    balancer=web,
    certificates=certificates,
    key_arn=key.key_arn,
    rollback_alarms=[alarm.name for alarm in watch.alarms],
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[schemas.made])),
)
database.let_in("servers", servers.security_group.id)

pulumi.export("vpc", network.vpc.id)
pulumi.export("subnets", {subnet: made.id for tier in network.subnets.values() for subnet, made in tier.items()})
