"""What AWS computes when a resource is made, for each type of resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .made import ACCOUNT, Made, association, called, plain


def _of_bucket(made: Made) -> dict[str, Any]:
    return {"id": str(made.inputs["bucket"])}


def _vpc(made: Made) -> dict[str, Any]:
    block = {"ipv6CidrBlock": "2406:da12:0:1200::/56"} if made.inputs.get("assignGeneratedIpv6CidrBlock") else {}
    return {**plain("vpc")(made), **block, "ownerId": ACCOUNT}


def _key(made: Made) -> dict[str, Any]:
    number = made.number("key")
    return {"id": number, "keyId": number, "arn": made.arn("kms", f"key/{number}")}


def _role(made: Made) -> dict[str, Any]:
    path, name = str(made.inputs.get("path") or "/"), made.named()
    return {"id": name, "name": name, "arn": made.arn("iam", f"role{path}{name}", region=False)}


def _log_group(made: Made) -> dict[str, Any]:
    name = made.named()
    return {"id": name, "name": name, "arn": made.arn("logs", f"log-group:{name}")}


def _log_delivery(made: Made) -> dict[str, Any]:
    return {"id": made.hash[:16], "arn": made.arn("logs", f"delivery:{made.hash[:16]}")}


def _bucket(made: Made) -> dict[str, Any]:
    name = str(made.inputs["bucket"])
    arn = made.arn("s3", name, region=False, account=False)
    return {
        "id": name,
        "bucket": name,
        "arn": arn,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{made.region}.amazonaws.com",
    }


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


def _group(made: Made) -> dict[str, Any]:
    suffix = f"targetgroup/{made.named()}/{made.number('')[2:]}"
    arn = made.arn("elasticloadbalancing", suffix)
    return {"id": arn, "arn": arn, "arnSuffix": suffix, "name": made.named()}


def _of_balancer(kind: str, of: str) -> Callable[[Made], dict[str, Any]]:
    def make(made: Made) -> dict[str, Any]:
        above = str(made.inputs[of]).partition("/")[2]
        arn = made.arn("elasticloadbalancing", f"{kind}/{above}/{made.number('')[2:]}")
        return {"id": arn, "arn": arn}

    return make


def _database(made: Made) -> dict[str, Any]:
    identifier = str(made.inputs.get("identifier") or f"terraform-{made.number('')[2:]}")
    secret = made.arn("secretsmanager", f"secret:rds!db-{made.number('')[2:]}")
    return {
        "id": made.number("db"),
        "resourceId": made.number("db"),
        "identifier": identifier,
        "arn": made.arn("rds", f"db:{identifier}"),
        "address": f"{identifier}.abc.{made.region}.rds.amazonaws.com",
        "port": 3306,
        "masterUserSecrets": [{"secretArn": secret}] if made.inputs.get("manageMasterUserPassword") else [],
    }


def _channel(made: Made) -> dict[str, Any]:
    arn = made.arn("chatbot", f"chat-configuration/slack-channel/{made.inputs['configurationName']}", region=False)
    return {"id": arn, "chatConfigurationArn": arn}


def _topic(made: Made) -> dict[str, Any]:
    arn = made.arn("sns", made.named())
    return {"id": arn, "arn": arn, "name": made.named()}


def _template(made: Made) -> dict[str, Any]:
    version = int(made.old.get("latestVersion") or 0) + 1
    default = version if made.inputs.get("updateDefaultVersion") else made.old.get("defaultVersion") or 1
    versions = {"latestVersion": version, "defaultVersion": default}
    return {**plain("lt", kind="launch-template")(made), "name": made.named(), **versions}


def _scaled(made: Made) -> dict[str, Any]:
    name = made.named()
    arn = made.arn("autoscaling", f"autoScalingGroup:{made.number('')[2:]}:autoScalingGroupName/{name}")
    return {"id": name, "name": name, "arn": arn}


def _provider(made: Made) -> dict[str, Any]:
    host = str(made.inputs["url"]).removeprefix("https://")
    arn = made.arn("iam", f"oidc-provider/{host}", region=False)
    return {"id": arn, "arn": arn}


def _policy(made: Made) -> dict[str, Any]:
    path = str(made.inputs.get("path") or "/")
    arn = made.arn("iam", f"policy{path}{made.named()}", region=False)
    return {"id": arn, "arn": arn, "name": made.named()}


def _profile(made: Made) -> dict[str, Any]:
    path, name = str(made.inputs.get("path") or "/"), made.named()
    return {"id": name, "name": name, "arn": made.arn("iam", f"instance-profile{path}{name}", region=False)}


def _function(made: Made) -> dict[str, Any]:
    name = made.named()
    arn = made.arn("lambda", f"function:{name}")
    code = made.inputs.get("code") or {}  # the engine has hashed it
    return {"id": name, "name": name, "arn": arn, "version": "$LATEST", "sourceCodeHash": code.get("hash", made.hash)}


def _invocation(made: Made) -> dict[str, Any]:
    """What a function answers that has done its work; nothing runs."""
    return {"id": f"{made.inputs['functionName']}_{made.hash[:16]}", "result": json.dumps({"schemas": []})}


def _parameter(made: Made) -> dict[str, Any]:
    name = made.named()
    version = int(made.old.get("version") or 0) + 1
    return {"id": name, "arn": made.arn("ssm", f"parameter/{name.lstrip('/')}"), "version": version}


def _dashboard(made: Made) -> dict[str, Any]:
    name = str(made.inputs["dashboardName"])
    return {"id": name, "dashboardArn": made.arn("cloudwatch", f"dashboard/{name}", region=False)}


def _distribution(made: Made) -> dict[str, Any]:
    number = f"E{made.hash[:13].upper()}"
    arn = made.arn("cloudfront", f"distribution/{number}", region=False)
    domain = f"d{made.hash[:13]}.cloudfront.net"
    return {"id": number, "arn": arn, "domainName": domain, "hostedZoneId": "Z2FDTNDATAQYW2"}


def _delivered(kind: str) -> Callable[[Made], dict[str, Any]]:
    """A part of CloudFront, which belongs to no region."""

    def make(made: Made) -> dict[str, Any]:
        return {"id": f"E{made.hash[:13].upper()}", "arn": made.arn("cloudfront", f"{kind}/{made.hash}", region=False)}

    return make


def _cache(made: Made) -> dict[str, Any]:
    name = str(made.inputs["replicationGroupId"])
    host = f"{name}.abc.{made.region}.cache.amazonaws.com"
    addresses = {"primaryEndpointAddress": f"master.{host}", "readerEndpointAddress": f"replica.{host}"}
    return {"id": name, "arn": made.arn("elasticache", f"replicationgroup:{name}"), **addresses}


def _secret(made: Made) -> dict[str, Any]:
    arn = made.arn("secretsmanager", f"secret:{made.named()}-{made.hash[:6]}")
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
    "aws:autoscaling/group:Group": _scaled,
    "aws:autoscaling/policy:Policy": called("autoscaling", "scalingPolicy:"),
    "aws:budgets/budget:Budget": called("budgets", "budget/"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _channel,
    "aws:cloudfront/distribution:Distribution": _distribution,
    "aws:cloudfront/originAccessControl:OriginAccessControl": _delivered("origin-access-control"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": _delivered("response-headers-policy"),
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logDelivery:LogDelivery": _log_delivery,
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": called("logs", "delivery-destination:"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": called("logs", "delivery-source:"),
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": called("cloudwatch", "alarm:"),
    "aws:ec2/customerGateway:CustomerGateway": plain("cgw", kind="customer-gateway"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": plain("sg", kind="security-group"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": association("eigw"),
    "aws:ec2/eip:Eip": plain("eipalloc", kind="elastic-ip"),
    "aws:ec2/flowLog:FlowLog": plain("fl", kind="vpc-flow-log"),
    "aws:ec2/internetGateway:InternetGateway": plain("igw", kind="internet-gateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": _template,
    "aws:ec2/natGateway:NatGateway": association("nat"),
    "aws:ec2/route:Route": association("r"),
    "aws:ec2/routeTable:RouteTable": plain("rtb", kind="route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": association("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": plain("sg", kind="security-group"),
    "aws:ec2/subnet:Subnet": plain("subnet"),
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": plain("vpce", kind="vpc-endpoint"),
    "aws:ec2/vpnConnection:VpnConnection": _connection,
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": association("route"),
    "aws:ec2/vpnGateway:VpnGateway": plain("vgw", kind="vpn-gateway"),
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": association("propagation"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/subnetGroup:SubnetGroup": called("elasticache", "subnetgroup:"),
    "aws:iam/instanceProfile:InstanceProfile": _profile,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": lambda made: {"id": f"{made.inputs['role']}:{made.named()}", "name": made.named()},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda made: {
        "id": f"{made.inputs['role']}/{made.inputs['policyArn']}"
    },
    "aws:kms/alias:Alias": called("kms", ""),
    "aws:kms/key:Key": _key,
    "aws:lambda/function:Function": _function,
    "aws:lambda/invocation:Invocation": _invocation,
    "aws:lb/listener:Listener": _of_balancer("listener", "loadBalancerArn"),
    "aws:lb/listenerRule:ListenerRule": _of_balancer("listener-rule", "listenerArn"),
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:lb/targetGroup:TargetGroup": _group,
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": association("target"),
    "aws:rds/instance:Instance": _database,
    "aws:rds/parameterGroup:ParameterGroup": called("rds", "pg:"),
    "aws:rds/subnetGroup:SubnetGroup": called("rds", "subgrp:"),
    "aws:route53/healthCheck:HealthCheck": association("check"),
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": _of_bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket,
    "aws:s3/bucketLogging:BucketLogging": _of_bucket,
    "aws:s3/bucketNotification:BucketNotification": _of_bucket,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _of_bucket,
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": lambda made: {"id": f"{made.inputs['secretId']}|{made.hash}"},
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": lambda made: {"id": str(made.inputs["arn"])},
    "aws:sns/topicSubscription:TopicSubscription": association("subscription"),
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": association("sgr"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": association("sgr"),
    "aws:wafv2/webAcl:WebAcl": called("wafv2", "regional/webacl/"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": association("association"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": lambda made: {
        "id": str(made.inputs["resourceArn"])
    },
}
"""How each type is made. One that is not here is refused: its outputs would be guesses."""

CHANGING: dict[str, frozenset[str]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": frozenset({"latestVersion", "defaultVersion"}),
    "aws:ssm/parameter:Parameter": frozenset({"version"}),
}
"""Outputs that nobody knows before an update of another input than tags (in the Terraform provider: `ComputedIf`)."""
