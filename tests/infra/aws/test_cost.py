"""What a stack costs: the estimate, and that it counts what the stack really makes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.infra.aws.whole_stack import EVERYTHING, NEEDED, settings_of, whole_stack
from tests.infra.recorded import Asked, Recorded

from archive_platform.aws import prices
from archive_platform.aws.cost import Estimate, estimate
from archive_platform.aws.prices import PRICES
from archive_platform.cli import main
from archive_platform.cli.aws.cost import document, text
from archive_platform.cli.stack import Stack

MOST_A_DAY = 2.00  # of dev, in USD


def named(name: str, count: int = 1) -> Counter[str]:
    return Counter({PRICES[name].what: count})


def of_server(group: Asked) -> Counter[str]:
    """A group's least servers. What they are like is in the launch template, which there is one of."""
    return Counter({"servers": int(group.inputs["minSize"])})


def of_database(server: Asked) -> Counter[str]:
    inputs = server.inputs
    zones = 2 if inputs.get("multiAz") else 1
    counted = Counter({f"database server {inputs['instanceClass']}": zones})
    if "allocatedStorage" in inputs:
        counted += named("database disk", zones * int(inputs["allocatedStorage"]))
    if inputs.get("manageMasterUserPassword"):
        counted += named("secret")
    return counted


def of_endpoint(endpoint: Asked) -> Counter[str]:
    zones = len(endpoint.inputs["subnetIds"]) if endpoint.inputs["vpcEndpointType"] == "Interface" else 0
    return named("endpoint", zones)


def of_alarm(alarm: Asked) -> Counter[str]:
    return named("alarm", sum("metric" in query for query in alarm.inputs["metricQueries"]))


# What is paid for while nobody visits, and how much of it one resource is
PRICED: Mapping[str, Callable[[Asked], Counter[str]]] = {
    "aws:autoscaling/group:Group": of_server,
    "aws:autoscaling/policy:Policy": lambda _: named("alarm", 2),
    "aws:cloudwatch/metricAlarm:MetricAlarm": of_alarm,
    "aws:ec2/eip:Eip": lambda _: named("address"),
    "aws:ec2/natGateway:NatGateway": lambda _: named("nat"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": of_endpoint,
    "aws:ec2/vpnConnection:VpnConnection": lambda _: named("vpn") + named("address", 2),
    "aws:kms/key:Key": lambda _: named("key"),
    "aws:lb/loadBalancer:LoadBalancer": lambda each: (
        named("load balancer") + named("address", len(each.inputs["subnets"]))
    ),
    "aws:rds/instance:Instance": of_database,
    "aws:route53/healthCheck:HealthCheck": lambda _: named("health check"),
    "aws:wafv2/webAcl:WebAcl": lambda each: named("firewall") + named("firewall rule", len(each.inputs["rules"])),
}
# What costs nothing, or nothing while it is not used
FREE = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:budgets/budget:Budget",  # without an action
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        "aws:cloudfront/distribution:Distribution",
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "aws:cloudwatch/dashboard:Dashboard",  # the first three of an account
        "aws:cloudwatch/logDelivery:LogDelivery",
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        "aws:cloudwatch/logDeliverySource:LogDeliverySource",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:ec2/customerGateway:CustomerGateway",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpnConnectionRoute:VpnConnectionRoute",
        "aws:ec2/vpnGateway:VpnGateway",
        "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:lambda/function:Function",
        "aws:lambda/invocation:Invocation",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:route53/record:Record",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:ssm/parameter:Parameter",  # of the standard tier
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    }
)


def counted(made: Recorded) -> Counter[str]:
    """What the resources cost by their names in the price table. AssertionError for one that nobody thought of."""
    resources = [each for each in made if each.type.startswith("aws:")]
    unknown = {each.type for each in resources} - set(PRICED) - FREE
    assert not unknown, f"is it paid for? Add it to PRICED or to FREE: {', '.join(sorted(unknown))}"
    assert not [each.name for each in resources if each.inputs.get("tier") == "Advanced"]  # of Systems Manager
    found = sum((PRICED[each.type](each) for each in resources if each.type in PRICED), Counter[str]())
    return found + servers(made, found.pop("servers", 0)) + replicas_disks(made)


def servers(made: Recorded, count: int) -> Counter[str]:
    (template,) = made.of("aws:ec2/launchTemplate:LaunchTemplate")
    (group,) = made.of("aws:autoscaling/group:Group")
    assert not template.inputs.get("monitoring"), "measuring every minute costs 2.10 USD a month for each server"
    percent = group.inputs["mixedInstancesPolicy"]["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"]
    spot = ", spot" if percent == 0 else ""
    found = Counter({f"server {template.inputs['instanceType']}{spot}": count})
    for disk in template.inputs["blockDeviceMappings"]:
        found += named("disk", count * int(disk["ebs"]["volumeSize"]))
    for interface in template.inputs["networkInterfaces"]:
        found += named("address", count if interface["associatePublicIpAddress"] == "true" else 0)
    return found


def replicas_disks(made: Recorded) -> Counter[str]:
    """A replica says nothing of its disk: it is as large as its source's."""
    instances = made.of("aws:rds/instance:Instance")
    (size,) = (int(each.inputs["allocatedStorage"]) for each in instances if "allocatedStorage" in each.inputs)
    return named("database disk", size * sum("replicateSourceDb" in each.inputs for each in instances))


def estimated(found: Estimate) -> Counter[str]:
    return Counter({line.what: line.count for line in found.lines})


