"""Physical names: how the plugin makes them of logical ones, and what AWS takes for one.

The plugin adds `-` and seven hexadecimal digits to the logical name and keeps that over updates; a resource that
replaces another one gets a new one, so that both can be there at a time (pulumi-terraform-bridge, `AutoName`; which
property of which resource, and how long it may be: pulumi-aws, provider/resources.go and autonaming.go).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..provider.values import UNKNOWN, Object
from .inputs import Problem
from .sdk import inputs_of

DEFAULTS = "__defaults"  # where the bridge notes which inputs it has made
RANDOM_DIGITS = 7
LONGEST = 255


@dataclass(frozen=True)
class Naming:
    """How a type is named. `longest` is the plugin's limit for names that it makes."""

    property: str = "name"
    longest: int = LONGEST
    lower: bool = False


@dataclass(frozen=True)
class Limit:
    """What AWS takes for a name. `source` says where it says so."""

    property: str
    longest: int
    pattern: str
    source: str
    shortest: int = 1

    def problem(self, name: str) -> str | None:
        if not self.shortest <= len(name) <= self.longest:
            allowed = f"{self.shortest} to {self.longest} are allowed ({self.source})"
            return f"{name!r} has {len(name)} characters, and {allowed}"
        if not re.fullmatch(self.pattern, name):
            return f"{name!r} does not match {self.pattern} ({self.source})"
        return None


_NAMED = {
    "aws:s3/bucket:Bucket": Naming("bucket", 63, lower=True),
    "aws:lb/loadBalancer:LoadBalancer": Naming(longest=32),
    "aws:lb/targetGroup:TargetGroup": Naming(longest=32),
    "aws:iam/role:Role": Naming(longest=64),
    "aws:iam/policy:Policy": Naming(longest=128),
    "aws:iam/instanceProfile:InstanceProfile": Naming(longest=128),
    "aws:lambda/function:Function": Naming(longest=64),
    "aws:rds/parameterGroup:ParameterGroup": Naming(lower=True),
    "aws:rds/subnetGroup:SubnetGroup": Naming(lower=True),
    "aws:elasticache/subnetGroup:SubnetGroup": Naming(lower=True),
    "aws:elasticache/parameterGroup:ParameterGroup": Naming(lower=True),
    "aws:elasticache/replicationGroup:ReplicationGroup": Naming("replicationGroupId", 50),
    "aws:elasticache/cluster:Cluster": Naming("clusterId", 50),
}
# Their name is no name of their own, but what they are about
_NOT_NAMED = frozenset({"aws:route53/record:Record", "aws:route53/zone:Zone", "aws:budgets/budgetAction:BudgetAction"})

