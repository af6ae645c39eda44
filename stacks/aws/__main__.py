"""The community in one region of AWS. What each line makes is in `archive_platform.aws`."""

from dataclasses import replace

import pulumi

from archive_platform.aws import alarms
from archive_platform.aws.certificate import Certificate
from archive_platform.aws.compute import Compute
from archive_platform.aws.cost import estimate
from archive_platform.aws.dashboard import Dashboard
from archive_platform.aws.database import Database
from archive_platform.aws.distribution import VIRGINIA, MediaDistribution, of_media
from archive_platform.aws.dns import Dns
from archive_platform.aws.encryption import EncryptionKey
from archive_platform.aws.environment import environments, secrets
from archive_platform.aws.identity import Identity, held, path_of
from archive_platform.aws.load_balancer import LoadBalancer
from archive_platform.aws.network import Network
from archive_platform.aws.provider import provider, tags
from archive_platform.aws.schemas import Schemas
from archive_platform.aws.storage import Storage
from archive_platform.aws.vpn import Vpn
from archive_platform.aws.watch import Watch
from archive_platform.catalogue import CATALOGUE, service
from archive_platform.config import load
from archive_platform.config.aws import Aws
from archive_platform.services.secrets import SharedSecrets

settings = load(Aws)
stack = pulumi.get_stack()
here = pulumi.ResourceOptions(provider=provider("aws", settings, stack))
boundary = None
if settings.identity:
    identity = Identity(
        "identity",
        settings.identity,
        stack=stack,
        zone_id=settings.domain.zone_id,
        buckets="files-",
        parameters="servers-",
        opts=here,
    )
    boundary = identity.boundary_arn
    pulumi.export("deployRole", identity.deploy.arn)
    pulumi.export("previewRole", identity.preview.arn)
opts = pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(transformations=[held(path_of(stack), boundary)]))

key = EncryptionKey("key", opts, distributions=settings.storage.distribution)
network = Network("network", settings.network, key_arn=key.key_arn, opts=opts)
storage = Storage("files", settings.storage, key_arn=key.key_arn, opts=opts)
certificate = Certificate("tls", settings.domain, opts)
web = LoadBalancer(
    "web",
    settings.load_balancer,
    network=network,
    certificate_arn=certificate.arn,
    log_bucket=storage.logs.writable,
    key_arn=key.key_arn,
    services=CATALOGUE,
    opts=opts,
)
Dns("dns", settings.domain, balancer=web.balancer, home=service("home"), ipv6=network.ipv6, opts=opts)
database = Database("db", settings.database, network=network, key_arn=key.key_arn, opts=opts)
if settings.vpn:
    pulumi.export("tunnels", Vpn("vpn", settings.vpn, network=network, opts=opts).tunnels)
targets = {"cloud": web.cloud, **({"onprem": web.on_premises} if web.on_premises else {})}
watched = alarms.Watched(
    balancer=web.balancer.arn_suffix,
    targets={word: group.arn_suffix for word, group in targets.items()},
    database=database.identifier,
    replica=database.replica.identifier if database.replica else None,
)
watch = Watch("watch", settings.watch, alarms.of_visitors(settings.watch, watched), key_arn=key.key_arn, opts=opts)

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
    environments=environments(settings, CATALOGUE, storage.media.bucket.id),
    secrets=secrets(settings, CATALOGUE, SharedSecrets("secrets"), schemas.urls),
    network=network,
    balancer=web,
    media_arn=storage.media.arn,
    certificates=certificates,
    key_arn=key.key_arn,
    tags=tags(settings, stack),
    rollback_alarms=[alarm.name for alarm in watch.alarms],
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[schemas.made])),
)
database.let_in("servers", servers.security_group.id)
everything = replace(watched, servers=servers.group.name)
watch.add(alarms.of_parts(everything))
if settings.watch.dashboard:
    Dashboard("watch", settings.watch, everything, alarm_arns=[alarm.arn for alarm in watch.alarms], opts=opts)
if settings.storage.distribution:
    media = of_media(settings.domain)
    there = pulumi.ResourceOptions(provider=provider("aws-virginia", settings.in_region(VIRGINIA), stack))
    distribution = MediaDistribution(
        "media",
        media,
        bucket=storage.media,
        log_bucket=storage.logs,
        certificate_arn=Certificate("media-tls", media, there).arn,
        opts=opts,
    )
    pulumi.export("media", distribution.url)

pulumi.export("vpc", network.vpc.id)
pulumi.export("subnets", {subnet: made.id for tier in network.subnets.values() for subnet, made in tier.items()})
pulumi.export("cost", estimate(settings).output())
