"""Every mistake in an inventory is named with its mend, all at once, before anything is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.infra import inventories
from tests.infra.inventories import as_the_engine_has_it, changed, good, of_file, public_key, single

from archive_platform import cidr
from archive_platform.config import parse
from archive_platform.config.mistakes import mistakes
from archive_platform.config.onprem import API_PORT, Host, OnPrem
from archive_platform.config.rules import Group, fields, inner
from archive_platform.errors import ConfigError

BAD = yaml.safe_load((Path(__file__).parent / "bad_inventories.yaml").read_text(encoding="utf-8"))
EXAMPLE = Path(__file__).parents[2] / "stacks/onprem/Pulumi.example.yaml"


def loaded(settings: dict[str, Any]) -> OnPrem:
    return parse(OnPrem, as_the_engine_has_it(settings))


def complaint(settings: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(settings)
    head, *lines = str(caught.value).split("\n  ")
    assert head == ("1 setting is wrong:" if len(lines) == 1 else f"{len(lines)} settings are wrong:")
    return lines


def names(hosts: tuple[Host, ...]) -> list[str]:
    return [host.name for host in hosts]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_a_bad_inventory_is_met_with_its_message_and_loads_once_mended(bad: dict[str, Any]) -> None:
    settings = changed(getattr(inventories, bad.get("of", "good"))(), bad["set"])
    assert complaint(settings) == bad["says"]
    if "mend" in bad:
        assert loaded(changed(settings, bad["mend"])).hosts


def test_the_good_inventories_are_good() -> None:
    assert names(loaded(good()).nodes) == ["cp1", "cp2", "cp3", "w1", "w2"]
    assert names(loaded(single()).nodes) == ["all"]


def test_the_list_of_bad_inventories_is_long_and_without_twins() -> None:
    assert len({bad["name"] for bad in BAD}) == len(BAD) >= 60


def test_mistakes_in_settings_and_between_them_are_told_at_once_in_the_order_of_the_settings() -> None:
    lines = complaint(
        changed(
            good(),
            {
                "hosts[3].name": "cp1",
                "hosts[5].address": "nowhere",
                "hosts[6].address": "10.20.0.13",
                "hosts[6].lables": {},
                "networks.pod": "10.96.0.0/16",
                "addresses.ingress": "10.99.0.1",
                "kubernetes.version": "1.1.1",
                "administrators": [{"name": "root", "keys": [public_key()]}, {"name": "mina", "keys": [public_key()]}],
                "zone": "kr",
            },
        )
    )
    assert [line.split()[0] for line in lines] == [
        "archive:hosts[3].name",
        "archive:hosts[5].address",
        "archive:hosts[6].address",
        "archive:hosts[6].lables",
        "archive:networks.service",
        "archive:addresses.ingress",
        "archive:kubernetes.version",
        "archive:administrators[0].name",
        "archive:administrators[1].keys[0]",
        "archive:zone",
    ]


def test_what_depends_on_a_mistake_is_not_judged() -> None:
    for change in (
        {"hosts[5].roles": ["wroker"], "hosts[6].roles": ["storage"]},  # would else be no worker
        {"networks.node": "10.20.0.0/33"},  # would else hold no host
        {"hosts[0].lost": "?"},  # would else be one load balancer
        {"ssh.agent": "?"},  # would else be no key
        {"addresses.pool": "10.20.0.0"},
    ):
        assert len(complaint(changed(good(), change))) == 1, change


def test_objects_and_lists_may_be_json_or_python_and_json_inside_json() -> None:
    expected = loaded(good())
    assert parse(OnPrem, good()) == expected
    assert parse(OnPrem, {key: json.dumps(value) for key, value in good().items()}) == expected
    set_by_command = changed(good(), {"hosts[5].roles": '["worker"]', "hosts[6].roles": '["worker", "storage"]'})
    assert loaded(set_by_command) == expected


def test_an_object_that_is_nothing_counts_as_not_set() -> None:
    assert parse(OnPrem, {**as_the_engine_has_it(good()), "administrators": "", "packages": ""}) == loaded(good())


def test_values_keep_their_types_whether_text_or_not() -> None:
    settings = loaded(
        changed(good(), {"ssh.port": "2222", "firewall": False, "loadBalancer.advertisementSeconds": "0.2"})
    )
    assert (settings.ssh.port, settings.firewall, settings.load_balancer.advertisement_seconds) == (2222, False, 0.2)
    numbers = loaded(changed(good(), {"hosts[5].labels.gpu": True, "hosts[5].labels.rack": 7}))
    assert numbers.hosts[5].labels == {"gpu": "true", "rack": "7"}


def test_settings_are_frozen_down_to_their_leaves() -> None:
    settings = loaded(good())
    with pytest.raises(ValidationError):
        settings.hosts[0].name = "other"  # type: ignore[misc]


def test_every_nested_key_has_a_rule() -> None:
    def groups(group: type[Group]) -> set[type[Group]]:
        inside = {found for _, field, _ in fields(group).values() if (found := inner(field.annotation))}
        return {group, *(deeper for each in inside for deeper in groups(each))}

    assert {group.__name__ for group in groups(OnPrem)} >= {"OnPrem", "Host", "Taint", "Ssh", "Jump", "Administrator"}


# Hosts by role


def test_hosts_are_found_by_role() -> None:
    settings = loaded(good())
    assert names(settings.control_planes) == ["cp1", "cp2", "cp3"]
    assert names(settings.workers) == ["w1", "w2"]
    assert names(settings.load_balancers) == ["lb1", "lb2"]
    assert names(settings.storage) == ["w2"]
    assert settings.primary.name == "cp1"
    assert settings.endpoint == f"10.20.0.100:{API_PORT}"


def test_a_host_of_both_roles_is_one_node() -> None:
    settings = loaded(single())
    assert (names(settings.nodes), names(settings.workers)) == (["all"], [])
    assert settings.primary.is_worker
    assert settings.endpoint == "192.0.2.10:6443"


def test_a_lost_control_plane_neither_counts_nor_forbids_the_repair() -> None:
    lost = changed(good(), {"hosts[2].lost": True})
    assert loaded(lost).primary.name == "cp2"
    replacement = {"name": "cp4", "address": "10.20.0.11", "roles": ["control-plane"]}
    replaced = loaded(changed(lost, {"hosts[7]": replacement}))
    assert names(replaced.control_planes) == ["cp2", "cp3", "cp4"]
    assert len(replaced.present) == len(replaced.hosts) - 1


def test_a_lost_load_balancer_does_not_forbid_the_repair_either() -> None:
    assert names(loaded(changed(good(), {"hosts[0].lost": True})).load_balancers) == ["lb2"]


def test_snapshots_go_to_storage_else_to_another_control_plane() -> None:
    settings = loaded(good())
    assert settings.snapshot_target(settings.primary) == settings.hosts[6]
    named = loaded(changed(good(), {"snapshots.target": "w1"}))
    assert named.snapshot_target(named.primary) == named.hosts[5]
    without = loaded(changed(good(), {"hosts[6].roles": ["worker"]}))
    assert [target.name for host in without.control_planes if (target := without.snapshot_target(host))] == [
        "cp3",
        "cp3",
        "cp2",
    ]
    alone = loaded(single())
    assert alone.snapshot_target(alone.primary) is None


# The example


def test_the_example_loads_as_the_engine_would_hand_it_over() -> None:
    settings = parse(OnPrem, of_file(EXAMPLE))
    assert (len(settings.control_planes), len(settings.workers), len(settings.load_balancers)) == (3, 2, 2)
    settings.check_ready()


def test_the_example_shows_every_outer_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert [key for key in fields(OnPrem) if f"archive:{key}:" not in text] == []


# Whatever is generated


UNHURRIED = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine


@st.composite
def inventory(draw: st.DrawFn) -> dict[str, Any]:
    """Valid ones: any odd number of control planes, any number of workers, in a /24 somewhere."""
    second = draw(st.integers(0, 95))  # below the service network
    numbers = st.lists(st.integers(1, 199), min_size=14, max_size=14, unique=True)
    addresses = iter([f"10.{second}.7.{number}" for number in draw(numbers)])
    roles = [["load-balancer"]] * 2
    roles += [["control-plane"]] * draw(st.sampled_from([1, 3, 5]))
    roles += [["worker"]] * draw(st.integers(1, 4))
    hosts = [{"name": f"h{n}", "address": next(addresses), "roles": role} for n, role in enumerate(roles)]
    return {
        "hosts": draw(st.permutations(hosts)),
        "ssh": {"agent": True},
        "networks": {"node": f"10.{second}.7.0/24"},
        "addresses": {
            "api": next(addresses),
            "ingress": next(addresses),
            "pool": f"10.{second}.7.200-10.{second}.7.254",
        },
        "kubernetes": {"networkPlugin": draw(st.sampled_from(["cilium", "calico", "flannel", "bridge"]))},
    }


@UNHURRIED
@given(inventory())
def test_a_valid_inventory_loads_whatever_it_holds(settings: dict[str, Any]) -> None:
    found = loaded(settings)
    pods = [cidr.pod_subnet(host.address, found.networks.node, found.networks.pod) for host in found.nodes]
    assert len(set(pods)) == len(found.nodes) == len(found.present) - 2


@UNHURRIED
@given(inventory(), st.data())
def test_one_address_taken_twice_is_always_seen(settings: dict[str, Any], data: st.DataObject) -> None:
    one, other = data.draw(
        st.lists(st.sampled_from(range(len(settings["hosts"]))), min_size=2, max_size=2, unique=True)
    )
    bad = changed(settings, {f"hosts[{one}].address": settings["hosts"][other]["address"]})
    assert [line.split()[0] for line in complaint(bad)] == [f"archive:hosts[{max(one, other)}].address"]


FULL = changed(
    good(),
    {
        "hosts[5].labels": {"disk": "ssd"},
        "hosts[5].taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}],
        "hosts[5].ssh": {"port": 22, "jump": {"address": "192.0.2.1", "user": "jump"}},
        "kubernetes": {"version": "1.34.4", "kubelet": {"maxPods": 100}, "ignorePreflightErrors": ["NumCPU"]},
        "runtime": {"mirrors": {"docker": "https://mirror.example.com"}},
        "packages": {"bundle": "file:///srv/bundle", "bundleSha256": "0f" * 32},
        "loadBalancer": {"httpPort": 30080, "advertisementSeconds": 0.1},
        "administrators": [{"name": "mina", "keys": [public_key()]}],
        "resolvers": ["8.8.8.8"],
        "timeServers": ["time.google.com"],
        "snapshots": {"calendar": "daily", "keep": 1, "target": "w2"},
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["name", "key", "ssh", "x"]), inside),
    max_leaves=6,
)


@UNHURRIED
@given(st.dictionaries(st.sampled_from([*fields(OnPrem), "other"]), JSON))
def test_nonsense_is_met_with_messages_never_with_a_crash(settings: dict[str, Any]) -> None:
    lines = mistakes(OnPrem, settings, frozenset())
    assert lines
    assert all(line.startswith("archive:") for line in lines)


def paths(value: object, path: str = "") -> Iterator[str]:
    """Every path of an object, as `changed` takes it."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inside in cast("dict[str, object]", value).items():
            yield from paths(inside, f"{path}.{key}" if path else key)
    if isinstance(value, list):
        for number, inside in enumerate(cast("list[object]", value)):
            yield from paths(inside, f"{path}[{number}]")


@UNHURRIED
@given(st.sampled_from(list(paths(FULL))), JSON)
def test_nonsense_in_one_place_of_a_good_inventory_is_told_there_or_does_no_harm(path: str, value: object) -> None:
    settings = changed(FULL, {path: value})
    lines = mistakes(OnPrem, settings, frozenset())
    assert bool(parse(OnPrem, settings).hosts) if not lines else all(line.startswith("archive:") for line in lines)
