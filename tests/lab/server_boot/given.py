"""What the server of the tests is told: every service of the catalogue, from ECR, with secrets that are easily seen."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.lab import layout
from tests.lab.server_boot.cloud import HOSTS, REGION, REGISTRY

from archive_platform.aws import boot, quadlets
from archive_platform.aws.quadlets import Images
from archive_platform.catalogue import CATALOGUE, ServiceEntry
from archive_platform.services.environment import Place, Secrets, public_environment, secret_environment

TRUST_STORE = f"https://{HOSTS[-1]}/{REGION}/{REGION}-bundle.pem"
IMAGES = Images(REGISTRY, "1.4.0")
PLACE = Place(
    environment="production",
    public_url="https://archive.example.com",
    origins={service.name: quadlets.origin(service) for service in CATALOGUE},
    trusted_proxies=1,
    data_folder=quadlets.DATA_FOLDER,
    log_level="INFO",
)
MEDIA_ROLES = {
    board.name: f"arn:aws:iam::123456789012:role/game-archive/prod/servers-media-{board.name}-0a1b2c3"
    for board in CATALOGUE
    if board.board
}
BOOT = boot.Boot(
    services=CATALOGUE,
    images=IMAGES,
    environments={service.name: public_environment(PLACE, CATALOGUE, [service]) for service in CATALOGUE},
    parameters={service.name: (f"servers-{service.name}-0a1b2c3", 1) for service in CATALOGUE},
    media_roles=MEDIA_ROLES,
    network=layout.NETWORK,
    certificates=TRUST_STORE,
    region=REGION,
    log_group="servers-0a1b2c3",
)
SECRET = "hidden-and-nowhere-else"  # each secret has it somewhere


def secrets(service: ServiceEntry, release: int = 1) -> dict[str, str]:
    """Variables that nobody else may know; another release has others. Their values are as awkward as real ones."""
    shared = Secrets(
        secret_key=f"{SECRET}-key-{release}",
        internal_token=f"{SECRET}-token-{release} with 'quotes', \"more\" and # no comment",
        signing={"kid": {"d": f"{SECRET}-signing-{release}", "pem": "-----BEGIN\nKEY-----\n"}},
        verification={"kid": {"x": f"{SECRET}-verification-{release}"}},
    )
    urls = {service.name: f"mysql+pymysql://{service.name}:{SECRET}%40{release}@database:3306/{service.name}?ssl=1"}
    return secret_environment([service], shared, urls, f"smtps://mail:{SECRET}%24{release}@smtp.example.com:465")


def parameters(release: int = 1) -> Mapping[str, str]:
    """What Systems Manager holds: a JSON object of each service's secrets, by the parameter's name."""
    return {
        BOOT.parameters[service.name][0]: json.dumps(secrets(service, release), ensure_ascii=False, sort_keys=True)
        for service in CATALOGUE
    }
