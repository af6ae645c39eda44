"""The environment that services run with on AWS' servers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pulumi import Input, Output

from archive_platform.aws.distribution import of_media
from archive_platform.aws.quadlets import DATA_FOLDER, origin
from archive_platform.catalogue import ServiceEntry
from archive_platform.config.aws import Aws
from archive_platform.services.environment import Place, public_environment, secret_environment
from archive_platform.services.secrets import SharedSecrets


def environments(
    settings: Aws, services: Sequence[ServiceEntry], media_bucket: Input[str]
) -> Mapping[str, Mapping[str, Input[str]]]:
    """Of each service by its name, without what is secret. `media_bucket` is the name of the bucket for pictures."""
    domain, compute = settings.domain.name, settings.compute
    place = Place(
        environment="production",  # this is what the services call it: their debugging help stays off in `dev` too
        public_url=f"https://{domain}",
        origins={service.name: origin(service) for service in services},
        trusted_proxies=1,  # Nginx on the server, which replaces what visitors and the load balancer say
        data_folder=DATA_FOLDER,
        log_level=compute.log_level,
        others={
            "ARCHIVE_RELEASE": compute.release,
            "ARCHIVE_MAIL_FROM": compute.mail_from or f"게임 아카이브 <no-reply@{domain}>",
            "ARCHIVE_MAIL_DIR": f"{DATA_FOLDER}/mail",  # for whoever tries it without a mail server
        },
    )
    of_boards = _pictures(settings, media_bucket)
    return {
        service.name: {**public_environment(place, services, [service]), **(of_boards if service.board else {})}
        for service in services
    }


def secrets(
    settings: Aws, services: Sequence[ServiceEntry], shared: SharedSecrets, database_urls: Mapping[str, Output[str]]
) -> Mapping[str, Output[str]]:
    """Of each service by its name: a JSON object of the variables that nobody else may know."""
    smtp_url = settings.compute.smtp_url.get_secret_value() if settings.compute.smtp_url else None
    known = Output.all(shared=shared.resolved(), urls=Output.all(**database_urls))

    def of(service: ServiceEntry) -> Output[str]:
        return Output.secret(
            known.apply(
                lambda found: json.dumps(
                    secret_environment([service], found["shared"], found["urls"], smtp_url),
                    ensure_ascii=False,
                    sort_keys=True,
                )
            )
        )

    return {service.name: of(service) for service in services}


def _pictures(settings: Aws, media_bucket: Input[str]) -> dict[str, Input[str]]:
    """Without a distribution a board brings its pictures from the bucket by itself."""
    told: dict[str, Input[str]] = {"ARCHIVE_MEDIA_URL": Output.concat("s3://", media_bucket)}
    if settings.storage.distribution:
        told["ARCHIVE_MEDIA_PUBLIC_URL"] = f"https://{of_media(settings.domain).name}"
    return told
