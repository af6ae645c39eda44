"""The resources and the function of the official schema (pulumi-command 1.2.1), with their properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

NAME, VERSION = "command", "1.2.1"


class Kind(StrEnum):
    """The type of a property, named as Go does in messages."""

    TEXT = "string"
    NUMBER = "float64"
    INTEGER = "int"
    TRUTH = "bool"
    LIST = "[]interface {}"
    TEXTS = "[]string"
    TEXT_MAP = "map[string]string"
    LOGGING = "Logging"
    SOURCE = "AssetOrArchive"
    ASSET_MAP = "map[string]*resource.Asset"
    ARCHIVE = "*resource.Archive"
    CONNECTION = "Connection"
    PROXY = "ProxyConnection"


@dataclass(frozen=True)
class Property:
    """One property. `replaces`: a change of it replaces the resource."""

    kind: Kind
    required: bool = False
    secret: bool = False
    replaces: bool = False
    default: str | int | bool | None = None


@dataclass(frozen=True)
class Spec:
    """A resource or function.

    Attributes:
        outputs: the properties that are not inputs.
        updates: False: every change replaces the resource.
    """

    token: str
    go_type: str
    inputs: dict[str, Property]
    outputs: dict[str, Property] = field(default_factory=dict[str, Property])
    updates: bool = True


TEXT = Property(Kind.TEXT)
CONNECTION_BASE = {
    "host": Property(Kind.TEXT, required=True),
    "user": Property(Kind.TEXT, default="root"),
    "port": Property(Kind.NUMBER, default=22),
    "password": TEXT,
    "privateKey": TEXT,
    "privateKeyPassword": TEXT,
    "agentSocketPath": TEXT,
    "dialErrorLimit": Property(Kind.INTEGER, default=10),
    "perDialTimeout": Property(Kind.INTEGER, default=15),
    "hostKey": TEXT,
}
# Objects inside the inputs.
OBJECTS = {
    Kind.CONNECTION: {**CONNECTION_BASE, "proxy": Property(Kind.PROXY)},
    Kind.PROXY: CONNECTION_BASE,
}
CONNECTION = {"connection": Property(Kind.CONNECTION, required=True, secret=True)}
TRIGGERS = {"triggers": Property(Kind.LIST, replaces=True)}
LIFE = {**TRIGGERS, "create": TEXT, "update": TEXT, "delete": TEXT}
RUN = {
    "stdin": TEXT,
    "logging": Property(Kind.LOGGING),
    "environment": Property(Kind.TEXT_MAP),
    "addPreviousOutputInEnv": Property(Kind.TRUTH, default=True),
}
RUN_LOCALLY = {
    **RUN,
    "interpreter": Property(Kind.TEXTS),
    "dir": TEXT,
    "assetPaths": Property(Kind.TEXTS),
    "archivePaths": Property(Kind.TEXTS),
}
PRINTED = {"stdout": Property(Kind.TEXT, required=True), "stderr": Property(Kind.TEXT, required=True)}
FOUND = {"assets": Property(Kind.ASSET_MAP), "archive": Property(Kind.ARCHIVE)}
PATH = Property(Kind.TEXT, required=True)

REMOTE_COMMAND = Spec("command:remote:Command", "remote.CommandInputs", {**CONNECTION, **LIFE, **RUN}, PRINTED)
LOCAL_COMMAND = Spec("command:local:Command", "local.CommandInputs", {**LIFE, **RUN_LOCALLY}, {**PRINTED, **FOUND})
COPY_TO_REMOTE = Spec(
    "command:remote:CopyToRemote",
    "remote.CopyToRemoteInputs",
    {**CONNECTION, **TRIGGERS, "source": Property(Kind.SOURCE, required=True), "remotePath": PATH},
)
COPY_FILE = Spec(
    "command:remote:CopyFile",
    "remote.CopyFileInputs",
    {**CONNECTION, **TRIGGERS, "localPath": PATH, "remotePath": PATH},
    updates=False,
)
LOCAL_RUN = Spec(
    "command:local:run",
    "local.RunInputs",
    {**RUN_LOCALLY, "command": Property(Kind.TEXT, required=True)},
    {**PRINTED, **FOUND},
)
RESOURCES = {spec.token: spec for spec in (REMOTE_COMMAND, LOCAL_COMMAND, COPY_TO_REMOTE, COPY_FILE)}
