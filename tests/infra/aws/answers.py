"""AWS's answers to a recorded program: names and numbers that are made up, in the form that AWS gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi.runtime import mocks
from tests.engine.providers.aws.inputs import problems
from tests.infra.recorded import plain

REGION, ACCOUNT = "ap-northeast-2", "123456789012"
CALLS: dict[str, dict[str, Any]] = {
    "aws:index/getRegion:getRegion": {"region": REGION, "name": REGION, "id": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
    "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:ssm/getParameter:getParameter": {"value": "ami-0123456789abcdef0", "id": "image"},
}


def _proof(state: dict[str, Any]) -> dict[str, Any]:
    option = {
        "domainName": state["domainName"],
        "resourceRecordName": f"_proof.{state['domainName']}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_proof.acm-validations.aws.",
    }
    return {"domainValidationOptions": [option]}


COMPUTED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "aws:acm/certificate:Certificate": _proof,
    "aws:cloudfront/distribution:Distribution": lambda state: {
        "domainName": f"{state['name']}.cloudfront.net",
        "hostedZoneId": "Z2FDTNDATAQYW2",
    },
    "aws:ec2/vpc:Vpc": lambda state: (
        {"ipv6CidrBlock": "2406:da12:0:1200::/56"} if state.get("assignGeneratedIpv6CidrBlock") else {}
    ),
    "aws:lb/loadBalancer:LoadBalancer": lambda state: {
        "dnsName": f"{state['name']}.{REGION}.elb.amazonaws.com",
        "zoneId": "ZWKZPGTI48KDX",
    },
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _: {"latestVersion": 3},
    "aws:ssm/parameter:Parameter": lambda _: {"version": 7},
    "aws:ec2/vpnConnection:VpnConnection": lambda _: {
        "tunnel1Address": "203.0.114.1",
        "tunnel2Address": "203.0.114.2",
        "tunnel1InsideCidr": "169.254.10.0/30",
        "tunnel2InsideCidr": "169.254.10.4/30",
    },
    "aws:rds/instance:Instance": lambda state: {
        "address": f"{state['name']}.abc.{REGION}.rds.amazonaws.com",
        "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!{state['name']}"}],
    },
    "aws:s3/bucket:Bucket": lambda state: {"bucketRegionalDomainName": f"{state['name']}.s3.{REGION}.amazonaws.com"},
    "aws:route53/record:Record": lambda state: {"fqdn": state["name"].rstrip(".")},
}


class Answers(mocks.Mocks):
    """Every resource is made at once, if its inputs are what the SDK's types say.

    What AWS would compute is the resource's name in a plausible form.
    """

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = plain(args.inputs)
        wrong = problems(args.typ, inputs) if args.typ.startswith("aws:") else []
        assert not wrong, f"{args.name} ({args.typ}): {wrong}"
        service = args.typ.split(":")[1].split("/")[0]
        state = {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{args.name}", "name": args.name, **inputs}
        if "bytes" in inputs:  # archive_platform.generated
            state["value"] = f"canary-{args.name[-1]}"
        return f"{args.name}-id", {**COMPUTED.get(args.typ, dict)(state), **state}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        return CALLS[args.token]
