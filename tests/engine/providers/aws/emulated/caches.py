"""Caches of ElastiCache."""

from __future__ import annotations

from .kind import Called, Kind, Op

KINDS: dict[str, Kind] = {
    "aws:elasticache/subnetGroup:SubnetGroup": Called(
        "elasticache",
        Op("create_cache_subnet_group"),
        "inputs.name",
        Op("describe_cache_subnet_groups", CacheSubnetGroupName="id"),
        "CacheSubnetGroups[0]",
        Op("delete_cache_subnet_group", CacheSubnetGroupName="id"),
        renamed={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
        outputs={"arn": "ARN", "name": "CacheSubnetGroupName", "vpcId": "VpcId"},
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Called(
        "elasticache",
        Op("create_replication_group"),
        "inputs.replicationGroupId",
        Op("describe_replication_groups", ReplicationGroupId="id"),
        "ReplicationGroups[0]",
        Op("delete_replication_group", ReplicationGroupId="id"),
        renamed={
            "description": "ReplicationGroupDescription",
            "nodeType": "CacheNodeType",
            "numCacheClusters": "NumCacheClusters",
            "parameterGroupName": "CacheParameterGroupName",
            "subnetGroupName": "CacheSubnetGroupName",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "multiAzEnabled": "MultiAZEnabled",
            "automaticFailoverEnabled": "AutomaticFailoverEnabled",
        },
        silent=frozenset({"applyImmediately", "finalSnapshotIdentifier"}),
        outputs={
            "arn": "ARN",
            "primaryEndpointAddress": "NodeGroups[0].PrimaryEndpoint.Address",
            "readerEndpointAddress": "NodeGroups[0].ReaderEndpoint.Address",
        },
    ),
}
