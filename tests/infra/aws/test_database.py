"""The MySQL server, as AWS is asked for it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record

from archive_platform.aws.database import Database
from archive_platform.aws.network import Network
from archive_platform.config.aws import DatabaseSettings, NetworkSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
INSTANCE, GROUP = "aws:rds/instance:Instance", "aws:rds/parameterGroup:ParameterGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOGS = "aws:cloudwatch/logGroup:LogGroup"


def database(**settings: Any) -> Recorded:
    def program() -> None:
        network = Network("net", NetworkSettings(zones=("a", "c")), key_arn=KEY)
        made = Database("db", DatabaseSettings(**settings), network=network, key_arn=KEY)
        made.let_in("servers", "sg-servers")

    return record(program, Answers())


def instance(**settings: Any) -> dict[str, Any]:
    return database(**settings).one(INSTANCE, "db").inputs


def test_what_is_stored_is_encrypted_under_the_stacks_key() -> None:
    inputs = instance()
    assert (inputs["storageEncrypted"], inputs["kmsKeyId"]) == (True, KEY)
    assert inputs["masterUserSecretKmsKeyId"] == KEY
    assert (inputs["performanceInsightsEnabled"], inputs["performanceInsightsKmsKeyId"]) == (True, KEY)
    logs = [each.inputs for each in database().of(LOGS) if each.name.startswith("db-")]
    assert {each["kmsKeyId"] for each in logs} == {KEY}


def test_nobody_chooses_or_knows_the_administrators_password() -> None:
    inputs = instance()
    assert inputs["manageMasterUserPassword"] is True
    assert "password" not in inputs


def test_only_who_was_let_in_connects_and_over_tls_alone() -> None:
    made = database()
    inputs = made.one(INSTANCE).inputs
    assert inputs["publiclyAccessible"] is False
    assert inputs["vpcSecurityGroupIds"] == ["db-id"]
    rule = made.one(INGRESS).inputs
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("db-id", "sg-servers")
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (3306, 3306, "tcp")
    subnets = made.one("aws:rds/subnetGroup:SubnetGroup").inputs
    assert subnets["subnetIds"] == ["net-database-a-id", "net-database-c-id"]
    assert parameters(made)["require_secure_transport"] == "1"
    assert parameters(made)["tls_version"] == "TLSv1.2,TLSv1.3"


def parameters(made: Recorded) -> dict[str, str]:
    return {each["name"]: each["value"] for each in made.one(GROUP).inputs["parameters"]}


def test_korean_text_is_kept_and_found() -> None:
    found = parameters(database())
    assert found["character_set_server"] == "utf8mb4"
    assert found["innodb_ft_enable_stopword"] == "0"


def test_an_upgrade_finds_its_parameters_there() -> None:
    made = database(version="9.7.1")
    group = made.one(GROUP)
    assert (group.name, group.inputs["family"]) == ("db-mysql9-7", "mysql9.7")
    server = made.one(INSTANCE)
    assert server.inputs["engineVersion"] == "9.7.1"
    assert server.inputs["allowMajorVersionUpgrade"] is True
    assert group.urn in server.wire.dependencies
    assert database().one(GROUP).name == "db-mysql8-4"  # another resource: it goes when nothing uses it any more


@pytest.mark.parametrize("protect", [True, False])
def test_what_nobody_has_a_second_copy_of_is_not_lost(protect: bool) -> None:
    server = database(protect=protect, backup_days=20).one(INSTANCE)
    inputs = server.inputs
    assert inputs["deletionProtection"] is server.wire.protect is protect
    assert inputs["skipFinalSnapshot"] is inputs["deleteAutomatedBackups"] is not protect
    assert ("finalSnapshotIdentifier" in inputs) is protect
    if protect:
        assert inputs["finalSnapshotIdentifier"] == f"{inputs['identifier']}-final"
    assert inputs["backupRetentionPeriod"] == 20
    assert inputs["copyTagsToSnapshot"] is True


@pytest.mark.parametrize(("multi_zone", "kind"), [(True, "db.m7g.large"), (False, "db.t4g.medium")])
def test_it_is_as_large_and_available_as_it_is_set(multi_zone: bool, kind: str) -> None:
    inputs = instance(multi_zone=multi_zone, instance_class=kind, storage_gb=50, storage_limit_gb=500)
    assert (inputs["multiAz"], inputs["instanceClass"]) == (multi_zone, kind)
    assert (inputs["allocatedStorage"], inputs["maxAllocatedStorage"], inputs["storageType"]) == (50, 500, "gp3")


def test_it_tells_how_it_is() -> None:
    made = database()
    server = made.one(INSTANCE)
    inputs = server.inputs
    assert inputs["enabledCloudwatchLogsExports"] == ["error", "slowquery"]
    assert inputs["monitoringInterval"] == 60
    watcher = made.one("aws:iam/role:Role", "db-watch")
    assert inputs["monitoringRoleArn"].endswith(":db-watch")
    assert "monitoring.rds.amazonaws.com" in watcher.inputs["assumeRolePolicy"]
    logs = [each for each in made.of(LOGS) if each.name.startswith("db-")]
    names = {each.inputs["name"] for each in logs}
    assert names == {f"/aws/rds/instance/{inputs['identifier']}/{log}" for log in ("error", "slowquery")}
    assert {each.inputs["retentionInDays"] for each in logs} == {365}
    assert {each.urn for each in logs} <= set(server.wire.dependencies)


@pytest.mark.parametrize("kind", ["db.t4g.micro", "db.t4g.small"])
def test_what_is_too_small_for_insights_goes_without(kind: str) -> None:
    inputs = instance(instance_class=kind)
    assert inputs["performanceInsightsEnabled"] is False
    assert "performanceInsightsKmsKeyId" not in inputs


def test_a_replica_answers_reads_where_it_is_wanted() -> None:
    assert len(database().of(INSTANCE)) == 1
    made = database(replica=True)
    replica = made.one(INSTANCE, "db-replica").inputs
    assert replica["replicateSourceDb"] == made.one(INSTANCE, "db").inputs["identifier"]
    assert (replica["publiclyAccessible"], replica["storageEncrypted"]) == (False, True)
    assert replica["vpcSecurityGroupIds"] == ["db-id"]
    assert "backupRetentionPeriod" not in replica


def test_no_secret_is_in_a_name() -> None:
    """The name is drawn as a secret is, and is none."""
    made = database()
    wire = made.one(INSTANCE).wire.object
    assert isinstance(wire["identifier"], str)
    assert "canary" not in wire["identifier"]


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    made = database(replica=True)
    components = {each.urn for each in made if each.type.startswith("archive:aws:")}
    assert all(each.parent in components for each in made if each.type.startswith("aws:"))
    (whole,) = made.of("archive:aws:Database")
    assert made.outputs[whole.urn] == {"host": "db.abc.ap-northeast-2.rds.amazonaws.com", "port": 3306}
