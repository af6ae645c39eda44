"""Certificates, and records and health checks of Route 53."""

from __future__ import annotations

from typing import Any

from .account import Refused
from .kind import Asked, Called, Kind, Op, Outputs, Written, once_missing


def _proofs(found: dict[str, Any]) -> list[dict[str, str]]:
    """What has to be in the DNS; one record for a name and its wildcard."""
    return [
        {
            "domainName": each["DomainName"],
            "resourceRecordName": each["ResourceRecord"]["Name"],
            "resourceRecordType": each["ResourceRecord"]["Type"],
            "resourceRecordValue": each["ResourceRecord"]["Value"],
        }
        for each in found.get("DomainValidationOptions", [])
        if "ResourceRecord" in each
    ]


def _request(asked: Asked) -> str:
    others = asked.inputs.get("subjectAlternativeNames") or []
    names = {"SubjectAlternativeNames": others} if others else {}
    answer = asked.call(
        "acm",
        "request_certificate",
        DomainName=asked.inputs["domainName"],
        ValidationMethod=asked.inputs.get("validationMethod", "DNS"),
        **names,
    )
    asked.id = answer["CertificateArn"]
    return asked.id


def _read_certificate(asked: Asked) -> Outputs | None:
    answer: Any = once_missing(lambda: asked.call("acm", "describe_certificate", CertificateArn=asked.id))
    if not answer:
        return None
    found = answer["Certificate"]
    return {"arn": asked.id, "domainValidationOptions": _proofs(found)}


def _delete_certificate(asked: Asked) -> None:
    once_missing(lambda: asked.call("acm", "delete_certificate", CertificateArn=asked.id))


def _validated(asked: Asked) -> str:
    """ACM issues it once the record that it asks for is there, which is looked up among what is to be waited for."""
    arn = asked.inputs["certificateArn"]
    found = asked.call("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    wanted = {proof["resourceRecordName"].rstrip(".") for proof in _proofs(found)}
    given = {name.rstrip(".") for name in asked.inputs.get("validationRecordFqdns") or []}
    if given and wanted - given:
        raise Refused("Timeout", f"{arn} is not issued: there is no record {', '.join(sorted(wanted - given))}")
    return "2026-01-01 00:00:00 +0000 UTC"


def _read_validation(asked: Asked) -> Outputs | None:
    arn = asked.inputs["certificateArn"]
    return once_missing(lambda: asked.call("acm", "describe_certificate", CertificateArn=arn)) and {}


# Records are their zone's


def _record(asked: Asked) -> dict[str, Any]:
    given = asked.inputs
    record: dict[str, Any] = {"Name": given["name"], "Type": given["type"]}
    if given.get("records"):
        record |= {"TTL": int(given["ttl"]), "ResourceRecords": [{"Value": value} for value in given["records"]]}
    for alias in given.get("aliases") or []:
        record["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    names = {"setIdentifier": "SetIdentifier", "healthCheckId": "HealthCheckId"}
    record |= {names[name]: given[name] for name in names if given.get(name)}
    for policy in given.get("failoverRoutingPolicies") or []:
        record["Failover"] = policy["type"]
    for policy in given.get("weightedRoutingPolicies") or []:
        record["Weight"] = int(policy["weight"])
    return record


def _change(asked: Asked, action: str) -> None:
    zone, change = asked.inputs["zoneId"], {"Action": action, "ResourceRecordSet": _record(asked)}
    asked.call("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch={"Changes": [change]})


def _create_record(asked: Asked) -> str:
    check = asked.inputs.get("healthCheckId")
    if check:  # moto takes any
        asked.call("route53", "get_health_check", HealthCheckId=check)
    _change(asked, "UPSERT" if asked.inputs.get("allowOverwrite") else "CREATE")
    words = (asked.inputs["zoneId"], asked.inputs["name"].rstrip("."), asked.inputs["type"])
    return "_".join([*words, *([asked.inputs["setIdentifier"]] if asked.inputs.get("setIdentifier") else [])])


def _read_record(asked: Asked) -> Outputs | None:
    given = asked.inputs
    find = {"HostedZoneId": given["zoneId"], "StartRecordName": given["name"], "StartRecordType": given["type"]}
    answer: Any = once_missing(lambda: asked.call("route53", "list_resource_record_sets", **find))
    wanted = (given["name"].rstrip("."), given["type"], given.get("setIdentifier"))
    for found in answer["ResourceRecordSets"] if answer else []:
        if (found["Name"].rstrip("."), found["Type"], found.get("SetIdentifier")) == wanted:
            outputs: Outputs = {"fqdn": given["name"].rstrip(".")}
            values = [each["Value"] for each in found.get("ResourceRecords", [])]
            if values and sorted(values) != sorted(given.get("records") or []):
                outputs["records"] = values
            return outputs
    return None


def _change_record(asked: Asked, _: frozenset[str]) -> None:
    _change(asked, "UPSERT")


def _delete_record(asked: Asked) -> None:
    if _read_record(asked) is not None:
        _change(asked, "DELETE")


_CHECK = {"fqdn": "FullyQualifiedDomainName", "ipAddress": "IPAddress", "enableSni": "EnableSNI"}


KINDS: dict[str, Kind] = {
    "aws:acm/certificate:Certificate": Written("acm", _request, _read_certificate, _delete_certificate),
    "aws:acm/certificateValidation:CertificateValidation": Written(
        "acm", _validated, _read_validation, lambda _: None, tagged=False
    ),
    "aws:route53/record:Record": Written(
        "route53", _create_record, _read_record, _delete_record, _change_record, tagged=False
    ),
    "aws:route53/healthCheck:HealthCheck": Called(
        "route53",
        Op("create_health_check", CallerReference="unique"),
        "answer.HealthCheck.Id",
        Op("get_health_check", HealthCheckId="id"),
        "HealthCheck",
        Op("delete_health_check", HealthCheckId="id"),
        Op("update_health_check", HealthCheckId="id"),
        renamed=_CHECK,
        within="healthCheckConfig",
        outputs={"arn": "join('', ['arn:aws:route53:::healthcheck/', Id])"},
    ),
}
