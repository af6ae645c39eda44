"""Two encrypted tunnels to a network of one's own; AWS repairs one while the other carries on."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from archive_platform.aws.network import Network
from archive_platform.config.aws import VpnSettings
from archive_platform.generated import GeneratedSecret

KIND = "ipsec.1"  # the only one that there is
PRIVATE_ASN = "65000"  # of no meaning with static routes, and still asked for (RFC 6996)
IKE = "ikev2"
CIPHER, INTEGRITY = "AES256-GCM-16", "SHA2-384"
CURVES = (20, 21)  # NIST P-384 and P-521 (RFC 5903)


class Vpn(ComponentResource):
    """A site-to-site VPN with static routes, which every subnet knows.

    Attributes:
        tunnels: for each tunnel `address` (AWS' end), `inside` (its /30), and `key`; secret as a whole.
    """

    def __init__(
        self, name: str, settings: VpnSettings, *, network: Network, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("archive:aws:Vpn", name, None, opts)
        self._name = name
        self._child = ResourceOptions(parent=self)
        self._keys = [self._key(number, settings) for number in (1, 2)]
        self._gateway = aws.ec2.VpnGateway(name, vpc_id=network.vpc.id, tags={"Name": name}, opts=self._child)
        connection = self._connection(settings)
        for block in settings.networks:
            aws.ec2.VpnConnectionRoute(
                f"{name}-{str(block).replace('.', '-').replace('/', '-')}",
                vpn_connection_id=connection.id,
                destination_cidr_block=str(block),
                opts=self._child,
            )
        self._propagate(network)
        self.tunnels = self._tunnels(connection)
        self.register_outputs({"tunnels": self.tunnels})

    def _key(self, number: int, settings: VpnSettings) -> Output[str]:
        secret = GeneratedSecret(f"{self._name}-key-{number}", generation=settings.key_generation, opts=self._child)
        return secret.value.apply(preshared_key)

    def _connection(self, settings: VpnSettings) -> aws.ec2.VpnConnection:
        ours = aws.ec2.CustomerGateway(
            self._name,
            type=KIND,
            ip_address=str(settings.address),
            bgp_asn=PRIVATE_ASN,
            tags={"Name": self._name},
            opts=self._child,
        )
        return aws.ec2.VpnConnection(
            self._name,
            type=KIND,
            customer_gateway_id=ours.id,
            vpn_gateway_id=self._gateway.id,
            static_routes_only=True,
            tunnel1_preshared_key=self._keys[0],
            tunnel1_ike_versions=[IKE],
            tunnel1_phase1_encryption_algorithms=[CIPHER],
            tunnel1_phase1_integrity_algorithms=[INTEGRITY],
            tunnel1_phase1_dh_group_numbers=list(CURVES),
            tunnel1_phase2_encryption_algorithms=[CIPHER],
            tunnel1_phase2_integrity_algorithms=[INTEGRITY],
            tunnel1_phase2_dh_group_numbers=list(CURVES),
            tunnel1_startup_action="start",
            tunnel1_dpd_timeout_action="restart",
            tunnel2_preshared_key=self._keys[1],
            tunnel2_ike_versions=[IKE],
            tunnel2_phase1_encryption_algorithms=[CIPHER],
            tunnel2_phase1_integrity_algorithms=[INTEGRITY],
            tunnel2_phase1_dh_group_numbers=list(CURVES),
            tunnel2_phase2_encryption_algorithms=[CIPHER],
            tunnel2_phase2_integrity_algorithms=[INTEGRITY],
            tunnel2_phase2_dh_group_numbers=list(CURVES),
            tunnel2_startup_action="start",
            tunnel2_dpd_timeout_action="restart",
            tags={"Name": self._name},
            opts=self._child,
        )

    def _propagate(self, network: Network) -> None:
        for tier, tables in network.route_tables.items():
            known: set[int] = set()
            for zone, table in tables.items():
                if id(table) not in known:  # one table may be several zones'
                    known.add(id(table))
                    aws.ec2.VpnGatewayRoutePropagation(
                        f"{self._name}-{tier.name.lower()}-{zone}",
                        vpn_gateway_id=self._gateway.id,
                        route_table_id=table.id,
                        opts=self._child,
                    )

    def _tunnels(self, connection: aws.ec2.VpnConnection) -> Output[list[dict[str, str]]]:
        parts = Output.all(
            connection.tunnel1_address,
            connection.tunnel2_address,
            connection.tunnel1_inside_cidr,
            connection.tunnel2_inside_cidr,
            *self._keys,
        )
        return Output.secret(
            parts.apply(
                lambda known: [
                    {"address": known[number], "inside": known[number + 2], "key": known[number + 4]}
                    for number in (0, 1)
                ]
            )
        )


def preshared_key(generated: str) -> str:
    """A generated secret as AWS takes a key: 8 to 64 letters, digits, . and _, with no 0 in front.

    >>> preshared_key("0-a_b" * 8)
    'k0.a_b0.a_b0.a_b0.a_b0.a_b0.a_b0.a_b0.a_b'
    """
    return "k" + generated.replace("-", ".")
