"""How the community is found, and how it reaches a network of one's own, as AWS is asked for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.dns import Dns
from archive_platform.aws.load_balancer import LoadBalancer
from archive_platform.aws.network import Network
from archive_platform.aws.vpn import Vpn, preshared_key
from archive_platform.catalogue import CATALOGUE, service
from archive_platform.config.aws import BalancerSettings, DomainSettings, NetworkSettings, VpnSettings

RECORD, CHECK = "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"
BALANCER = "web.ap-northeast-2.elb.amazonaws.com"
ALIAS = {"name": BALANCER, "zoneId": "ZWKZPGTI48KDX", "evaluateTargetHealth": True}
VPN = {"address": "203.0.114.10", "networks": ["10.0.0.0/24", "10.1.0.0/16"]}


def dns(ipv6: bool = False, **domain: Any) -> Recorded:
    def program() -> None:
        network = Network("net", NetworkSettings(ipv6=ipv6), key_arn="arn:key")
        web = LoadBalancer(
            "web",
            BalancerSettings(),
            network=network,
            certificate_arn="arn:certificate",
            log_bucket="logs",
            key_arn="arn:key",
            services=CATALOGUE,
        )
        settings = DomainSettings(name="archive.example.com", zone_id="Z0123456789ABC", **domain)
        Dns("dns", settings, balancer=web.balancer, home=service("home"), ipv6=ipv6)

    return record(program, Answers())


def vpn(**settings: Any) -> tuple[Recorded, list[list[dict[str, str]]]]:
    seen: list[list[dict[str, str]]] = []

    def program() -> None:
        network = Network("net", NetworkSettings(zones=("a", "c")), key_arn="arn:key")
        made = Vpn("vpn", VpnSettings(**{**VPN, **settings}), network=network)
        made.tunnels.apply(seen.append)

    return record(program, Answers()), seen


# The name


@pytest.mark.parametrize(("ipv6", "kinds"), [(False, {"A"}), (True, {"A", "AAAA"})])
def test_the_name_leads_to_the_load_balancer(ipv6: bool, kinds: set[str]) -> None:
    made = dns(ipv6=ipv6)
    records = {each.inputs["type"]: each.inputs for each in made.of(RECORD)}
    assert set(records) == kinds
    for inputs in records.values():
        assert (inputs["zoneId"], inputs["name"], inputs["aliases"]) == (
            "Z0123456789ABC",
            "archive.example.com",
            [ALIAS],
        )
        assert "failoverRoutingPolicies" not in inputs
    assert made.of(CHECK) == []


@pytest.mark.parametrize("ipv6", [True, False])
def test_a_standby_answers_while_the_load_balancer_does_not(ipv6: bool) -> None:
    made = dns(ipv6=ipv6, standby="203.0.114.20")
    check = made.one(CHECK).inputs
    assert (check["type"], check["fqdn"], check["port"]) == ("HTTPS", BALANCER, 443)
    assert check["resourcePath"] == "/health/ready"
    records = {each.inputs["setIdentifier"]: each.inputs for each in made.of(RECORD)}
    assert {each["type"] for each in records.values()} == {"A"}
    first, second = records["cloud"], records["standby"]
    assert (first["failoverRoutingPolicies"], first["aliases"]) == ([{"type": "PRIMARY"}], [ALIAS])
    assert first["healthCheckId"] == "dns-id"
    assert (second["failoverRoutingPolicies"], second["records"]) == ([{"type": "SECONDARY"}], ["203.0.114.20"])
    assert second["ttl"] <= 60


# The tunnels


def test_both_tunnels_are_strong_and_mend_themselves() -> None:
    made, _ = vpn()
    connection = made.one("aws:ec2/vpnConnection:VpnConnection").inputs
    for tunnel in ("tunnel1", "tunnel2"):
        of = {key.removeprefix(tunnel): value for key, value in connection.items() if key.startswith(tunnel)}
        assert of["IkeVersions"] == ["ikev2"]
        assert of["Phase1EncryptionAlgorithms"] == of["Phase2EncryptionAlgorithms"] == ["AES256-GCM-16"]
        assert of["Phase1DhGroupNumbers"] == of["Phase2DhGroupNumbers"] == [20, 21]
        assert (of["StartupAction"], of["DpdTimeoutAction"]) == ("start", "restart")
    assert connection["tunnel1PresharedKey"] != connection["tunnel2PresharedKey"]
    assert connection["staticRoutesOnly"] is True
    ours = made.one("aws:ec2/customerGateway:CustomerGateway").inputs
    assert (ours["ipAddress"], connection["customerGatewayId"]) == ("203.0.114.10", "vpn-id")


def test_every_subnet_knows_the_way() -> None:
    made, _ = vpn()
    routes = made.of("aws:ec2/vpnConnectionRoute:VpnConnectionRoute")
    assert {each.inputs["destinationCidrBlock"] for each in routes} == {"10.0.0.0/24", "10.1.0.0/16"}
    told = made.of("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation")
    tables = {each.inputs["routeTableId"] for each in told}
    associated = made.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert tables == {each.inputs["routeTableId"] for each in associated}
    assert len(told) == len(tables) == 4


def test_the_keys_are_secrets_and_go_to_the_other_end() -> None:
    made, seen = vpn()
    connection = made.one("aws:ec2/vpnConnection:VpnConnection")
    assert seen == [
        [
            {"address": "203.0.114.1", "inside": "169.254.10.0/30", "key": "kcanary.1"},
            {"address": "203.0.114.2", "inside": "169.254.10.4/30", "key": "kcanary.2"},
        ]
    ]
    for tunnel in ("tunnel1PresharedKey", "tunnel2PresharedKey"):
        assert connection.is_secret(tunnel)
    (component,) = made.of("archive:aws:Vpn")
    assert "kcanary.1" in str(made.outputs[component.urn])


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=16, max_size=43))
def test_aws_takes_every_generated_key(generated: str) -> None:
    # AWS Site-to-Site VPN, "Tunnel options": 8 to 64 letters, digits, . and _, not beginning with 0
    assert re.fullmatch(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}", preshared_key(generated))
