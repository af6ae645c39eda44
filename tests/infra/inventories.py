"""Inventories as a stack's configuration file holds them, and changes of them. For tests."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

REMOVED = "(removed)"
"""A change to this takes the setting away."""

Change = Mapping[str, Any]


def public_key(number: int = 1, algorithm: str = "ssh-ed25519") -> str:
    """A key of the right form that nobody has the private part of."""
    inside = [algorithm.encode(), bytes([number]) * 32]
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in inside)
    return f"{algorithm} {base64.b64encode(blob).decode()}"


def good() -> dict[str, Any]:
    """Two load balancers, three control planes and two workers, one of which keeps snapshots."""
    hosts: list[dict[str, Any]] = [
        {"name": "lb1", "address": "10.20.0.5", "roles": ["load-balancer"]},
        {"name": "lb2", "address": "10.20.0.6", "roles": ["load-balancer"]},
        {"name": "cp1", "address": "10.20.0.11", "roles": ["control-plane"]},
        {"name": "cp2", "address": "10.20.0.12", "roles": ["control-plane"]},
        {"name": "cp3", "address": "10.20.0.13", "roles": ["control-plane"]},
        {"name": "w1", "address": "10.20.0.21", "roles": ["worker"]},
        {"name": "w2", "address": "10.20.0.22", "roles": ["worker", "storage"]},
    ]
    return {
        "hosts": hosts,
        "ssh": {"agent": True, "hostKey": public_key()},
        "networks": {"node": "10.20.0.0/24"},
        "addresses": {"api": "10.20.0.100", "ingress": "10.20.0.101", "pool": "10.20.0.200-10.20.0.220"},
    }


def single() -> dict[str, Any]:
    """One server that is everything."""
    return {
        "hosts": [{"name": "all", "address": "192.0.2.10", "roles": ["control-plane", "worker"]}],
        "ssh": {"agent": True},
        "networks": {"node": "192.0.2.0/24"},
        "addresses": {"api": "192.0.2.10"},
    }


def changed(settings: Mapping[str, Any], *changes: Change) -> dict[str, Any]:
    """A copy with other values at some paths, as `pulumi config set --path` writes them: `hosts[2].labels["a/b"]`."""
    result = copy.deepcopy(dict(settings))
    for change in changes:
        for path, value in change.items():
            _set(result, _steps(path), copy.deepcopy(value))
    return result


def as_the_engine_has_it(settings: Mapping[str, Any]) -> dict[str, str]:
    """The configuration as the engine hands it over: objects and lists are JSON, everything else is text."""
    return {
        key: json.dumps(value) if isinstance(value, dict | list) else _scalar(value) for key, value in settings.items()
    }


def of_file(path: Path) -> dict[str, str]:
    """A stack's configuration file as the engine hands it over."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    return as_the_engine_has_it({key.removeprefix("archive:"): value for key, value in config.items()})


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _steps(path: str) -> list[str | int]:
    found = re.findall(r'\["([^"]+)"\]|\[(\d+)\]|([^.\[\]]+)', path)
    return [int(number) if number else quoted or plain for quoted, number, plain in found]


def _set(settings: Any, steps: list[str | int], value: object) -> None:
    *way, last = steps
    for step, following in zip(way, steps[1:], strict=True):
        if isinstance(step, str):
            settings.setdefault(step, [] if isinstance(following, int) else {})
        settings = settings[step]
    if value == REMOVED:
        del settings[last]
    elif last == len(settings):
        settings.append(value)  # the next of a list
    else:
        settings[last] = value
