"""A host's firewall, as nftables text. Pure.

It is a table of its own, so that it stands beside the tables of kube-proxy and of the network plugin: each of them may
refuse a packet, none of them overrides another. What is forwarded to and from pods is theirs; this table guards the host
itself.

Ports: "Ports and Protocols" of Kubernetes' documentation, and the documentation of each network plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from archive_platform.config.onprem import API_PORT, Host, OnPrem

TABLE = "archive"
ETCD = "2379-2380"
KUBELET = "10250"
NODE_PORTS = "30000-32767"
METALLB = "7946"  # its speakers find each other by memberlist

# What nodes say to one another, by network plugin.
PLUGIN_RULES = {
    "cilium": ("udp dport 8472", "tcp dport { 4240, 4244 }"),  # VXLAN; health, Hubble
    "calico": ("udp dport 4789", "tcp dport { 179, 5473 }", "ip protocol 4"),  # VXLAN; BGP, Typha; IP in IP
    "flannel": ("udp dport 8472",),  # VXLAN
    "bridge": (),  # routes alone
}

_HEAD = """\
# Made by Game Archive. Changes are overwritten.
table inet {table}
delete table inet {table}
table inet {table} {{
    chain input {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname lo accept
        meta l4proto {{ 1, 58 }} accept comment "ICMP"
        udp sport 67 udp dport 68 accept comment "DHCP"
        ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"
        tcp dport {ssh} accept comment "SSH"
"""
_TAIL = "    }\n}\n"


def ruleset(settings: OnPrem, host: Host) -> str:
    """What `nft -f` is given: replaces the table in one transaction, and touches no other.

    Everything is refused but answers, loopback, ICMP, SSH, and what the host's roles need from whom they need it.
    """
    rules = [*_load_balancer(settings, host), *_node(settings, host), *_control_plane(settings, host)]
    head = _HEAD.format(table=TABLE, ssh=settings.ssh_of(host).port)
    return head + "".join(f"        {rule}\n" for rule in rules) + _TAIL


def _load_balancer(settings: OnPrem, host: Host) -> Iterator[str]:
    if not host.is_load_balancer:
        return
    yield f"tcp dport {{ 80, 443, {API_PORT} }} accept"
    if peers := _addresses(peer for peer in settings.load_balancers if peer != host):
        yield f'ip saddr {peers} ip protocol 112 accept comment "VRRP"'


def _node(settings: OnPrem, host: Host) -> Iterator[str]:
    """Of control planes and workers. The kubelet asks everybody who they are; a metrics server asks it from a pod, whose
    address the network plugin may have replaced by its node's."""
    if not host.is_node:
        return
    nodes = _addresses(settings.nodes)
    pods = str(settings.networks.pod)
    yield f"ip saddr {_set(settings.nodes, pods)} tcp dport {KUBELET} accept"
    for rule in PLUGIN_RULES[settings.kubernetes.network_plugin]:
        yield f"ip saddr {nodes} {rule} accept"
    if balancers := _addresses(settings.load_balancers):
        yield f"ip saddr {balancers} tcp dport {NODE_PORTS} accept"
    if settings.addresses.pool:
        yield f"ip saddr {nodes} meta l4proto {{ 6, 17 }} th dport {METALLB} accept"


def _control_plane(settings: OnPrem, host: Host) -> Iterator[str]:
    if not host.is_control_plane:
        return
    networks = settings.networks
    yield f"ip saddr {_set(settings.present, str(networks.node), str(networks.pod))} tcp dport {API_PORT} accept"
    yield f"ip saddr {_addresses(settings.control_planes)} tcp dport {ETCD} accept"


def _addresses(hosts: Iterable[Host]) -> str:
    """A set, or nothing when it would be empty, which nft refuses."""
    return _set(hosts)


def _set(hosts: Iterable[Host], *networks: str) -> str:
    """Hosts and networks as an anonymous set, in numerical order; hosts inside one of the networks are left out, since the
    intervals of a set may not overlap."""
    wide = [IPv4Network(network) for network in networks]
    alone = sorted({host.address for host in hosts if not _inside(host.address, wide)})
    members = [str(network) for network in sorted(wide)] + [str(address) for address in alone]
    return f"{{ {', '.join(members)} }}" if members else ""


def _inside(address: IPv4Address, networks: Iterable[IPv4Network]) -> bool:
    return any(address in network for network in networks)