SETTINGS: Mapping[str, dict[str, Any]] = {
    "dev": {},
    "prod": {"environment": "prod"},
    "dev with everything": EVERYTHING,
    "prod with everything": {**EVERYTHING, "environment": "prod"},
    "one gateway and three zones": {"network": {"nat": "single", "zones": ["a", "b", "c"]}},
    "servers that never grow": {"compute": {**NEEDED["compute"], "minimum": 3, "maximum": 3, "diskGb": 30}},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_the_estimate_counts_what_the_stack_makes(settings: dict[str, Any]) -> None:
    assert estimated(estimate(settings_of(**settings))) == counted(whole_stack(**settings))


def test_a_resource_that_nobody_thought_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = whole_stack()
    monkeypatch.setitem(made.of("aws:sns/topic:Topic")[0].__dict__, "type", "aws:redshift/cluster:Cluster")
    with pytest.raises(AssertionError, match=r"is it paid for.*aws:redshift/cluster:Cluster"):
        counted(made)


def test_a_count_that_is_wrong_is_seen() -> None:
    made = whole_stack()
    made.resources += made.of("aws:kms/key:Key")
    assert counted(made) - estimated(estimate(settings_of())) == {"encryption key": 1}


def test_dev_costs_less_than_two_dollars_a_day() -> None:
    found = estimate(settings_of())
    assert found.whole
    assert 1 < found.a_day < MOST_A_DAY
    assert found.sentence == f"about {found.a_day:.2f} USD a day, {found.a_month:.0f} USD a month, while nobody visits"


def test_an_outlived_zone_has_its_price() -> None:
    alone = estimate(settings_of(environment="prod", database={"multiZone": False}))
    both = estimate(settings_of(environment="prod"))
    (one,) = (line for line in alone.lines if line.what.startswith("database server"))
    disk = 20 * PRICES["database disk"].a_day("ap-northeast-2")
    assert both.a_day - alone.a_day == pytest.approx(one.a_day("ap-northeast-2") + disk)


@pytest.mark.parametrize("settings", [{}, {"environment": "prod"}])
def test_budgets_foresee_what_is_estimated(settings: dict[str, Any]) -> None:
    """An alarm at four fifths of a budget that nothing but the estimate fills would speak each month."""
    known = settings_of(**settings)
    assert estimate(known).a_month < known.watch.monthly_budget * 0.8


def test_another_region_is_counted_as_seoul_and_says_so() -> None:
    seoul, virginia, paris = (
        estimate(settings_of(aws={"region": region})) for region in ("ap-northeast-2", "us-east-1", "eu-west-3")
    )
    assert virginia.a_day < seoul.a_day == paris.a_day
    assert "no prices of eu-west-3 are known here: these are Seoul's (ap-northeast-2)" in paris.notes
    assert not any("no prices" in note for note in (*seoul.notes, *virginia.notes))


def test_what_has_no_price_is_not_passed_over() -> None:
    found = estimate(settings_of(compute={**NEEDED["compute"], "instanceType": "x9.enormous"}))
    assert not found.whole
    assert found.sentence.startswith("more than ")
    assert "server x9.enormous: no price is known here, and none is in the sum" in found.notes
    assert "?" in next(line for line in text(found).splitlines() if "x9.enormous" in line)
    (line,) = (each for each in document(found)["lines"] if "x9" in each["what"])  # pyright: ignore
    assert (line["usdEach"], line["usdADay"]) == (None, None)


def test_a_servers_price_grows_with_its_size_and_shrinks_as_spot() -> None:
    small, large = (prices.server(f"t4g.{size}", spot=False) for size in ("small", "large"))
    spot = prices.server("t4g.small", spot=True)
    assert small
    assert large
    assert spot
    assert (small.home, small.virginia) == (0.0208, 0.0168)
    assert large.home == pytest.approx(small.home * 4)
    assert spot.home == pytest.approx(small.home / 2)
    assert (bool(spot.unsure), small.unsure) == (True, "")


def test_every_price_says_where_it_is_from_and_is_one() -> None:
    for price in PRICES.values():
        assert 0 < price.virginia <= price.home, price.what
        assert price.source.startswith(("Amazon", "AWS", "aws", "https://")), price.what


def test_a_preview_tells_it() -> None:
    told = estimate(settings_of()).output()
    assert told["sum"] == estimate(settings_of()).sentence
    assert "1 × load balancer: 0.54 USD a day" in told["of"]  # pyright: ignore


# The command


@pytest.fixture
def of_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "settings", {key: json.dumps(value) for key, value in NEEDED.items()})
    monkeypatch.setattr(Stack, "secret_settings", set())


@pytest.mark.usefixtures("of_a_stack")
def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["cost", "aws"]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].split("  ")[0] == "WHAT"
    assert len({line.index("USD A DAY") for line in lines[:1]} | {lines[1].index("0.60")}) == 1
    assert any(line.startswith("sum ") for line in lines)
    assert "while nobody visits." in printed
    assert "- traffic to visitors" in printed
    assert max(map(len, lines)) <= 110


@pytest.mark.usefixtures("of_a_stack")
def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--stack", "seoul", "cost", "aws", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["usdADay"] == pytest.approx(sum(line["usdADay"] for line in found["lines"]), abs=0.001)
    assert found["usdADay"] == round(estimate(settings_of()).a_day, 4)
    assert {line["per"] for line in found["lines"]} == {"hour", "month"}


def test_wrong_settings_are_told_with_their_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        Stack, "settings", {**{key: json.dumps(value) for key, value in NEEDED.items()}, "owner": "a b"}
    )
    monkeypatch.setattr(Stack, "secret_settings", set())
    assert main.main(["cost", "aws"]) == 1
    assert "archive:owner must be" in capsys.readouterr().err


def test_another_environment_has_no_cost(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["cost", "onprem"])
    assert "invalid choice: 'onprem'" in capsys.readouterr().err
