"""The on-prem stack's graph, built by the real program under Pulumi's mocks: parents, order, secrets, what changes."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks
from tests.infra.recorded import is_secret, make_event_loop, plain, record

PROGRAM = Path(__file__).resolve().parents[3] / "stacks" / "onprem" / "__main__.py"
CREATED = Ed25519PrivateKey.generate()
KEY = CREATED.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
KUBECONFIG = "canary-kubeconfig"
HOST_KEY = CREATED.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def host(name: str, last: int, *roles: str, **more: Any) -> dict[str, Any]:
    ssh = {"hostKey": HOST_KEY, **more.pop("ssh", {})}
    return {"name": name, "address": f"10.20.0.{last}", "roles": list(roles), "ssh": ssh, **more}


INVENTORY = [
    host("lb1", 11, "load-balancer"),
    host("lb2", 12, "load-balancer"),
    host("cp1", 21, "control-plane"),
    host("cp2", 22, "control-plane"),
    host("cp3", 23, "control-plane"),
    host("w1", 31, "worker", labels={"disk": "fast"}),
    host("w2", 32, "worker"),
]
SETTINGS: dict[str, Any] = {
    "hosts": INVENTORY,
    "ssh": {"privateKey": KEY},
    "networks": {"node": "10.20.0.0/24"},
    "addresses": {"api": "10.20.0.100", "ingress": "10.20.0.101"},
    "kubernetes": {"version": "1.34.4", "networkPlugin": "bridge"},
}


class Answers(mocks.Mocks):
    """The engine and the providers: every resource is made at once.

    Attributes:
        told: what else the first control plane's step answers.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__()
        self.told = told

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = dict(args.inputs)
        if args.typ == "command:remote:Command":
            extra = {"ca_hash": "sha256:abc", "kubeconfig": KUBECONFIG} if args.name.endswith("-node") else {}
            extra |= self.told if args.name == "cp1-node" else {}
            state["stdout"] = json.dumps({"items": {"made": args.name}, "extra": extra})
        if "bytes" in state:
            state["value"] = f"canary-generated-{args.name}"
        return f"{args.name}-id", state

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"the program calls {args.token}")


@dataclass
class Graph:
    """What the program asked the engine for, by the resources' names."""

    requests: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def commands(self) -> dict[str, dict[str, Any]]:
        """The inputs of each command; secrets as their values."""
        return {
            name: plain(request.object)
            for name, request in self.requests.items()
            if request.type == "command:remote:Command"
        }

    def before(self, name: str) -> set[str]:
        """The names of the resources that have to be there before `name`."""
        return {urn.rpartition("::")[2] for urn in self.requests[name].dependencies}

    def parent(self, name: str) -> str:
        return str(self.requests[name].parent).rpartition("::")[2]


def build(settings: Mapping[str, Any], told: Mapping[str, str] | None = None) -> Graph:
    """Run the program once. `told` is what else the first control plane's step answers."""
    values = {f"archive:{key}": each if isinstance(each, str) else json.dumps(each) for key, each in settings.items()}
    runtime_config.set_all_config(values, ["archive:ssh"])
    exported: dict[str, Any] = {}

    def program() -> None:
        original = pulumi.export
        pulumi.export = exported.__setitem__
        try:
            runpy.run_path(str(PROGRAM))
        finally:
            pulumi.export = original

    recorded = record(program, Answers(told or {}))
    return Graph({each.name: each.wire for each in recorded}, exported)


@pytest.fixture(autouse=True)
def event_loop() -> None:
    make_event_loop()


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    yield build(SETTINGS)
    runtime_config.set_all_config({}, [])


def test_every_host_has_at_most_three_commands(graph: Graph) -> None:
    counted = Counter(inputs["connection"]["host"] for inputs in graph.commands.values())
    assert counted == {f"10.20.0.{last}": 3 if last == 21 else 2 for last in (11, 12, 21, 22, 23, 31, 32)}


def test_control_planes_come_one_after_another(graph: Graph) -> None:
    assert {"cp1-prepare", "lb1-loadbalancer", "lb2-loadbalancer"} <= graph.before("cp1-node")
    assert "cp1-node" in graph.before("cp2-node")
    assert "cp2-node" in graph.before("cp3-node")
    assert {"cp3-node", "w1-node", "w2-node"} <= graph.before("cluster")


