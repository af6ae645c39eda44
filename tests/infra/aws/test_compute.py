"""The servers, as AWS is asked for them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from pulumi import Output
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.compute import Compute
from archive_platform.aws.load_balancer import LoadBalancer
from archive_platform.aws.network import Network
from archive_platform.catalogue import CATALOGUE
from archive_platform.config.aws import BalancerSettings, ComputeSettings, NetworkSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
MEDIA = "arn:aws:s3:::files-media-1"
TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"
TAGS = {"Owner": "platform@example.com"}
PARAMETER = "aws:ssm/parameter:Parameter"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def compute(
    nat: str = "per-zone", ipv6: bool = False, alarms: tuple[str, ...] = ("errors",), **settings: Any
) -> Recorded:
    def program() -> None:
        network = Network("net", NetworkSettings(nat=nat, ipv6=ipv6), key_arn=KEY)  # pyright: ignore[reportArgumentType]
        balancer = LoadBalancer(
            "web",
            BalancerSettings(firewall=False),
            network=network,
            certificate_arn="certificate",
            log_bucket="logs",
            key_arn=KEY,
            services=CATALOGUE,
        )
        Compute(
            "servers",
            ComputeSettings(registry="registry.example.com", release="1.4.0", **settings),
            services=CATALOGUE,
            environments={service.name: {"ARCHIVE_RELEASE": "1.4.0"} for service in CATALOGUE},
            secrets={
                service.name: Output.secret(f'{{"ARCHIVE_SECRET_KEY": "canary-{service.name}"}}')
                for service in CATALOGUE
            },
            network=network,
            balancer=balancer,
            media_arn=MEDIA,
            certificates="https://truststore.example.com/bundle.pem",
            key_arn=KEY,
            tags=TAGS,
            rollback_alarms=alarms,
        )

    return record(program, Answers())


def template(**settings: Any) -> dict[str, Any]:
    return compute(**settings).one(TEMPLATE).inputs


def group(**settings: Any) -> dict[str, Any]:
    return compute(**settings).one(GROUP).inputs


def user_data(inputs: dict[str, Any]) -> str:
    return gzip.decompress(base64.b64decode(inputs["userData"])).decode()


def test_a_container_cannot_ask_for_the_servers_role() -> None:
    assert template()["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_disks_are_encrypted_and_nobody_logs_in_by_ssh() -> None:
    inputs = template(disk_gb=20)
    (disk,) = inputs["blockDeviceMappings"]
    assert disk["deviceName"] == "/dev/sda1"
    assert disk["ebs"] == {"volumeSize": 20, "volumeType": "gp3", "encrypted": "true", "deleteOnTermination": "true"}
    assert "keyName" not in inputs
    rules = compute().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    mine = [each.inputs for each in rules if each.inputs["securityGroupId"] == "servers-id"]
    assert [(rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"]) for rule in mine] == [
        ("web-id", 8443, 8443)
    ]


def test_servers_their_disks_and_addresses_carry_the_tags_that_everything_carries() -> None:
    """The provider's own tags end at the template."""
    tagged = {each["resourceType"]: each["tags"] for each in template()["tagSpecifications"]}
    assert set(tagged) == {"instance", "volume", "network-interface"}
    assert all(tags == {**TAGS, "Name": "servers"} for tags in tagged.values())


@pytest.mark.parametrize(("nat", "public", "subnet"), [("none", "true", "public"), ("single", "false", "private")])
def test_a_server_has_a_public_address_only_where_there_is_no_other_way_out(nat: str, public: str, subnet: str) -> None:
    assert template(nat=nat)["networkInterfaces"][0]["associatePublicIpAddress"] == public
    assert group(nat=nat)["vpcZoneIdentifiers"] == [f"net-{subnet}-a-id", f"net-{subnet}-c-id"]


def test_secrets_are_in_parameters_and_in_no_servers_script() -> None:
    made = compute()
    parameters = made.of(PARAMETER)
    assert {each.inputs["type"] for each in parameters} == {"SecureString"}
    assert {each.inputs["keyId"] for each in parameters} == {KEY}
    assert all(each.is_secret("value") for each in parameters)
    text = user_data(made.one(TEMPLATE).inputs)
    assert "canary" not in text
    assert "news=servers-news" in text
    assert "# Versions of the parameters: home=7" in text


