"""How visitors come in, as AWS is asked for it: certificate, load balancer, firewall."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.certificate import Certificate
from archive_platform.aws.load_balancer import LoadBalancer
from archive_platform.aws.network import Network
from archive_platform.catalogue import CATALOGUE, ServiceEntry
from archive_platform.config.aws import BalancerSettings, DomainSettings, NetworkSettings

DOMAIN = DomainSettings(name="archive.example.com", zone_id="Z0123456789ABC")
LISTENER, RULE = "aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP, TARGET = "aws:lb/targetGroup:TargetGroup", "aws:lb/targetGroupAttachment:TargetGroupAttachment"
CERTIFICATE = "arn:aws:acm:ap-northeast-2:123456789012:certificate/1"
KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
HYBRID = {"addresses": ["10.0.0.101"], "share": 10}


def balancer(ipv6: bool = False, services: tuple[ServiceEntry, ...] = CATALOGUE, **settings: Any) -> Recorded:
    def program() -> None:
        network = Network("net", NetworkSettings(ipv6=ipv6), key_arn="arn:key")
        LoadBalancer(
            "web",
            BalancerSettings(**settings),
            network=network,
            certificate_arn=CERTIFICATE,
            log_bucket="logs",
            key_arn=KEY,
            services=services,
        )

    return record(program, Answers())


def forwarded(action: dict[str, Any]) -> dict[str, int]:
    """Target group → weight."""
    assert action["type"] == "forward"
    return {each["arn"].rpartition(":")[2]: each["weight"] for each in action["forward"]["targetGroups"]}


# The certificate


def test_the_certificate_is_for_the_name_and_used_once_it_is_issued() -> None:
    def program() -> None:
        made = Certificate("tls", DOMAIN)
        made.arn.apply(seen.append)

    seen: list[str] = []
    recorded = record(program, Answers())
    certificate = recorded.one("aws:acm/certificate:Certificate")
    assert certificate.inputs == {
        "domainName": "archive.example.com",
        "validationMethod": "DNS",
    }
    proof = recorded.one("aws:route53/record:Record").inputs
    assert (proof["zoneId"], proof["name"], proof["type"]) == ("Z0123456789ABC", "_proof.archive.example.com.", "CNAME")
    assert proof["records"] == ["_proof.acm-validations.aws."]
    issued = recorded.one("aws:acm/certificateValidation:CertificateValidation")
    assert issued.inputs["validationRecordFqdns"] == ["_proof.archive.example.com"]
    assert certificate.urn in issued.wire.dependencies
    assert seen == [issued.inputs["certificateArn"]]


# The load balancer


def test_tls_ends_here_and_plain_http_is_sent_there() -> None:
    made = balancer()
    https = made.one(LISTENER, "web-https").inputs
    assert (https["port"], https["protocol"], https["certificateArn"]) == (443, "HTTPS", CERTIFICATE)
    assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    http = made.one(LISTENER, "web-http").inputs
    (action,) = http["defaultActions"]
    assert (http["port"], action["type"]) == (80, "redirect")
    assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


@pytest.mark.parametrize("protect", [True, False])
def test_the_load_balancer_is_careful_and_tells_everything(protect: bool) -> None:
    inputs = balancer(protect=protect).one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert inputs["enableDeletionProtection"] is protect
    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] == "defensive"
    assert inputs["accessLogs"] == {"bucket": "logs", "prefix": "requests", "enabled": True}
    assert inputs["connectionLogs"] == {"bucket": "logs", "prefix": "connections", "enabled": True}
    assert inputs["subnets"] == ["net-public-a-id", "net-public-c-id"]
    assert inputs["securityGroups"] == ["web-id"]
    assert "internal" not in inputs
    assert "name" not in inputs


def test_each_service_has_its_path_and_home_has_the_rest() -> None:
    made = balancer()
    paths = {rule.name: rule.inputs["conditions"][0]["pathPattern"]["values"] for rule in made.of(RULE)}
    assert paths == {f"web-{each.name}": [each.path, f"{each.path}/*"] for each in CATALOGUE if each.path != "/"}
    for rule in made.of(RULE):
        (action,) = rule.inputs["actions"]
        assert forwarded(action) == {"web-cloud": 100}
        assert rule.inputs["listenerArn"].endswith(":web-https")
    (rest,) = made.one(LISTENER, "web-https").inputs["defaultActions"]
    assert forwarded(rest) == {"web-cloud": 100}


def test_another_service_moves_no_rule() -> None:
    new = replace(CATALOGUE[-1], name="deals", path="/deals", port_offset=9)
    before = {rule.name: rule.inputs for rule in balancer().of(RULE)}
    after = {rule.name: rule.inputs for rule in balancer(services=(new, *CATALOGUE)).of(RULE)}
    assert after.keys() - before.keys() == {"web-deals"}
    assert all(after[name] == inputs for name, inputs in before.items())


def test_servers_are_asked_over_tls_whether_they_are_ready() -> None:
    group = balancer().one(GROUP).inputs
    assert (group["protocol"], group["port"], group["targetType"], group["vpcId"]) == (
        "HTTPS",
        8443,
        "instance",
        "net-id",
    )
    health = group["healthCheck"]
    assert (health["path"], health["protocol"], health["matcher"]) == ("/health/ready", "HTTPS", "200")
    assert health["timeout"] < health["interval"]


@pytest.mark.parametrize(
    ("ipv6", "sources", "kind"),
    [(False, {"0.0.0.0/0"}, "ipv4"), (True, {"0.0.0.0/0", "::/0"}, "dualstack")],
)
def test_everybody_comes_in_by_two_ports_alone(ipv6: bool, sources: set[str], kind: str) -> None:
    made = balancer(ipv6=ipv6)
    rules = [each.inputs for each in made.of(INGRESS)]
    assert {(each["fromPort"], each["toPort"]) for each in rules} == {(80, 80), (443, 443)}
    assert {each.get("cidrIpv4") or each["cidrIpv6"] for each in rules} == sources
    assert made.one("aws:lb/loadBalancer:LoadBalancer").inputs["ipAddressType"] == kind
    out = made.one(EGRESS).inputs
    assert (out["cidrIpv4"], out["fromPort"], out["toPort"]) == ("10.20.0.0/16", 8443, 8443)


# Two clusters


def test_another_cluster_takes_its_share_on_every_path() -> None:
    made = balancer(hybrid=HYBRID)
    shares = [rule.inputs["actions"][0] for rule in made.of(RULE)]
    shares += made.one(LISTENER, "web-https").inputs["defaultActions"]
    assert [forwarded(each) for each in shares] == [{"web-cloud": 90, "web-onprem": 10}] * len(CATALOGUE)
    target = made.one(TARGET).inputs
    assert (target["targetId"], target["availabilityZone"], target["port"]) == ("10.0.0.101", "all", 443)
    assert made.one(GROUP, "web-onprem").inputs["targetType"] == "ip"
    way = made.one(EGRESS, "web-10-0-0-101").inputs
    assert (way["cidrIpv4"], way["fromPort"]) == ("10.0.0.101/32", 443)


@pytest.mark.parametrize("controlled", [True, False])
def test_a_controllers_share_is_left_as_it_is_found(controlled: bool) -> None:
    made = balancer(hybrid={**HYBRID, "controlled": controlled})
    ignored = {tuple(rule.wire.ignoreChanges) for rule in made.of(RULE)}
    assert ignored == ({("actions",)} if controlled else {()})
    assert list(made.one(LISTENER, "web-https").wire.ignoreChanges) == (["defaultActions"] if controlled else [])


# The firewall


def test_floods_and_known_attacks_are_refused_where_it_is_wanted() -> None:
    assert balancer(firewall=False).of("aws:wafv2/webAcl:WebAcl") == []
    made = balancer(firewall=True, requests_per_five_minutes=500)
    acl = made.one("aws:wafv2/webAcl:WebAcl").inputs
    flood, *managed = acl["rules"]
    assert flood["statement"]["rateBasedStatement"] == {"limit": 500, "aggregateKeyType": "IP"}
    assert flood["action"] == {"block": {}}
    names = [rule["statement"]["managedRuleGroupStatement"]["name"] for rule in managed]
    assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"} <= set(names)
    assert all(rule["overrideAction"] == {"none": {}} for rule in managed)
    priorities = [rule["priority"] for rule in acl["rules"]]
    assert priorities == sorted(set(priorities))
    assert (acl["scope"], acl["defaultAction"]) == ("REGIONAL", {"allow": {}})
    assert made.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs["resourceArn"].endswith(":web")


def test_what_the_firewall_refuses_is_written_down_without_what_lets_somebody_in() -> None:
    made = balancer()
    logging = made.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    headers = {each["singleHeader"]["name"] for each in logging["redactedFields"]}
    assert headers == {"authorization", "cookie"}
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    log = made.one("aws:cloudwatch/logGroup:LogGroup", "aws-waf-logs-web-firewall").inputs
    assert (log["kmsKeyId"], log["retentionInDays"]) == (KEY, 365)


def test_members_who_come_through_a_vpn_are_let_through_and_counted() -> None:
    rules = balancer().one("aws:wafv2/webAcl:WebAcl").inputs["rules"]
    (anonymous,) = (rule for rule in rules if rule["name"] == "AWSManagedRulesAnonymousIpList")
    overrides = anonymous["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    assert {each["name"] for each in overrides} == {"AnonymousIPList", "HostingProviderIPList"}
    assert all(each["actionToUse"] == {"count": {}} for each in overrides)


def test_long_posts_are_let_through() -> None:
    rules = balancer().one("aws:wafv2/webAcl:WebAcl").inputs["rules"]
    (common,) = (rule for rule in rules if rule["name"] == "AWSManagedRulesCommonRuleSet")
    assert common["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"] == [
        {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}
    ]


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = balancer(hybrid=HYBRID)
    components = {each.urn for each in made if each.type.startswith("archive:")}
    assert len(components) == 4
    assert all(each.parent in components for each in made if each.type.startswith("aws:"))
    assert set(made.outputs) >= components
    assert all(made.outputs[urn] for urn in components)
