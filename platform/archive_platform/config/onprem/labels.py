"""Labels and taints as Kubernetes takes them.

Source of the rules: Kubernetes' "Labels and Selectors", "Well-Known Labels, Annotations and Taints", and the admission
plugin NodeRestriction, which keeps a node from giving itself labels that say where trusted work may run.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from archive_platform.config.rules import Group, Rule, Wrong
from archive_platform.config.types import is_dns_name

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_KEY = "be called by up to 63 letters, digits, -, _ and ., after a DNS name and a / or without"
_VALUE = "be up to 63 letters, digits, -, _ and ., none of the last three first or last"
_RESERVED = ("kubernetes.io", "k8s.io")
ALLOWED_LABELS = frozenset(
    {
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "node.kubernetes.io/instance-type",
        "node.kubernetes.io/exclude-from-external-load-balancers",
    }
)
"""Labels below Kubernetes' own domains that an operator may set; the others are set by Kubernetes itself."""


def _is_qualified_name(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or is_dns_name(prefix))


def _is_reserved(key: str) -> bool:
    prefix = key.rpartition("/")[0]
    return any(prefix == domain or prefix.endswith(f".{domain}") for domain in _RESERVED)


def _label_key(key: str) -> str:
    if not _is_qualified_name(key):
        raise Wrong(must=_KEY, mend="Rename it, as in example.com/disk")
    if _is_reserved(key) and key not in ALLOWED_LABELS:
        raise Wrong(
            must="be a label of your own",
            why="kubernetes.io and k8s.io belong to Kubernetes, which sets or refuses this one (NodeRestriction)",
            mend=f"Use a prefix of your own, as in example.com/{key.rpartition('/')[2]}, or one of"
            f" {', '.join(sorted(ALLOWED_LABELS))}",
        )
    return key


def _taint_key(key: str) -> str:
    if not _is_qualified_name(key):
        raise ValueError("no taint")
    if _is_reserved(key):
        raise Wrong(
            must="be a taint of your own",
            why="those below kubernetes.io and k8s.io are set and removed by Kubernetes itself",
            mend=f"Use a prefix of your own, as in example.com/{key.rpartition('/')[2]}",
        )
    return key


def _as_text(value: object) -> object:
    """`pulumi config set --path` writes true and 7 without quotes; a fraction would lose its last zeros."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        raise Wrong(must=_VALUE, why="a number with a dot may have lost a zero at its end", mend="Put it in quotes")
    if not isinstance(value, str | int):
        raise Wrong(must=_VALUE, mend="Set text, as in ssd")
    return str(value)


def _value(text: str) -> str:
    if text and not _NAME.fullmatch(text):
        raise Wrong(must=_VALUE, mend="Set another, as in ssd, or nothing")
    return text


LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, BeforeValidator(_as_text), AfterValidator(_value)]
Labels = Annotated[
    dict[LabelKey, LabelValue],
    Rule("be an object of labels", "Kubernetes takes no others", "Set one, as in: {example.com/disk: ssd}"),
]


class Taint(Group):
    """What keeps pods away from a node unless they tolerate it."""

    key: Annotated[
        str,
        AfterValidator(_taint_key),
        Rule(
            _KEY,
            "Kubernetes takes no others",
            "Set one, as in example.com/dedicated",
        ),
    ]
    value: Annotated[
        LabelValue,
        Rule(_VALUE, "Kubernetes takes no others", "Set another, as in database, or leave it out"),
    ] = ""
    effect: Annotated[
        Literal["NoSchedule", "PreferNoSchedule", "NoExecute"],
        Rule(
            "be NoSchedule, PreferNoSchedule or NoExecute",
            "Kubernetes knows these effects",
            "Set NoSchedule, or NoExecute to move running pods away as well",
        ),
    ] = "NoSchedule"


def different(taints: tuple[Taint, ...]) -> tuple[Taint, ...]:
    """A validator: a node has each taint once, as the API server demands for key and effect."""
    seen: set[tuple[str, str]] = set()
    for taint in taints:
        if (taint.key, taint.effect) in seen:
            raise Wrong(
                must=f"name {taint.key}:{taint.effect} once",
                why="a node has one taint of a key and an effect",
                mend="Remove one of them",
            )
        seen.add((taint.key, taint.effect))
    return taints
