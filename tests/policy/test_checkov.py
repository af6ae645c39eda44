"""The real checkov over the stack of AWS, and whether it would find what is wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.infra.aws.answers import REGION
from tests.policy.checkov.plan import plan
from tests.policy.checkov.scan import Scan, known, scan
from tests.policy.checkov.skips import MOST, Skip, chosen, savings, skips, wrong
from tests.policy.planned import SETTINGS, planned, resources

from archive_platform.policy import POLICIES, Resource

FAULTS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("checkov").joinpath("faults.yaml").read_text())
# Types that checkov has no check of, or that are found wrong by what they lack
UNCHECKED = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:ec2/eip:Eip",
    "aws:ec2/route:Route",
    "aws:ec2/vpc:Vpc",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:autoscaling/policy:Policy",
    "aws:budgets/budget:Budget",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/logDelivery:LogDelivery",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "aws:ec2/customerGateway:CustomerGateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/vpnConnection:VpnConnection",
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute",
    "aws:ec2/vpnGateway:VpnGateway",
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:lambda/invocation:Invocation",
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:route53/healthCheck:HealthCheck",
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "aws:sns/topicSubscription:TopicSubscription",
}


@cache
def scanned(name: str) -> Scan:
    with tempfile.TemporaryDirectory() as folder:
        return scan(plan(resources(planned(name)), REGION), Path(folder))


def told(found: Scan, skipped: list[Skip]) -> list[str]:
    """What is left, a line each."""
    left = [each for each in sorted(found.failed) if not any(skip.covers(*each) for skip in skipped)]
    return [f"{check} at {address}: {found.names[check]}" for check, address in left]


def unneeded(found: Scan, skipped: list[Skip]) -> list[Skip]:
    return [each for each in skipped if not any(each.covers(*failed) for failed in found.failed)]


@pytest.mark.slow
def test_checkov_finds_nothing_in_prod() -> None:
    found = scanned("prod")
    assert told(found, skips()) == []
    assert unneeded(found, skips()) == []
    assert len({check for check, _ in found.passed}) > 90


@pytest.mark.slow
def test_checkov_finds_with_everything_what_is_signed_for_it_and_no_more() -> None:
    found = scanned("everything")
    assert told(found, [*skips(), *chosen()]) == []
    assert unneeded(found, chosen()) == []


@pytest.mark.slow
def test_checkov_finds_in_dev_what_dev_saves_and_no_more(tmp_path: Path) -> None:
    found = scanned("dev")
    saved = {(each.check, each.resource) for each in savings()}
    assert saved <= found.failed
    assert told(replace(found, failed=found.failed - saved), skips()) == []
    settings: dict[str, Any] = {}
    for each in savings():
        for group, values in each.setting.items():
            settings[group] = {**settings.get(group, {}), **values}
    dearer = scan(plan(resources(planned("dev", **settings)), REGION), tmp_path)
    assert told(dearer, skips()) == []


@pytest.mark.slow
def test_checkov_finds_every_fault_that_is_planted(tmp_path: Path) -> None:
    made = resources(planned("everything"))
    broken = [each for resource in made if (each := _broken(resource)) is not None]
    found = scan(plan(broken, REGION), tmp_path)
    expected = {(fault["finds"], fault["at"]) for fault in FAULTS}
    assert expected - found.failed == set()
    assert expected & scanned("everything").failed == set()  # or finding it would show nothing


def test_of_each_type_a_fault_is_planted_or_checkov_has_nothing_to_say_of_it() -> None:
    types = {each.type for each in resources(planned("everything")) if each.type.startswith("aws:")}
    assert types - {fault["is"] for fault in FAULTS} - UNCHECKED == set()


def test_the_faults_are_in_resources_that_there_are() -> None:
    there = {(each.type, each.name) for each in resources(planned("everything"))}
    assert [fault for fault in FAULTS if (fault["is"], fault["name"]) not in there] == []


def test_skips_are_few_and_signed() -> None:
    assert len(skips()) <= MOST
    assert wrong([*skips(), *chosen()], datetime.now(UTC).date()) == []
    assert all(each.setting is None for each in skips())


def test_what_is_signed_for_a_choice_comes_with_a_setting_that_prod_leaves_out() -> None:
    for each in chosen():
        assert each.setting, each.check
        for group, name in each.setting.items():
            assert name not in SETTINGS["prod"].get(group, {}), each.check
            assert name in SETTINGS["everything"][group], each.check


def test_a_skip_that_has_ended_or_is_not_signed_does_not_count() -> None:
    today = date(2027, 1, 1)
    good = Skip("CKV_AWS_1", "aws_vpc.*", "because it has to be so until the end of this year", "a@example.com", today)
    assert wrong([good], today) == []
    assert "ended on 2026-12-31" in wrong([replace(good, until=today - timedelta(days=1))], today)[0]
    assert "reason" in wrong([replace(good, reason="later")], today)[0]
    assert "owner" in wrong([replace(good, owner="somebody")], today)[0]


def test_a_type_that_is_not_mapped_is_an_error() -> None:
    strange = Resource("aws:sqs/queue:Queue", "jobs", "urn", {})
    with pytest.raises(LookupError, match=r"what Terraform calls aws:sqs/queue:Queue"):
        plan([strange], REGION)


def test_two_resources_of_one_address_are_an_error() -> None:
    with pytest.raises(LookupError, match=r"aws_vpc\.net"):
        plan([Resource("aws:ec2/vpc:Vpc", "net", urn, {}) for urn in ("a", "b")], REGION)


def test_names_and_blocks_are_terraforms() -> None:
    made = plan(
        [
            Resource("aws:ec2/vpc:Vpc", "net", "vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "net"}}),
            Resource(
                "aws:ec2/flowLog:FlowLog",
                "log",
                "log",
                {"vpcId": "net-id", "maxAggregationInterval": 600.0, "destinationOptions": {"fileFormat": "parquet"}},
                links={"vpcId": ["vpc"]},
            ),
            Resource(
                "aws:cloudwatch/metricAlarm:MetricAlarm",
                "slow",
                "slow",
                {"name": "slow", "metricQueries": [{"id": "m", "metric": {"dimensions": {"LoadBalancer": "web"}}}]},
            ),
        ],
        REGION,
    )
    values = {each["address"]: each["values"] for each in made["planned_values"]["root_module"]["resources"]}
    assert values == {
        "aws_vpc.net": {"cidr_block": "10.0.0.0/16", "tags": {"Name": "net"}},
        "aws_flow_log.log": {"max_aggregation_interval": 600, "destination_options": [{"file_format": "parquet"}]},
        "aws_cloudwatch_metric_alarm.slow": {
            "alarm_name": "slow",
            "metric_query": [{"id": "m", "metric": [{"dimensions": {"LoadBalancer": "web"}}]}],
        },
    }
    expressions = made["configuration"]["root_module"]["resources"][1]["expressions"]
    assert expressions == {"vpc_id": {"references": ["aws_vpc.net.id", "aws_vpc.net"]}}


@pytest.mark.slow
def test_the_checks_that_policies_name_are_checkovs() -> None:
    named = {check for policy in POLICIES for check in policy.references.checkov}
    assert named - known() == set()


def _broken(resource: Resource) -> Resource | None:
    """The resource with the faults that are planted in it."""
    properties, links = dict(resource.properties), dict(resource.links)
    for fault in FAULTS:
        if (fault["is"], fault["name"]) != (resource.type, resource.name):
            continue
        if fault.get("drop"):
            return None
        changed: Mapping[str, Any] = fault.get("with", {})
        properties = {key: value for key, value in {**properties, **changed}.items() if value is not None}
        for name in (*changed, fault.get("cut")):
            links.pop(name, None)
    return replace(resource, properties=properties, links=links)
