"""Database servers of RDS, and the groups that they are in."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from .account import Refused
from .kind import Asked, Called, Kind, Op, Outputs, Written, fitted, once_missing

# Of the Terraform provider's, or told when the server is deleted
_SILENT = frozenset(
    {
        "allowMajorVersionUpgrade",
        "applyImmediately",
        "deleteAutomatedBackups",
        "finalSnapshotIdentifier",
        "skipFinalSnapshot",
    }
)
_RENAMED = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "username": "MasterUsername",
    "password": "MasterUserPassword",
    "multiAz": "MultiAZ",
    "iops": "Iops",
    "dbName": "DBName",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "parameterGroupName": "DBParameterGroupName",
    "replicateSourceDb": "SourceDBInstanceIdentifier",
    "backupWindow": "PreferredBackupWindow",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "caCertIdentifier": "CACertificateIdentifier",
}
# A replica has them from its source
_SOURCES = frozenset({"storageEncrypted"})


def _create_server(asked: Asked) -> str:
    replica = bool(asked.inputs.get("replicateSourceDb"))
    operation = "create_db_instance_read_replica" if replica else "create_db_instance"
    left = _SILENT | {"region"} | (_SOURCES if replica else frozenset())
    given = {name: value for name, value in asked.inputs.items() if name not in left}
    # The Terraform provider's own way with a server that nobody gives a name
    given.setdefault("identifier", f"terraform-{token_hex(13)}")
    group = asked.inputs.get("parameterGroupName")
    if group:  # moto takes any for a replica
        asked.call("rds", "describe_db_parameter_groups", DBParameterGroupName=group)
    answer = asked.call("rds", operation, **fitted(asked, "rds", operation, given, _RENAMED))
    server = answer["DBInstance"]
    asked.outputs = {"identifier": server["DBInstanceIdentifier"]}
    return server["DbiResourceId"]


def _server(asked: Asked) -> dict[str, Any] | None:
    name = asked.outputs["identifier"]
    answer: Any = once_missing(lambda: asked.call("rds", "describe_db_instances", DBInstanceIdentifier=name))
    return answer["DBInstances"][0] if answer else None


def _read_server(asked: Asked) -> Outputs | None:
    found = _server(asked)
    if found is None:
        return None
    secret = found.get("MasterUserSecret")
    told = {
        "allocatedStorage": found["AllocatedStorage"],
        "backupRetentionPeriod": found["BackupRetentionPeriod"],
        "deletionProtection": found["DeletionProtection"],
        "instanceClass": found["DBInstanceClass"],
        "multiAz": found["MultiAZ"],
        "publiclyAccessible": found["PubliclyAccessible"],
    }
    seen = {name: value for name, value in told.items() if name in asked.inputs and asked.inputs[name] != value}
    return {
        **seen,
        "arn": found["DBInstanceArn"],
        "address": found["Endpoint"]["Address"],
        "port": found["Endpoint"]["Port"],
        "endpoint": f"{found['Endpoint']['Address']}:{found['Endpoint']['Port']}",
        "identifier": found["DBInstanceIdentifier"],
        "resourceId": found["DbiResourceId"],
        "masterUserSecrets": [{"secretArn": secret["SecretArn"]}] if secret else [],
    }


def _change_server(asked: Asked, changed: frozenset[str]) -> None:
    given = {name: asked.inputs[name] for name in changed - _SILENT if asked.inputs.get(name) is not None}
    if not given:
        return
    parameters = fitted(asked, "rds", "modify_db_instance", given, _RENAMED)
    name = asked.outputs["identifier"]
    asked.call("rds", "modify_db_instance", DBInstanceIdentifier=name, ApplyImmediately=True, **parameters)


def _delete_server(asked: Asked) -> None:
    skip, last = asked.inputs.get("skipFinalSnapshot"), asked.inputs.get("finalSnapshotIdentifier")
    if not skip and not last:
        raise Refused(
            "InvalidParameterCombination",
            "final_snapshot_identifier is required when skip_final_snapshot is false",
        )
    snapshot = {"SkipFinalSnapshot": True} if skip else {"FinalDBSnapshotIdentifier": last}
    name = asked.outputs["identifier"]
    once_missing(lambda: asked.call("rds", "delete_db_instance", DBInstanceIdentifier=name, **snapshot))


def _parameters(asked: Asked, names: frozenset[str]) -> None:
    """RDS takes twenty at a time."""
    wanted = [
        {
            "ParameterName": each["name"],
            "ParameterValue": each["value"],
            "ApplyMethod": each.get("applyMethod") or "immediate",
        }
        for each in asked.inputs.get("parameters") or []
    ]
    for start in range(0, len(wanted), 20):
        few = wanted[start : start + 20]
        asked.call("rds", "modify_db_parameter_group", DBParameterGroupName=asked.id, Parameters=few)


def _other_subnets(asked: Asked, _: frozenset[str]) -> None:
    """moto loses a group that it changes, so it is made again under its name."""
    asked.call("rds", "delete_db_subnet_group", DBSubnetGroupName=asked.id)
    given = {name: asked.inputs[name] for name in ("name", "description", "subnetIds") if asked.inputs.get(name)}
    asked.call("rds", "create_db_subnet_group", **fitted(asked, "rds", "create_db_subnet_group", given, _GROUP))


_GROUP = {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}


KINDS: dict[str, Kind] = {
    "aws:rds/instance:Instance": Written("rds", _create_server, _read_server, _delete_server, _change_server),
    "aws:rds/subnetGroup:SubnetGroup": Called(
        "rds",
        Op("create_db_subnet_group"),
        "inputs.name",
        Op("describe_db_subnet_groups", DBSubnetGroupName="id"),
        "DBSubnetGroups[0]",
        Op("delete_db_subnet_group", DBSubnetGroupName="id"),
        renamed=_GROUP,
        apart_later=frozenset({"subnetIds", "description"}),
        set=_other_subnets,
        outputs={"arn": "DBSubnetGroupArn", "name": "DBSubnetGroupName", "vpcId": "VpcId"},
    ),
    "aws:rds/parameterGroup:ParameterGroup": Called(
        "rds",
        Op("create_db_parameter_group"),
        "inputs.name",
        Op("describe_db_parameter_groups", DBParameterGroupName="id"),
        "DBParameterGroups[0]",
        Op("delete_db_parameter_group", DBParameterGroupName="id"),
        renamed={"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"},
        apart=frozenset({"parameters"}),
        set=_parameters,
        silent=frozenset({"skipDestroy"}),
        outputs={"arn": "DBParameterGroupArn", "name": "DBParameterGroupName"},
    ),
}