def test_the_role_reads_these_parameters_and_writes_this_log() -> None:
    policy = json.loads(compute().one("aws:iam/rolePolicy:RolePolicy", "servers-role").inputs["policy"])
    resources = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    assert len(resources["ssm:GetParameters"]) == len(CATALOGUE)
    assert all(
        resource.endswith(tuple(f"servers-{service.name}" for service in CATALOGUE))
        for resource in resources["ssm:GetParameters"]
    )
    assert resources["kms:Decrypt"] == [KEY]
    everything = {action for action, resource in resources.items() if resource == ["*"]}
    assert everything == {"ecr:GetAuthorizationToken"} | {
        f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")
    }


def test_another_release_replaces_servers_and_alarms_bring_the_old_ones_back() -> None:
    inputs = group(alarms=("errors", "slow"))
    preferences = inputs["instanceRefresh"]["preferences"]
    assert (preferences["minHealthyPercentage"], preferences["maxHealthyPercentage"]) == (100, 200)
    assert preferences["autoRollback"] is True
    assert preferences["alarmSpecification"] == {"alarms": ["errors", "slow"]}
    specification = inputs["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
    assert specification["version"] == "3"  # AWS brings no group back from `$Latest`
    assert template()["imageId"].startswith("ami-")  # nor from an image that Systems Manager names


def test_the_community_answers_before_an_update_is_done() -> None:
    inputs = group(minimum=2)
    assert inputs["healthCheckType"] == "ELB"
    assert (inputs["waitForElbCapacity"], inputs["minSize"]) == (2, 2)
    assert inputs["targetGroupArns"] == ["arn:aws:lb:ap-northeast-2:123456789012:web-cloud"]


def test_as_many_servers_as_visitors_need() -> None:
    policy = "aws:autoscaling/policy:Policy"
    configuration = compute().one(policy).inputs["targetTrackingConfiguration"]
    assert configuration["predefinedMetricSpecification"] == {"predefinedMetricType": "ASGAverageCPUUtilization"}
    assert compute(minimum=2, maximum=2).of(policy) == []


@pytest.mark.parametrize(("spot", "percent"), [(True, 0), (False, 100)])
def test_spot_by_choice(spot: bool, percent: int) -> None:
    inputs = group(spot=spot)
    distribution = inputs["mixedInstancesPolicy"]["instancesDistribution"]
    assert distribution["onDemandPercentageAboveBaseCapacity"] == percent
    assert inputs["capacityRebalance"] is spot


@pytest.mark.parametrize(("kind", "word"), [("t4g.small", "arm64"), ("m7i.large", "amd64")])
def test_the_image_is_for_the_servers_processors(kind: str, word: str) -> None:
    asked: list[str] = []

    class Listening(Answers):
        def call(self, args: Any) -> dict[str, Any]:
            asked.append(str(args.args.get("name")))
            return super().call(args)

    def program() -> None:
        network = Network("net", NetworkSettings(), key_arn=KEY)
        balancer = LoadBalancer(
            "web",
            BalancerSettings(),
            network=network,
            certificate_arn="c",
            log_bucket="l",
            key_arn=KEY,
            services=CATALOGUE,
        )
        settings = ComputeSettings(registry="r.example.com", release="1", instance_type=kind)
        Compute(
            "servers",
            settings,
            services=CATALOGUE,
            environments={},
            secrets={},
            network=network,
            balancer=balancer,
            media_arn=MEDIA,
            certificates="https://c",
            key_arn=KEY,
            tags={},
        )

    record(program, Listening())
    assert f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{word}/hvm/ebs-gp3/ami-id" in asked


def test_a_pinned_image_stays() -> None:
    assert template(machine_image="ami-0123456789abcdef0")["imageId"] == "ami-0123456789abcdef0"


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        (None, {80, 443}),
        ("smtps://mail.example.com", {80, 443, 465}),
        ("smtp://mail.example.com:2525", {80, 443, 2525}),
    ],
)
def test_servers_reach_what_they_need_to(url: str | None, ports: set[int]) -> None:
    rules = [each.inputs for each in compute(ipv6=True, smtp_url=url).of(EGRESS)]
    mine = [rule for rule in rules if rule["securityGroupId"] == "servers-id"]
    assert {rule["fromPort"] for rule in mine} == ports
    assert {rule.get("cidrIpv4") or rule["cidrIpv6"] for rule in mine} == {"0.0.0.0/0", "::/0"}


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = compute()
    components = {each.urn for each in made if each.is_component and each.type.startswith("archive:")}
    assert components <= set(made.outputs)
    assert all(each.parent in components for each in made if each.type.startswith("aws:"))