_HYPHENS = r"(?!-)[A-Za-z0-9-]+(?<!-)"
_IAM = r"[\w+=,.@-]+"
_LIMITS = {
    "aws:autoscaling/group:Group": Limit("name", 255, r"[^:]+", "AutoScaling API, CreateAutoScalingGroup"),
    "aws:budgets/budget:Budget": Limit("name", 100, r"[^:\\]+", "AWS Budgets API, Budget"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Limit(
        "configurationName", 128, r"[A-Za-z0-9_-]+", "AWS Chatbot API, CreateSlackChannelConfiguration"
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": Limit(
        "name", 64, r".+", "CloudFront API, OriginAccessControlConfig"
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": Limit(
        "name", 128, r"[A-Za-z0-9_-]+", "CloudFront API, ResponseHeadersPolicyConfig"
    ),
    "aws:cloudwatch/dashboard:Dashboard": Limit(
        "dashboardName", 255, r"[A-Za-z0-9_-]+", "CloudWatch API, PutDashboard"
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": Limit(
        "name", 60, r"[\w-]+", "CloudWatch Logs API, PutDeliveryDestination"
    ),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": Limit(
        "name", 60, r"[\w-]+", "CloudWatch Logs API, PutDeliverySource"
    ),
    "aws:cloudwatch/logGroup:LogGroup": Limit(
        "name", 512, r"[.\-_/#A-Za-z0-9]+", "CloudWatch Logs API, CreateLogGroup"
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Limit("name", 255, r"[^\x00-\x1f]+", "CloudWatch API, PutMetricAlarm"),
    "aws:ec2/launchTemplate:LaunchTemplate": Limit(
        "name", 128, r"[A-Za-z0-9().\-/_]+", "EC2 API, CreateLaunchTemplate", shortest=3
    ),
    "aws:ec2/securityGroup:SecurityGroup": Limit(
        "name", 255, r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+", "EC2 API, CreateSecurityGroup"
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Limit(
        "replicationGroupId", 40, r"[A-Za-z](-?[A-Za-z0-9])*", "ElastiCache API, CreateReplicationGroup"
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Limit(
        "name", 255, r"[a-z0-9-]+", "ElastiCache API, CreateCacheSubnetGroup"
    ),
    "aws:iam/instanceProfile:InstanceProfile": Limit("name", 128, _IAM, "IAM API, CreateInstanceProfile"),
    "aws:iam/policy:Policy": Limit("name", 128, _IAM, "IAM API, CreatePolicy"),
    "aws:iam/role:Role": Limit("name", 64, _IAM, "IAM API, CreateRole"),
    "aws:iam/rolePolicy:RolePolicy": Limit("name", 128, _IAM, "IAM API, PutRolePolicy"),
    "aws:kms/alias:Alias": Limit("name", 256, r"alias/[A-Za-z0-9/_-]+", "KMS API, CreateAlias"),
    "aws:lambda/function:Function": Limit("name", 64, r"[A-Za-z0-9_-]+", "Lambda API, CreateFunction"),
    "aws:lb/loadBalancer:LoadBalancer": Limit(
        "name", 32, rf"(?!internal-){_HYPHENS}", "Elastic Load Balancing API, CreateLoadBalancer"
    ),
    "aws:lb/targetGroup:TargetGroup": Limit("name", 32, _HYPHENS, "Elastic Load Balancing API, CreateTargetGroup"),
    "aws:rds/instance:Instance": Limit(
        "identifier", 63, r"[a-z](-?[a-z0-9])*", "RDS API, CreateDBInstance; the plugin takes lower case alone"
    ),
    "aws:rds/parameterGroup:ParameterGroup": Limit(
        "name", 255, r"[a-z](-?[a-z0-9])*", "RDS API, CreateDBParameterGroup; the plugin takes lower case alone"
    ),
    "aws:rds/subnetGroup:SubnetGroup": Limit(
        "name", 255, r"(?!default$)[a-z0-9 ._-]+", "RDS API, CreateDBSubnetGroup; the plugin takes lower case alone"
    ),
    "aws:s3/bucket:Bucket": Limit(
        "bucket",
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$))[a-z0-9][a-z0-9.-]*[a-z0-9]",
        "S3 User Guide, General purpose bucket naming rules",
        shortest=3,
    ),
    "aws:secretsmanager/secret:Secret": Limit("name", 512, r"[A-Za-z0-9/_+=.@-]+", "Secrets Manager API, CreateSecret"),
    "aws:sns/topic:Topic": Limit("name", 256, r"[A-Za-z0-9_-]+(\.fifo)?", "SNS API, CreateTopic"),
    "aws:ssm/parameter:Parameter": Limit(
        "name", 1011, r"(?!/?(aws|ssm))[A-Za-z0-9_./-]+", "Systems Manager API, PutParameter"
    ),
    "aws:wafv2/webAcl:WebAcl": Limit("name", 128, r"[\w-]+", "AWS WAF API, CreateWebACL"),
}


def named(token: str, logical: str, inputs: Object, olds: Object, seed: bytes) -> tuple[Object, list[Problem]]:
    """The inputs with the physical name, and what is wrong with it.

    `olds` are the inputs of before; empty where the resource is new or replaces another.
    """
    completed, found = dict(inputs), list[Problem]()
    naming = _naming(token)
    if naming and inputs.get(naming.property) is None and inputs.get(f"{naming.property}Prefix") is None:
        noted = olds.get(DEFAULTS)
        before = olds.get(naming.property) if isinstance(noted, list) and naming.property in noted else None
        try:
            completed[naming.property] = before or automatic(naming, logical, seed)
            completed[DEFAULTS] = [naming.property]
        except ValueError as error:
            found.append(Problem(naming.property, str(error)))
    return completed, [*found, *_limit_problems(token, completed)]


def automatic(naming: Naming, logical: str, seed: bytes) -> str:
    """Raises:
    ValueError: the logical name is too long for it.
    """
    prefix = f"{logical.lower() if naming.lower else logical}-"
    if len(prefix) + RANDOM_DIGITS > naming.longest:
        raise ValueError(
            f"name {prefix!r} plus {RANDOM_DIGITS} random chars is longer than maximum length {naming.longest}"
        )
    digits = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(RANDOM_DIGITS)
    return prefix + digits[:RANDOM_DIGITS]


def name_property(token: str) -> str | None:
    """The input that is a resource's physical name; None for a type that has none."""
    naming, limit = _naming(token), _LIMITS.get(token)
    return naming.property if naming else limit.property if limit else None


def _naming(token: str) -> Naming | None:
    if token in _NAMED:
        return _NAMED[token]
    return Naming() if "name" in inputs_of(token).names and token not in _NOT_NAMED else None


def _limit_problems(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    limit = _LIMITS.get(token)
    name = inputs.get(limit.property) if limit else None
    if limit and isinstance(name, str) and name != UNKNOWN:
        reason = limit.problem(name)
        if reason:
            yield Problem(limit.property, reason)
