"""What AWS computes when a resource is made: numbers and names in the form that AWS gives them.

They follow from the resource's URN and inputs alone, so that a resource that is made again is the same, and nothing is
kept between two runs of the plugin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

ACCOUNT, PARTITION = "123456789012", "aws"
Inputs: TypeAlias = Mapping[str, Any]


class Made:
    """One resource in the making."""

    def __init__(self, urn: str, inputs: Inputs, region: str) -> None:
        self.type, self.name = urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]
        self.inputs = inputs
        self.region = region
        self._hash = hashlib.sha256(urn.encode()).hexdigest()

    def number(self, prefix: str) -> str:
        """As in vpc-0a1b2c3d4e5f60718."""
        return f"{prefix}-0{self._hash[:16]}"

    def named(self) -> str:
        """The physical name: the given one, or the logical one with the suffix of Pulumi's auto-naming."""
        return str(self.inputs.get("name") or f"{self.name}-{self._hash[:7]}")

    def arn(self, service: str, rest: str, *, region: bool = True, account: bool = True) -> str:
        place = self.region if region else ""
        return f"arn:{PARTITION}:{service}:{place}:{ACCOUNT if account else ''}:{rest}"


def _plain(prefix: str, service: str = "ec2", kind: str | None = None) -> Callable[[Made], dict[str, Any]]:
    """A resource of EC2 that is known by its number."""

    def make(made: Made) -> dict[str, Any]:
        number = made.number(prefix)
        return {"id": number, "arn": made.arn(service, f"{kind or prefix}/{number}")}

    return make


def _association(prefix: str) -> Callable[[Made], dict[str, Any]]:
    return lambda made: {"id": made.number(prefix)}


def _of_bucket(made: Made) -> dict[str, Any]:
    return {"id": str(made.inputs["bucket"])}


def _vpc(made: Made) -> dict[str, Any]:
    block = {"ipv6CidrBlock": "2406:da12:0:1200::/56"} if made.inputs.get("assignGeneratedIpv6CidrBlock") else {}
    return {**_plain("vpc")(made), **block, "ownerId": ACCOUNT}


def _key(made: Made) -> dict[str, Any]:
    number = made.number("key")
    return {"id": number, "keyId": number, "arn": made.arn("kms", f"key/{number}")}


def _role(made: Made) -> dict[str, Any]:
    name = made.named()
    return {"id": name, "name": name, "arn": made.arn("iam", f"role/{name}", region=False)}


def _log_group(made: Made) -> dict[str, Any]:
    name = made.named()
    return {"id": name, "name": name, "arn": made.arn("logs", f"log-group:{name}")}


def _bucket(made: Made) -> dict[str, Any]:
    name = str(made.inputs.get("bucket") or made.named())
    arn = made.arn("s3", name, region=False, account=False)
    return {"id": name, "bucket": name, "arn": arn, "bucketDomainName": f"{name}.s3.amazonaws.com"}


def _certificate(made: Made) -> dict[str, Any]:
    arn = made.arn("acm", f"certificate/{made.number('c')}")
    domain = made.inputs["domainName"]
    proof = {
        "domainName": domain,
        "resourceRecordName": f"_proof.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_proof.acm-validations.aws.",
    }
    return {"id": arn, "arn": arn, "domainValidationOptions": [proof]}


def _record(made: Made) -> dict[str, Any]:
    name = str(made.inputs["name"]).rstrip(".")
    words = (made.inputs["zoneId"], name, made.inputs["type"], made.inputs.get("setIdentifier"))
    return {"id": "_".join(str(word) for word in words if word), "fqdn": name}


def _balancer(made: Made) -> dict[str, Any]:
    name = made.named()
    arn = made.arn("elasticloadbalancing", f"loadbalancer/app/{name}/{made.number('')[2:]}")
    computed = {"dnsName": f"{name}.{made.region}.elb.amazonaws.com", "zoneId": "ZWKZPGTI48KDX"}
    return {"id": arn, "arn": arn, "arnSuffix": arn.partition("loadbalancer/")[2], "name": name, **computed}


