"""Servers: no open metadata, no plain disk, no key of SSH, and replaced when they fail."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, cast

from archive_platform.policy.documents import KEY
from archive_platform.policy.expect import absent, equal, objects, present, several, shown
from archive_platform.policy.model import UNKNOWN, Finding, Policy, References, Resource

TEMPLATE, INSTANCE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
GROUP = "aws:autoscaling/group:Group"
SERVERS = (TEMPLATE, INSTANCE)
COMPONENT = "Make it with archive_platform.aws's compute component"
DEPLOYED_TAGS = ("Project", "Environment", "Owner")


def _disks(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Each disk with its path; those of an instance store are not ours to encrypt."""
    if resource.type == TEMPLATE:
        for number, mapping in enumerate(objects(resource.each("blockDeviceMappings"))):
            if mapping.get("ebs"):
                yield f"blockDeviceMappings[{number}].ebs", mapping["ebs"]
        return
    yield "rootBlockDevice", resource.at("rootBlockDevice")
    yield from ((f"ebsBlockDevices[{number}]", disk) for number, disk in enumerate(resource.each("ebsBlockDevices")))


def _encrypted(resource: Resource) -> Iterator[Finding]:
    found = [(path, disk) for path, disk in _disks(resource) if disk is not UNKNOWN]
    if resource.type == TEMPLATE and not found and resource.at("blockDeviceMappings") is not UNKNOWN:
        yield Finding("blockDeviceMappings", "without a disk", "have one whose ebs.encrypted is true")
    for path, disk in found:
        value = cast("Mapping[str, Any]", disk).get("encrypted") if isinstance(disk, Mapping) else None
        if value is not UNKNOWN and value not in (True, "true"):  # launch templates have it as text
            yield Finding(f"{path}.encrypted", shown(value), "be true")


def _kind(resource: Resource) -> Iterator[Finding]:
    for path, disk in _disks(resource):
        kind = cast("Mapping[str, Any]", disk).get("volumeType") if isinstance(disk, Mapping) else None
        if UNKNOWN not in (disk, kind) and kind not in ("gp3", "io2"):
            yield Finding(f"{path}.volumeType", shown(kind), "be gp3 or io2")


def _no_address(resource: Resource) -> Iterator[Finding]:
    direct = resource.at("associatePublicIpAddress")
    if direct in (True, "true"):
        yield Finding("associatePublicIpAddress", "true", "not be true")
    for number, interface in enumerate(objects(resource.each("networkInterfaces"))):
        if interface.get("associatePublicIpAddress") in (True, "true"):
            yield Finding(f"networkInterfaces[{number}].associatePublicIpAddress", "true", "not be true")


def _no_key_inside(resource: Resource) -> Iterator[Finding]:
    for path in ("userData", "userDataBase64"):
        text = resource.at(path)
        if isinstance(text, str) and KEY.search(_read(text)):
            yield Finding(path, "a text with a key in it", "hold no key")


