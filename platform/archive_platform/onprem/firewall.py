"""A host's firewall, as nftables text. Pure.

It is a table of its own, so that it stands beside the tables of kube-proxy and of the network plugin: each of them may
refuse a packet, none of them overrides another. What is forwarded to and from pods is theirs; this table guards the
host itself.

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
    # A lost one as well: should it come back, the two have to hear each other, or both would take the addresses
    if peers := _set(peer for peer in settings.hosts if peer.is_load_balancer and peer != host):
        yield f'ip saddr {peers} ip protocol 112 accept comment "VRRP"'


def _node(settings: OnPrem, host: Host) -> Iterator[str]:
    """Of control planes and workers.

    Pods are let in where they have business: a metrics server asks every kubelet, and the kubelet asks it who it is.
    The network plugin may have replaced a pod's address by its node's.
    """
    if not host.is_node:
        return
    nodes = _set(settings.nodes)
    nodes_and_pods = _set(settings.nodes, settings.networks.pod)
    for rule in (f"tcp dport {KUBELET}", *PLUGIN_RULES[settings.kubernetes.network_plugin]):
        yield f"ip saddr {nodes_and_pods} {rule} accept"
    if balancers := _set(settings.load_balancers):
        yield f"ip saddr {balancers} tcp dport {NODE_PORTS} accept"
    if settings.addresses.pool:
        yield f"ip saddr {nodes} meta l4proto {{ 6, 17 }} th dport {METALLB} accept"


def _control_plane(settings: OnPrem, host: Host) -> Iterator[str]:
    if not host.is_control_plane:
        return
    networks = settings.networks
    yield f"ip saddr {_set(settings.present, networks.node, networks.pod)} tcp dport {API_PORT} accept"
    # The whole network: a control plane that is to leave still has a vote when the one that takes its place joins, and
    # the settings no longer speak of it. etcd itself lets nobody in without a certificate.
    yield f"ip saddr {_set(settings.control_planes, networks.node)} tcp dport {ETCD} accept"


def _set(hosts: Iterable[Host], *networks: IPv4Network) -> str:
    """Hosts and networks as an anonymous set, in numerical order; nothing when it would be empty, which nft refuses.

    Hosts inside one of the networks are left out: the intervals of a set may not overlap.
    """
    alone = sorted({host.address for host in hosts if not _inside(host.address, networks)})
    members = [str(network) for network in sorted(networks)] + [str(address) for address in alone]
    return f"{{ {', '.join(members)} }}" if members else ""


def _inside(address: IPv4Address, networks: Iterable[IPv4Network]) -> bool:
    return any(address in network for network in networks)
