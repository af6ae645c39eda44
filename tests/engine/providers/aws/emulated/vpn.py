"""The two ends of a site-to-site VPN."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing
from .network import attach, detach

_CREATED = ("type", "customerGatewayId", "vpnGatewayId", "transitGatewayId")


def _connect(asked: Asked) -> str:
    """The tunnels' own settings are checked by their types alone: moto keeps nothing of them."""
    given = {name: asked.inputs[name] for name in _CREATED if asked.inputs.get(name)}
    parameters = fitted(asked, "ec2", "create_vpn_connection", given, {})
    options = {"StaticRoutesOnly": bool(asked.inputs.get("staticRoutesOnly"))}
    connection = asked.call("ec2", "create_vpn_connection", **parameters, Options=options)["VpnConnection"]
    asked.id = connection["VpnConnectionId"]
    return asked.id


def _read_connection(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("ec2", "describe_vpn_connections", VpnConnectionIds=[asked.id]))
    found = answer["VpnConnections"] if answer else []
    if not found or found[0]["State"] == "deleted":
        return None
    outputs: Outputs = {"arn": asked.arn("ec2", f"vpn-connection/{asked.id}")}
    document = found[0].get("CustomerGatewayConfiguration") or ""
    outside = ElementTree.fromstring(document).findall(".//vpn_gateway/tunnel_outside_address/ip_address")  # noqa: S314
    for number, address in enumerate(outside[:2], start=1):
        outputs[f"tunnel{number}Address"] = (address.text or "").strip()
        outputs[f"tunnel{number}InsideCidr"] = f"169.254.{number}0.0/30"
    return outputs


def _disconnect(asked: Asked) -> None:
    once_missing(lambda: asked.call("ec2", "delete_vpn_connection", VpnConnectionId=asked.id))


KINDS: dict[str, Kind] = {
    "aws:ec2/customerGateway:CustomerGateway": Called(
        "ec2",
        Op("create_customer_gateway"),
        "answer.CustomerGateway.CustomerGatewayId",
        Op("describe_customer_gateways", CustomerGatewayIds="[id]"),
        "CustomerGateways[0]",
        Op("delete_customer_gateway", CustomerGatewayId="id"),
        arn="ec2:customer-gateway/{id}",
    ),
    "aws:ec2/vpnGateway:VpnGateway": Called(
        "ec2",
        Op("create_vpn_gateway", Type="'ipsec.1'"),
        "answer.VpnGateway.VpnGatewayId",
        Op("describe_vpn_gateways", VpnGatewayIds="[id]"),
        "VpnGateways[0]",
        Op("delete_vpn_gateway", VpnGatewayId="id"),
        apart=frozenset({"vpcId"}),
        set=attach,
        before_delete=detach,
        arn="ec2:vpn-gateway/{id}",
    ),
    "aws:ec2/vpnConnection:VpnConnection": Written("ec2", _connect, _read_connection, _disconnect),
}
