"""The load balancer, its certificate and its firewall: what visitors meet first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from archive_platform.policy.expect import companion, equal, must, objects, one_of, present, several, shown, together
from archive_platform.policy.model import UNKNOWN, Check, Finding, Policy, References, Resource, Stack

BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"
CERTIFICATE = "aws:acm/certificate:Certificate"
FIREWALL, FIREWALLED = "aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclAssociation:WebAclAssociation"
FIREWALL_LOG = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
COMPONENT = "Make it with archive_platform.aws.load_balancer.LoadBalancer"
FIREWALL_COMPONENT = "Make it with archive_platform.aws.web_firewall.WebFirewall"
LOG4J = "AWSManagedRulesKnownBadInputsRuleSet"


def _is_application(balancer: Resource) -> bool:
    return balancer.at("loadBalancerType") in (None, "application")


def _application(check: Check) -> Check:
    return lambda resource: check(resource) if _is_application(resource) else []


def _tls(resource: Resource) -> Iterator[Finding]:
    if resource.at("protocol") not in ("HTTPS", "TLS"):
        return
    yield from must("sslPolicy", lambda value: "TLS13-1-2" in str(value) or "TLS13-1-3" in str(value),
                    "be one of TLS 1.3 and 1.2 alone, as in ELBSecurityPolicy-TLS13-1-2-2021-06")(resource)  # fmt: skip
    yield from present("certificateArn")(resource)


def _leads_to_https(resource: Resource) -> Iterator[Finding]:
    if resource.at("protocol") != "HTTP":
        return
    for number, action in enumerate(objects(resource.each("defaultActions"))):
        redirect = action.get("redirect")
        protocol = cast("Mapping[str, Any]", redirect).get("protocol") if isinstance(redirect, Mapping) else None
        if action.get("type") != "redirect" or protocol != "HTTPS":
            yield Finding(f"defaultActions[{number}]", shown(action.get("type")), "be a redirect to HTTPS")


def _firewalled(stack: Stack) -> Iterator[Finding]:
    for balancer in stack.of(BALANCER):
        if _is_application(balancer) and not stack.companions(balancer, FIREWALLED, "resourceArn"):
            yield Finding("firewall", "missing", "be there: a WebAclAssociation that refers to it", balancer)


def _statements(resource: Resource) -> list[Mapping[str, Any]]:
    return [rule["statement"] for rule in objects(resource.each("rules")) if isinstance(rule.get("statement"), Mapping)]


def _floods(resource: Resource) -> Iterator[Finding]:
    known = resource.at("rules") is not UNKNOWN
    if known and not any(each.get("rateBasedStatement") for each in _statements(resource)):
        yield Finding("rules", "without a rateBasedStatement", "have one")


def _known_attacks(resource: Resource) -> Iterator[Finding]:
    groups = [cast("Mapping[str, Any]", each.get("managedRuleGroupStatement") or {}) for each in _statements(resource)]
    if resource.at("rules") is not UNKNOWN and LOG4J not in [group.get("name") for group in groups]:
        yield Finding("rules", f"without {LOG4J}", "have it")


def _asked_whether_ready(resource: Resource) -> Iterator[Finding]:
    if resource.at("targetType") != "lambda":
        yield from together(one_of("protocol", ("HTTPS", "TLS")), present("healthCheck.path"))(resource)


POLICIES = (
    Policy(
        "balancer-tls",
        "A load balancer speaks TLS 1.3 and 1.2 alone, with a certificate",
        "older versions are broken",
        COMPONENT,
        References((), ("ELB.17",), ("CKV_AWS_103", "CKV2_AWS_74")),
        (LISTENER,),
        check=_tls,
    ),
    Policy(
        "balancer-https-alone",
        "A load balancer sends who comes over HTTP to HTTPS",
        "passwords and sessions could be read on their way",
        COMPONENT,
        References((), ("ELB.1",), ("CKV_AWS_2", "CKV2_AWS_20")),
        (LISTENER,),
        check=_leads_to_https,
    ),
    Policy(
        "balancer-drops-invalid-headers",
        "A load balancer drops headers that are no headers",
        "servers behind it could read a request otherwise than it did",
        COMPONENT,
        References((), ("ELB.4",), ("CKV_AWS_131",)),
        (BALANCER,),
        check=_application(equal("dropInvalidHeaderFields", True)),
    ),
    Policy(
        "balancer-desync",
        "A load balancer stops requests that are two in one",
        "one visitor's request could be answered to another",
        COMPONENT,
        References((), ("ELB.12",), ("CKV_AWS_328",)),
        (BALANCER,),
        check=_application(one_of("desyncMitigationMode", ("defensive", "strictest"))),
    ),
    Policy(
        "balancer-requests-logged",
        "A load balancer writes down who asked for what",
        "nobody could find out later what an attacker did",
        COMPONENT,
        References((), ("ELB.5",), ("CKV_AWS_91",)),
        (BALANCER,),
        check=together(equal("accessLogs.enabled", True), present("accessLogs.bucket")),
    ),
    Policy(
        "balancer-connections-logged",
        "A load balancer writes down who connected, and how TLS went",
        "visitors that never get as far as a request would leave no trace",
        COMPONENT,
        References(),
        (BALANCER,),
        check=_application(together(equal("connectionLogs.enabled", True), present("connectionLogs.bucket"))),
    ),
    Policy(
        "balancer-over-zones",
        "A load balancer has subnets in two zones or more",
        "the community would be down as long as its zone is",
        "Set two or more archive:network.zones",
        References((), ("ELB.13",)),
        (BALANCER,),
        check=several("subnets"),
    ),
    Policy(
        "balancer-deletion-protected",
        "A load balancer of prod cannot be deleted by mistake",
        "its address is in caches all over the world",
        "Set archive:loadBalancer.protect to true",
        References((), ("ELB.6",), ("CKV_AWS_150",)),
        (BALANCER,),
        check=equal("enableDeletionProtection", True),
        prod=True,
    ),
    Policy(
        "balancer-firewalled",
        "A load balancer of prod stands behind a firewall",
        "floods and known attacks would reach the services",
        "Set archive:loadBalancer.firewall to true",
        References((), (), ("CKV2_AWS_28",)),
        (BALANCER, FIREWALLED),
        whole=_firewalled,
        prod=True,
    ),
    Policy(
        "targets-over-tls",
        "Requests are encrypted on their way to servers, which are asked whether they are ready",
        "they could be read within the network, or be sent to servers that do not answer",
        COMPONENT,
        References((), ("ELB.21", "ELB.22"), ("CKV_AWS_261", "CKV_AWS_378")),
        (TARGETS,),
        check=_asked_whether_ready,
    ),
    Policy(
        "certificate-renews",
        "A certificate renews itself, because a record shows that the name is ours",
        "somebody would have to answer a mail each year",
        "Make it with archive_platform.aws.certificate.Certificate",
        References((), ("ACM.1",)),
        (CERTIFICATE,),
        check=equal("validationMethod", "DNS"),
    ),
    Policy(
        "firewall-floods",
        "A firewall refuses an address that sends too much",
        "one machine could take the whole community down",
        FIREWALL_COMPONENT,
        References((), ("WAF.10",), ("CKV_AWS_175",)),
        (FIREWALL,),
        check=_floods,
    ),
    Policy(
        "firewall-known-attacks",
        "A firewall refuses what AWS knows as attacks, Log4Shell among them",
        "they come within hours of becoming known",
        FIREWALL_COMPONENT,
        References((), ("WAF.10",), ("CKV_AWS_192",)),
        (FIREWALL,),
        check=_known_attacks,
    ),
    Policy(
        "firewall-logged",
        "A firewall writes down what it refuses",
        "nobody could tell an attack from a member who is kept out by mistake",
        FIREWALL_COMPONENT,
        References((), (), ("CKV2_AWS_31",)),
        (FIREWALL, FIREWALL_LOG),
        whole=companion([FIREWALL], FIREWALL_LOG, "resourceArn", present("logDestinationConfigs"), "log"),
    ),
    Policy(
        "firewall-watched",
        "A firewall tells how much it refuses",
        "nobody would notice that it refuses visitors, or nobody at all",
        FIREWALL_COMPONENT,
        References((), ("WAF.12",)),
        (FIREWALL,),
        check=equal("visibilityConfig.cloudwatchMetricsEnabled", True),
    ),
)
