"""RDS for MySQL: encrypted, private, backed up, and with nobody's password in the program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from archive_platform.policy.expect import (
    Accept,
    absent,
    at_least,
    equal,
    holds,
    is_number,
    must,
    objects,
    present,
    shown,
    together,
    unless,
)
from archive_platform.policy.model import UNKNOWN, Check, Finding, Policy, References, Resource, Stack

INSTANCE, PARAMETERS = "aws:rds/instance:Instance", "aws:rds/parameterGroup:ParameterGroup"
COMPONENT = "Make it with archive_platform.aws.database.Database"
SOURCE = "replicateSourceDb"  # a replica takes over what it does not say
PROD_BACKUP_DAYS = 7
OLDEST = (8, 4)
OLD_TLS = frozenset({"TLSv1", "TLSv1.0", "TLSv1.1"})
TOO_SMALL = (".micro", ".small")  # for Performance Insights (RDS User Guide)
COMMON_NAMES = ("admin", "root", "awsuser", "postgres")


def _parameters(resource: Resource) -> Mapping[str, Any] | None:
    """Of a MySQL parameter group; None of any other, or one that is not known."""
    if not str(resource.at("family")).startswith("mysql") or resource.at("parameters") is UNKNOWN:
        return None
    return {str(each.get("name")): each.get("value") for each in objects(resource.each("parameters"))}


def _parameter(name: str, accept: Accept, what: str) -> Check:
    def check(resource: Resource) -> Iterator[Finding]:
        parameters = _parameters(resource)
        if parameters is not None and not accept(parameters.get(name)) and parameters.get(name) is not UNKNOWN:
            yield Finding(f"parameters: {name}", shown(parameters.get(name)), what)

    return check


def _no_old_tls(value: Any) -> bool:
    return value is not None and not OLD_TLS & set(str(value).split(","))


def _supported(value: Any) -> bool:
    found = re.match(r"([0-9]+)\.([0-9]+)", str(value))
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def _of_mysql(check: Check) -> Check:
    return lambda resource: check(resource) if resource.at("engine") == "mysql" else []


def _own_parameters(stack: Stack) -> Iterator[Finding]:
    """One that the stack makes; a name that is written down may be AWS' default, which lets anybody in without TLS."""
    for server in stack.of(INSTANCE):
        if not any(group.type == PARAMETERS for group in stack.linked(server, "parameterGroupName")):
            is_ = shown(server.at("parameterGroupName"))
            yield Finding("parameterGroupName", is_, "be a ParameterGroup of this stack", server)


def _grows(resource: Resource) -> Iterator[Finding]:
    size, limit = resource.at("allocatedStorage"), resource.at("maxAllocatedStorage")
    if UNKNOWN not in (size, limit) and (not is_number(limit) or (is_number(size) and limit <= size)):
        yield Finding("maxAllocatedStorage", shown(limit), "be more than allocatedStorage")


def _insights(resource: Resource) -> Iterator[Finding]:
    if not str(resource.at("instanceClass")).endswith(TOO_SMALL):
        yield from together(equal("performanceInsightsEnabled", True), present("performanceInsightsKmsKeyId"))(resource)


def _protected(resource: Resource) -> Iterator[Finding]:
    yield from equal("deletionProtection", True)(resource)
    if resource.at("skipFinalSnapshot") is True:
        yield Finding("skipFinalSnapshot", "true", "be false")
    if not resource.protected:
        yield Finding("protect (option)", "false", "be true, so that pulumi destroy stops before it")


def _policy(name: str, demands: str, why: str, references: References, check: Check, **more: Any) -> Policy:
    return Policy(name, demands, why, more.pop("mend", COMPONENT), references, (INSTANCE,), check, **more)


