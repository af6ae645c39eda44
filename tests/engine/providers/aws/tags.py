"""The tags of a resource: the provider's own, and the resource's over them.

The plugin puts them into the inputs as `tagsAll` when it checks them, so that a change of the provider's changes every
resource (pulumi-aws, provider/tags.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..provider.values import UNKNOWN, Object, Value, has_unknown, reveal
from .sdk import inputs_of

ALL = "tagsAll"


def with_all_tags(token: str, inputs: Object, defaults: Mapping[str, str]) -> Object:
    """The inputs with `tagsAll`, where the type knows tags by their names."""
    tags = inputs_of(token).names.get("tags")
    if tags is None or tags.options[0][0] != "map":
        return inputs
    own = inputs.get("tags") or {}
    merged: Value = UNKNOWN if has_unknown(own) else {**defaults, **cast("dict[str, str]", reveal(own))}
    return {**inputs, ALL: merged}


def all_tags(inputs: Object) -> dict[str, str]:
    """Those of checked inputs."""
    return cast("dict[str, str]", reveal(inputs.get(ALL) or {}))