def _of_balancer(kind: str) -> Callable[[Made], dict[str, Any]]:
    def make(made: Made) -> dict[str, Any]:
        suffix = f"{kind}/{made.named()}/{made.number('')[2:]}"
        arn = made.arn("elasticloadbalancing", suffix)
        return {"id": arn, "arn": arn, "arnSuffix": suffix, "name": made.named()}

    return make


def _database(made: Made) -> dict[str, Any]:
    identifier = str(made.inputs.get("identifier") or made.named())
    secret = made.arn("secretsmanager", f"secret:rds!db-{made.number('')[2:]}")
    return {
        "id": made.number("db"),
        "identifier": identifier,
        "arn": made.arn("rds", f"db:{identifier}"),
        "address": f"{identifier}.abc.{made.region}.rds.amazonaws.com",
        "port": 3306,
        "masterUserSecrets": [{"secretArn": secret}] if made.inputs.get("manageMasterUserPassword") else [],
    }


def _called(service: str, kind: str) -> Callable[[Made], dict[str, Any]]:
    """A resource that is known by its name."""

    def make(made: Made) -> dict[str, Any]:
        name = made.named()
        return {"id": name, "name": name, "arn": made.arn(service, f"{kind}{name}")}

    return make


def _topic(made: Made) -> dict[str, Any]:
    arn = made.arn("sns", made.named())
    return {"id": arn, "arn": arn, "name": made.named()}


def _connection(made: Made) -> dict[str, Any]:
    computed: dict[str, Any] = {"id": made.number("vpn")}
    for tunnel in (1, 2):
        computed[f"tunnel{tunnel}Address"] = f"203.0.114.{tunnel}"
        computed[f"tunnel{tunnel}InsideCidr"] = f"169.254.{tunnel}0.0/30"
    return computed