def _read(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def _asked_by_balancer(resource: Resource) -> Iterator[Finding]:
    if resource.at("targetGroupArns") or resource.at("trafficSources"):
        yield from equal("healthCheckType", "ELB")(resource)


def _tagged(resource: Resource) -> Iterator[Finding]:
    """The provider's default tags end at the template: servers and disks have only what it says of them."""
    if resource.at("tagSpecifications") is UNKNOWN:
        return
    told = {each.get("resourceType"): each.get("tags") for each in objects(resource.each("tagSpecifications"))}
    for kind in ("instance", "volume"):
        tags = told.get(kind)
        given = frozenset(cast("Mapping[str, Any]", tags)) if isinstance(tags, Mapping) else frozenset[str]()
        missing = [name for name in DEPLOYED_TAGS if tags is not UNKNOWN and name not in given]
        if missing:
            yield Finding(f"tagSpecifications: {kind}", f"without {', '.join(missing)}", "have it")


POLICIES = (
    Policy(
        "server-metadata-with-token",
        "A server's metadata is for who asks for a token first (IMDSv2)",
        "a page that fetches a URL for a visitor would give away the server's role",
        COMPONENT,
        References(("5.6",), ("EC2.8", "EC2.170"), ("CKV_AWS_79",)),
        SERVERS,
        check=equal("metadataOptions.httpTokens", "required"),
    ),
    Policy(
        "server-metadata-one-hop",
        "A server's metadata is for the server itself, not for its containers",
        "whoever breaks into a service would take on the server's role",
        COMPONENT,
        References((), (), ("CKV_AWS_341",)),
        SERVERS,
        check=equal("metadataOptions.httpPutResponseHopLimit", 1),
    ),
    Policy(
        "server-disk-encrypted",
        "A server's disks are encrypted",
        "logs and images on them would be readable in a copied snapshot",
        COMPONENT,
        References(("2.2.1",), ("EC2.3", "EC2.181"), ("CKV_AWS_8",)),
        SERVERS,
        check=_encrypted,
    ),
    Policy(
        "server-disk-kind",
        "A server's disks are of a kind whose speed does not run out",
        "gp2 is slow when its credits are spent, and costs more",
        COMPONENT,
        References(),
        SERVERS,
        check=_kind,
    ),
    Policy(
        "server-no-ssh-key",
        "Nobody has a key of SSH to a server",
        "a key is copied, and nobody can say who came in with it; SSM says who did",
        "Leave keyName out, and use aws ssm start-session",
        References(),
        SERVERS,
        check=absent("keyName"),
    ),
    Policy(
        "server-has-role",
        "A server has a role of its own",
        "keys would be put on it by hand",
        COMPONENT,
        References((), (), ("CKV2_AWS_41",)),
        SERVERS,
        check=present("iamInstanceProfile"),
    ),
    Policy(
        "server-no-public-address",
        "A server of prod has no public address",
        "it would be reached around the load balancer and its firewall",
        "Set archive:network.nat to per-zone, so that servers stand in the private tier",
        References((), ("EC2.9", "EC2.25"), ("CKV_AWS_88",)),
        SERVERS,
        check=_no_address,
        prod=True,
    ),
    Policy(
        "server-no-key-in-user-data",
        "What a server is told at its start holds no key",
        "everybody on it can read that, and so can whoever may describe the template",
        "Keep it as a SecureString of SSM, which the server's role may read",
        References((), (), ("CKV_AWS_46",)),
        SERVERS,
        check=_no_key_inside,
    ),
    Policy(
        "server-group-of-template",
        "A group of servers starts them from a launch template",
        "launch configurations cannot ask for IMDSv2's newer settings, and AWS makes no new ones",
        COMPONENT,
        References((), ("AutoScaling.9",), ("CKV_AWS_315",)),
        (GROUP,),
        check=lambda resource: (
            []
            if resource.at("launchTemplate") or resource.at("mixedInstancesPolicy")
            else [Finding("launchTemplate", "not set", "be set, or mixedInstancesPolicy")]
        ),
    ),
    Policy(
        "server-group-over-zones",
        "A group of servers has subnets in two zones or more",
        "the community would be down as long as its zone is",
        "Set two or more archive:network.zones",
        References((), ("AutoScaling.2",)),
        (GROUP,),
        check=several("vpcZoneIdentifiers"),
    ),
    Policy(
        "server-group-asked-by-balancer",
        "A server that does not answer the load balancer is replaced",
        "a server whose services hang would stay, because EC2 finds that it runs",
        COMPONENT,
        References((), ("AutoScaling.1",)),
        (GROUP,),
        check=_asked_by_balancer,
    ),
    Policy(
        "server-group-rolls-back",
        "A release that raises an alarm is taken back by itself",
        "all servers would be replaced by ones that do not work",
        COMPONENT,
        References(),
        (GROUP,),
        check=equal("instanceRefresh.preferences.autoRollback", True),
    ),
    Policy(
        "server-tagged",
        "Servers and their disks carry the tags that everything carries",
        "nobody could tell whose they are, or what they cost",
        "Give the template's tagSpecifications archive_platform.aws.provider.tags",
        References(),
        (TEMPLATE,),
        check=_tagged,
    ),
)