@pytest.mark.parametrize(
    ("told", "others"),
    [
        ({"others_to_upgrade": ""}, set[str]()),
        ({"others_to_upgrade": "cp3"}, {"cp2-node", "cp3-node"}),
        ({}, {"cp2-node", "cp3-node"}),  # the answer of a former release
    ],
)
def test_workers_wait_for_the_other_control_planes_when_those_are_to_be_upgraded(
    told: dict[str, str], others: set[str]
) -> None:
    graph = build(SETTINGS, told)
    for worker in ("w1-node", "w2-node"):
        assert graph.before(worker) & {"cp1-node", "cp2-node", "cp3-node", "w1-node"} == {"cp1-node"} | others


def test_load_balancers_come_one_after_another(graph: Graph) -> None:
    assert "lb1-loadbalancer" in graph.before("lb2-loadbalancer")


def test_no_host_waits_for_another_to_be_prepared(graph: Graph) -> None:
    commands = set(graph.commands)
    assert all(graph.before(name).isdisjoint(commands) for name in commands if name.endswith("-prepare"))


def test_each_part_is_the_child_of_its_component(graph: Graph) -> None:
    assert graph.parent("cp1-prepare") == "hosts"
    assert graph.parent("lb1-loadbalancer") == "load-balancers"
    assert graph.parent("cp2-node") == "control-planes"
    assert graph.parent("w1-node") == "workers"


def test_only_the_first_control_plane_may_start_a_cluster_and_only_when_it_is_made(graph: Graph) -> None:
    founding = [name for name, inputs in graph.commands.items() if " found " in inputs["create"]]
    assert founding == ["cp1-node"]
    assert " apply " in graph.commands["cp1-node"]["update"]


def test_no_command_line_holds_a_secret_and_its_script_comes_by_standard_input(graph: Graph) -> None:
    for name, inputs in graph.commands.items():
        for verb in ("create", "update", "delete"):
            assert len(inputs[verb]) < 200, name
            assert "canary" not in inputs[verb]
        assert 'main "$@" < /dev/null' in inputs["stdin"]
        assert inputs["addPreviousOutputInEnv"] is False
        assert inputs["connection"]["hostKey"] == HOST_KEY


def test_scripts_keys_and_answers_are_secret(graph: Graph) -> None:
    for name in graph.commands:
        request = graph.requests[name]
        assert is_secret(request.object["stdin"]), name
        assert is_secret(request.object["connection"]), name
        assert "stdout" in request.additionalSecretOutputs


@pulumi.runtime.test
def test_the_kubeconfig_is_secret_and_so_are_the_hosts_states(graph: Graph) -> Any:
    async def check() -> None:
        assert await graph.outputs["kubeconfig"].is_secret()
        assert await graph.outputs["kubeconfig"].future() == KUBECONFIG
        assert await graph.outputs["state"].is_secret()
        assert (await graph.outputs["state"].future())["cp1"]["node"] == {"made": "cp1-node"}

    return pulumi.Output.from_input(check())


def test_a_new_worker_changes_no_other_nodes_pod_network(graph: Graph) -> None:
    wider = build({**SETTINGS, "hosts": [*INVENTORY, host("w3", 33, "worker")]})
    for name, last in (("w1-node", 31), ("w2-node", 32)):
        for built in (graph, wider):
            assert f"POD_SUBNET=10.244.{last}.0/24" in built.commands[name]["stdin"]
    assert "10.244.33.0/24 10.20.0.33" in wider.commands["w1-node"]["stdin"]
    assert "10.244.33.0/24 10.20.0.33" not in graph.commands["w1-node"]["stdin"]


def test_a_secret_that_changes_is_no_change_of_the_script() -> None:
    bumped = {**SETTINGS, "kubernetes": {**SETTINGS["kubernetes"], "joinGeneration": 2}}
    first, second = build(SETTINGS), build(bumped)
    for name in ("cp2-node", "w1-node"):
        assert first.commands[name]["create"] == second.commands[name]["create"]


def test_a_lost_host_is_never_connected_to_again() -> None:
    hosts = [{**each, "lost": True} if each["name"] in ("cp1", "w2") else each for each in INVENTORY]
    graph = build({**SETTINGS, "hosts": [*hosts, host("cp4", 24, "control-plane")]})
    for name in ("cp1-prepare", "cp1-node", "w2-prepare", "w2-node"):
        assert list(graph.requests[name].ignoreChanges) == ["*"]
        assert graph.requests[name].retainOnDelete
    cluster = graph.commands["cluster"]
    assert cluster["connection"]["host"] == "10.20.0.22"
    assert "w2" not in re.findall(r"^NODES=.*$", cluster["stdin"], re.MULTILINE)[0]