POLICIES = (
    _policy(
        "database-encrypted",
        "A database's disk, logs and snapshots are encrypted under the stack's own key",
        "a copied snapshot would show every member's data",
        References(("2.3.1",), ("RDS.3",), ("CKV_AWS_16",)),
        together(equal("storageEncrypted", True), unless(SOURCE, present("kmsKeyId"))),
    ),
    _policy(
        "database-private",
        "A database has no public address",
        "the whole internet could try passwords on it",
        References(("2.3.3",), ("RDS.2",), ("CKV_AWS_17",)),
        equal("publiclyAccessible", False),
    ),
    _policy(
        "database-multi-zone",
        "A database of prod has a second server in another zone",
        "the community would be down as long as its zone is",
        References((), ("RDS.5",), ("CKV_AWS_157",)),
        unless(SOURCE, equal("multiAz", True)),
        mend="Set archive:database.multiZone to true",
        prod=True,
    ),
    _policy(
        "database-backed-up",
        "A database can be brought back to any second of the last day",
        "what a mistake deletes would be gone",
        References((), (), ("CKV_AWS_133",)),
        unless(SOURCE, at_least("backupRetentionPeriod", 1)),
        mend="Set archive:database.backupDays",
    ),
    _policy(
        "database-backed-up-for-a-week",
        f"A database of prod can be brought back to any second of {PROD_BACKUP_DAYS} days",
        "a mistake of Friday is noticed on Monday",
        References((), ("RDS.11",), ("CKV_AWS_133",)),
        unless(SOURCE, at_least("backupRetentionPeriod", PROD_BACKUP_DAYS)),
        mend=f"Set archive:database.backupDays to {PROD_BACKUP_DAYS} or more",
        prod=True,
    ),
    _policy(
        "database-deletion-protected",
        "A database of prod cannot be deleted by mistake, and leaves a snapshot when it is deleted at last",
        "one wrong command would take everything that members wrote",
        References((), ("RDS.8",), ("CKV_AWS_293",)),
        unless(SOURCE, _protected),
        mend="Set archive:database.protect to true",
        prod=True,
    ),
    _policy(
        "database-password-managed",
        "AWS makes a database's password and changes it; no program knows it",
        "it would stand in the state, in logs and in somebody's shell",
        References(),
        together(absent("password"), unless(SOURCE, equal("manageMasterUserPassword", True))),
    ),
    _policy(
        "database-logs-exported",
        "A database's errors and slow queries go to CloudWatch Logs",
        "nobody could find out later what happened",
        References((), ("RDS.9",), ("CKV_AWS_129",)),
        _of_mysql(holds("enabledCloudwatchLogsExports", "error", "slowquery")),
    ),
    _policy(
        "database-patched",
        "A database takes MySQL's patches by itself",
        "known holes would stay open",
        References(("2.3.2",), ("RDS.13",), ("CKV_AWS_226",)),
        equal("autoMinorVersionUpgrade", True),
    ),
    _policy(
        "database-iam-authentication",
        "A database lets operators in with a role of IAM's",
        "they would share a password that nobody ever changes",
        References((), ("RDS.10",), ("CKV_AWS_161",)),
        equal("iamDatabaseAuthenticationEnabled", True),
    ),
    _policy(
        "database-snapshots-tagged",
        "A database's snapshots carry its tags",
        "nobody would know whose they are, or dare to delete them",
        References((), ("RDS.17",), ("CKV2_AWS_60",)),
        equal("copyTagsToSnapshot", True),
    ),
    _policy(
        "database-watched",
        "A database tells of its processes, memory and disk each minute",
        "alarms would come late, and say little",
        References((), ("RDS.6",), ("CKV_AWS_118",)),
        at_least("monitoringInterval", 1),
    ),
    _policy(
        "database-insights",
        "A database that is large enough records which queries take its time, encrypted under the stack's own key",
        "a slow page could not be led back to its query",
        References((), (), ("CKV_AWS_353", "CKV_AWS_354")),
        unless(SOURCE, _insights),
    ),
    _policy(
        "database-administrator-named",
        "A database's administrator has no name that everybody tries first",
        "half of what an attacker has to guess would be known",
        References((), ("RDS.25",)),
        unless(SOURCE, must("username", lambda value: value not in (None, *COMMON_NAMES), "be a name of your own")),
    ),
    _policy(
        "database-supported",
        "A database runs a version of MySQL that still gets security fixes",
        "holes that everybody knows would stay open",
        References(),
        _of_mysql(must("engineVersion", _supported, f"be {OLDEST[0]}.{OLDEST[1]} or newer")),
        mend="Set archive:database.version",
    ),
    _policy(
        "database-grows",
        "A database's disk grows by itself",
        "the community would stop on the day that it is full",
        References(),
        unless(SOURCE, _grows),
        mend="Set archive:database.storageLimitGb to more than storageGb",
    ),
    Policy(
        "database-own-parameters",
        "A database has the parameter group of this stack",
        "AWS' own lets anybody in without TLS",
        COMPONENT,
        References((), ("RDS.39",), ("CKV2_AWS_69",)),
        (INSTANCE, PARAMETERS),
        whole=_own_parameters,
    ),
    Policy(
        "database-tls-enforced",
        "A database lets nobody in without TLS",
        "passwords and members' data could be read on their way",
        COMPONENT,
        References((), ("RDS.39",), ("CKV2_AWS_69",)),
        (PARAMETERS,),
        check=_parameter("require_secure_transport", lambda value: value in ("1", "ON", "on"), "be 1"),
    ),
    Policy(
        "database-tls-version",
        "A database speaks TLS 1.2 and 1.3 alone",
        "older versions are broken",
        COMPONENT,
        References(),
        (PARAMETERS,),
        check=_parameter("tls_version", _no_old_tls, "be TLSv1.2,TLSv1.3"),
    ),
    Policy(
        "database-korean-text",
        "A database keeps every character, and finds Korean words",
        "names would turn into question marks, and the search index would drop tokens",
        COMPONENT,
        References(),
        (PARAMETERS,),
        check=together(
            _parameter("character_set_server", lambda value: value == "utf8mb4", "be utf8mb4"),
            _parameter("innodb_ft_enable_stopword", lambda value: value in ("0", "OFF"), "be 0"),
        ),
    ),
)