RESOURCES: dict[str, Callable[[Made], dict[str, Any]]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:acm/certificateValidation:CertificateValidation": lambda _: {"id": "2026-01-01 00:00:00 +0000 UTC"},
    "aws:budgets/budget:Budget": _called("budgets", "budget/"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _called("chatbot", "chat-configuration/"),
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _called("cloudwatch", "alarm:"),
    "aws:ec2/customerGateway:CustomerGateway": _plain("cgw", kind="customer-gateway"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _plain("sg", kind="security-group"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": _association("eigw"),
    "aws:ec2/eip:Eip": _plain("eipalloc", kind="elastic-ip"),
    "aws:ec2/flowLog:FlowLog": _plain("fl", kind="vpc-flow-log"),
    "aws:ec2/internetGateway:InternetGateway": _plain("igw", kind="internet-gateway"),
    "aws:ec2/natGateway:NatGateway": _association("nat"),
    "aws:ec2/route:Route": _association("r"),
    "aws:ec2/routeTable:RouteTable": _plain("rtb", kind="route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _association("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": _plain("sg", kind="security-group"),
    "aws:ec2/subnet:Subnet": _plain("subnet"),
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _plain("vpce", kind="vpc-endpoint"),
    "aws:ec2/vpnConnection:VpnConnection": _connection,
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": _association("route"),
    "aws:ec2/vpnGateway:VpnGateway": _plain("vgw", kind="vpn-gateway"),
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": _association("propagation"),
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": lambda made: {"id": f"{made.inputs['role']}:{made.named()}", "name": made.named()},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda made: {"id": f"{made.inputs['role']}-{made.named()}"},
    "aws:kms/key:Key": _key,
    "aws:lb/listener:Listener": _of_balancer("listener/app"),
    "aws:lb/listenerRule:ListenerRule": _of_balancer("listener-rule/app"),
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:lb/targetGroup:TargetGroup": _of_balancer("targetgroup"),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": _association("target"),
    "aws:rds/instance:Instance": _database,
    "aws:rds/parameterGroup:ParameterGroup": _called("rds", "pg:"),
    "aws:rds/subnetGroup:SubnetGroup": _called("rds", "subgrp:"),
    "aws:route53/healthCheck:HealthCheck": _association("check"),
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": _of_bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket,
    "aws:s3/bucketLogging:BucketLogging": _of_bucket,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of_bucket,
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket,
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": lambda made: {"id": str(made.inputs["arn"])},
    "aws:sns/topicSubscription:TopicSubscription": _association("subscription"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _association("sgr"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _association("sgr"),
    "aws:wafv2/webAcl:WebAcl": _called("wafv2", "regional/webacl/"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": _association("association"),
}
"""How each type is made. One that is not here is refused: its outputs would be guesses."""

# What cannot be changed once it is there (the resources' pages in the Terraform AWS provider: "Forces new resource")
REPLACES: dict[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": frozenset({"domainName", "subjectAlternativeNames", "validationMethod"}),
    "aws:acm/certificateValidation:CertificateValidation": frozenset({"certificateArn", "validationRecordFqdns"}),
    "aws:ec2/customerGateway:CustomerGateway": frozenset({"bgpAsn", "ipAddress", "type"}),
    "aws:ec2/vpnConnection:VpnConnection": frozenset({"staticRoutesOnly", "type"}),
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": frozenset({"destinationCidrBlock", "vpnConnectionId"}),
    "aws:lb/listener:Listener": frozenset({"loadBalancerArn"}),
    "aws:lb/listenerRule:ListenerRule": frozenset({"listenerArn"}),
    "aws:lb/loadBalancer:LoadBalancer": frozenset({"internal", "loadBalancerType", "name"}),
    "aws:lb/targetGroup:TargetGroup": frozenset({"name", "port", "protocol", "targetType", "vpcId"}),
    "aws:rds/instance:Instance": frozenset({"engine", "kmsKeyId", "storageEncrypted", "username"}),
    "aws:rds/parameterGroup:ParameterGroup": frozenset({"family", "name", "description"}),
    "aws:route53/record:Record": frozenset({"name", "type", "zoneId", "setIdentifier"}),
    "aws:sns/topic:Topic": frozenset({"name", "fifoTopic"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"name", "namePrefix"}),
    "aws:ec2/flowLog:FlowLog": frozenset(
        {
            "vpcId",
            "subnetId",
            "trafficType",
            "logDestination",
            "logDestinationType",
            "iamRoleArn",
            "maxAggregationInterval",
        }
    ),
    "aws:ec2/natGateway:NatGateway": frozenset({"allocationId", "subnetId"}),
    "aws:ec2/route:Route": frozenset({"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock"}),
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"name", "description", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock", "ipv4IpamPoolId"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
    "aws:iam/role:Role": frozenset({"name", "path"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    **{
        f"aws:s3/{name}:{name[0].upper()}{name[1:]}": frozenset({"bucket"})
        for name in (
            "bucketCorsConfiguration",
            "bucketLifecycleConfiguration",
            "bucketLogging",
            "bucketOwnershipControls",
            "bucketPolicy",
            "bucketPublicAccessBlock",
            "bucketServerSideEncryptionConfiguration",
            "bucketVersioning",
        )
    },
}


def functions(region: str) -> dict[str, dict[str, Any]]:
    """What each function answers."""
    return {
        "aws:index/getCallerIdentity:getCallerIdentity": {
            "accountId": ACCOUNT,
            "arn": f"arn:{PARTITION}:iam::{ACCOUNT}:user/operator",
            "id": ACCOUNT,
            "userId": "AIDAEXAMPLE",
        },
        "aws:index/getPartition:getPartition": {"partition": PARTITION, "dnsSuffix": "amazonaws.com", "id": PARTITION},
        "aws:index/getRegion:getRegion": {"region": region, "name": region, "id": region},
    }
