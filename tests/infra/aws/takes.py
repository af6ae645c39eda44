"""What making and deleting each kind of resource takes of whoever deploys ("Service Authorization Reference")."""

from __future__ import annotations

from collections.abc import Mapping

from tests.infra.aws.answers import ACCOUNT, REGION
from tests.infra.recorded import STACK

PATH, OWN_PATH = f"/game-archive/{STACK}/", "/game-archive-identity/"
BOUNDARY = f"arn:aws:iam:{REGION}:{ACCOUNT}:identity-boundary"
ROLE_OF_STACK = f"arn:aws:iam::{ACCOUNT}:role{PATH}db-watch-1"
KEY, BUCKET = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "arn:aws:s3:::files-media-1"
# Contexts of a request, as `access.may` takes them
HERE = {"aws__RequestedRegion": REGION}
MINE = {"aws__ResourceTag___Project": "game-archive", "aws__ResourceTag___Stack": STACK}
OTHERS = {**MINE, "aws__ResourceTag___Stack": "another"}
MADE = {"aws__RequestTag___Stack": STACK}
WITHIN = {"iam__PermissionsBoundary": BOUNDARY}

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"

IN_REGION = ("*", HERE)
ANY_KEY, OWN_BUCKET = (KEY, MINE), (BUCKET, {})
PARAMETER = (f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/servers-news-1", {})
ZONE, CHECK = ("arn:aws:route53:::hostedzone/Z0123456789ABC", {}), ("arn:aws:route53:::healthcheck/1", {})
EDGE, CHANNEL = (f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1", {}), (f"arn:aws:chatbot::{ACCOUNT}:chat/1", {})
BUDGET = (f"arn:aws:budgets::{ACCOUNT}:budget/watch-1", {})
VIRGINIA = ("*", {"aws__RequestedRegion": "us-east-1"})
HELD_ROLE, ANY_ROLE = (ROLE_OF_STACK, WITHIN), (ROLE_OF_STACK, {})
PROFILE = (f"arn:aws:iam::{ACCOUNT}:instance-profile{PATH}servers-role-1", {})
ADMINISTRATORS = ("", {})  # made by an administrator before the first deployment

# Actions, of what, and the context in which they are asked for
TAKES: Mapping[str, list[tuple[str, tuple[str, dict[str, str]]]]] = {
    "aws:acm/certificate:Certificate": [
        ("acm:RequestCertificate acm:AddTagsToCertificate acm:DescribeCertificate acm:DeleteCertificate", IN_REGION),
        ("acm:RequestCertificate acm:AddTagsToCertificate acm:DescribeCertificate acm:DeleteCertificate", VIRGINIA),
    ],
    "aws:acm/certificateValidation:CertificateValidation": [("acm:DescribeCertificate", IN_REGION)],
    "aws:autoscaling/group:Group": [
        ("autoscaling:CreateAutoScalingGroup autoscaling:UpdateAutoScalingGroup", IN_REGION),
        (
            "autoscaling:DeleteAutoScalingGroup autoscaling:StartInstanceRefresh autoscaling:CreateOrUpdateTags",
            IN_REGION,
        ),
        ("autoscaling:EnableMetricsCollection ec2:RunInstances ec2:CreateTags", IN_REGION),
    ],
    "aws:autoscaling/policy:Policy": [("autoscaling:PutScalingPolicy autoscaling:DeletePolicy", IN_REGION)],
    "aws:budgets/budget:Budget": [("budgets:ModifyBudget", BUDGET)],
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": [
        ("chatbot:CreateSlackChannelConfiguration chatbot:DeleteSlackChannelConfiguration", CHANNEL)
    ],
    "aws:cloudfront/distribution:Distribution": [
        ("cloudfront:CreateDistribution cloudfront:TagResource cloudfront:UpdateDistribution", EDGE),
        ("cloudfront:DeleteDistribution cloudfront:AllowVendedLogDeliveryForResource", EDGE),
    ],
    "aws:cloudfront/originAccessControl:OriginAccessControl": [
        ("cloudfront:CreateOriginAccessControl cloudfront:DeleteOriginAccessControl", EDGE)
    ],
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [
        ("cloudfront:CreateResponseHeadersPolicy cloudfront:DeleteResponseHeadersPolicy", EDGE)
    ],
    "aws:cloudwatch/dashboard:Dashboard": [("cloudwatch:PutDashboard cloudwatch:DeleteDashboards", IN_REGION)],
    "aws:cloudwatch/logDelivery:LogDelivery": [("logs:CreateDelivery logs:DeleteDelivery", VIRGINIA)],
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": [
        ("logs:PutDeliveryDestination logs:DeleteDeliveryDestination", VIRGINIA)
    ],
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": [
        ("logs:PutDeliverySource logs:DeleteDeliverySource", VIRGINIA)
    ],
    "aws:cloudwatch/logGroup:LogGroup": [
        (
            "logs:CreateLogGroup logs:PutRetentionPolicy logs:AssociateKmsKey logs:TagResource logs:DeleteLogGroup",
            IN_REGION,
        )
    ],
    "aws:cloudwatch/metricAlarm:MetricAlarm": [("cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms", IN_REGION)],
    "aws:ec2/customerGateway:CustomerGateway": [("ec2:CreateCustomerGateway ec2:DeleteCustomerGateway", IN_REGION)],
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": [
        ("ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress", IN_REGION)
    ],
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": [
        ("ec2:CreateEgressOnlyInternetGateway ec2:DeleteEgressOnlyInternetGateway", IN_REGION)
    ],
    "aws:ec2/eip:Eip": [("ec2:AllocateAddress ec2:DisassociateAddress ec2:ReleaseAddress", IN_REGION)],
    "aws:ec2/flowLog:FlowLog": [("ec2:CreateFlowLogs ec2:DeleteFlowLogs logs:CreateLogDelivery", IN_REGION)],
    "aws:ec2/internetGateway:InternetGateway": [
        ("ec2:CreateInternetGateway ec2:AttachInternetGateway ec2:DetachInternetGateway", IN_REGION),
        ("ec2:DeleteInternetGateway", IN_REGION),
    ],
    "aws:ec2/launchTemplate:LaunchTemplate": [
        ("ec2:CreateLaunchTemplate ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate", IN_REGION),
        ("ec2:DeleteLaunchTemplate", IN_REGION),
    ],
    "aws:ec2/natGateway:NatGateway": [("ec2:CreateNatGateway ec2:DeleteNatGateway", IN_REGION)],
    "aws:ec2/route:Route": [("ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute", IN_REGION)],
    "aws:ec2/routeTable:RouteTable": [("ec2:CreateRouteTable ec2:DeleteRouteTable", IN_REGION)],
    "aws:ec2/routeTableAssociation:RouteTableAssociation": [
        ("ec2:AssociateRouteTable ec2:ReplaceRouteTableAssociation ec2:DisassociateRouteTable", IN_REGION)
    ],
    "aws:ec2/securityGroup:SecurityGroup": [
        ("ec2:CreateSecurityGroup ec2:RevokeSecurityGroupEgress ec2:DeleteSecurityGroup", IN_REGION)
    ],
    "aws:ec2/subnet:Subnet": [("ec2:CreateSubnet ec2:ModifySubnetAttribute ec2:DeleteSubnet", IN_REGION)],
    "aws:ec2/vpc:Vpc": [("ec2:CreateVpc ec2:ModifyVpcAttribute ec2:DeleteVpc", IN_REGION)],
    "aws:ec2/vpcEndpoint:VpcEndpoint": [
        ("ec2:CreateVpcEndpoint ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints", IN_REGION)
    ],
    "aws:ec2/vpnConnection:VpnConnection": [
        ("ec2:CreateVpnConnection ec2:ModifyVpnTunnelOptions ec2:DeleteVpnConnection", IN_REGION)
    ],
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": [
        ("ec2:CreateVpnConnectionRoute ec2:DeleteVpnConnectionRoute", IN_REGION)
    ],
    "aws:ec2/vpnGateway:VpnGateway": [
        ("ec2:CreateVpnGateway ec2:AttachVpnGateway ec2:DetachVpnGateway ec2:DeleteVpnGateway", IN_REGION)
    ],
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": [
        ("ec2:EnableVgwRoutePropagation ec2:DisableVgwRoutePropagation", IN_REGION)
    ],
    "aws:iam/instanceProfile:InstanceProfile": [
        ("iam:CreateInstanceProfile iam:TagInstanceProfile iam:AddRoleToInstanceProfile", PROFILE),
        ("iam:RemoveRoleFromInstanceProfile iam:DeleteInstanceProfile", PROFILE),
    ],
    PROVIDER: [("", ADMINISTRATORS)],
    POLICY: [("", ADMINISTRATORS)],
    ROLE: [
        ("iam:CreateRole iam:PutRolePermissionsBoundary", HELD_ROLE),
        ("iam:TagRole iam:UpdateAssumeRolePolicy iam:DeleteRole", ANY_ROLE),
    ],
    "aws:iam/rolePolicy:RolePolicy": [("iam:PutRolePolicy iam:DeleteRolePolicy", HELD_ROLE)],
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [("iam:AttachRolePolicy iam:DetachRolePolicy", HELD_ROLE)],
    "aws:kms/key:Key": [
        ("kms:CreateKey", ("*", MADE)),
        ("kms:TagResource", (KEY, MADE)),
        ("kms:PutKeyPolicy kms:EnableKeyRotation kms:ScheduleKeyDeletion", ANY_KEY),
    ],
    "aws:lambda/function:Function": [
        ("lambda:CreateFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration", IN_REGION),
        ("lambda:TagResource lambda:DeleteFunction", IN_REGION),
        ("kms:CreateGrant kms:Encrypt kms:Decrypt", ANY_KEY),
    ],
    "aws:lambda/invocation:Invocation": [("lambda:InvokeFunction", IN_REGION)],
    "aws:lb/listener:Listener": [
        ("elasticloadbalancing:CreateListener elasticloadbalancing:ModifyListener", IN_REGION),
        ("elasticloadbalancing:DeleteListener elasticloadbalancing:AddTags", IN_REGION),
    ],
    "aws:lb/listenerRule:ListenerRule": [
        ("elasticloadbalancing:CreateRule elasticloadbalancing:ModifyRule elasticloadbalancing:DeleteRule", IN_REGION)
    ],
    "aws:lb/loadBalancer:LoadBalancer": [
        ("elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:ModifyLoadBalancerAttributes", IN_REGION),
        ("elasticloadbalancing:SetSubnets elasticloadbalancing:DeleteLoadBalancer", IN_REGION),
    ],
    "aws:lb/targetGroup:TargetGroup": [
        ("elasticloadbalancing:CreateTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes", IN_REGION),
        ("elasticloadbalancing:DeleteTargetGroup", IN_REGION),
    ],
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": [
        ("elasticloadbalancing:RegisterTargets elasticloadbalancing:DeregisterTargets", IN_REGION)
    ],
    "aws:rds/instance:Instance": [
        ("rds:CreateDBInstance rds:CreateDBInstanceReadReplica rds:AddTagsToResource rds:ModifyDBInstance", IN_REGION),
        ("rds:DeleteDBInstance rds:CreateDBSnapshot", IN_REGION),
        ("kms:CreateGrant kms:DescribeKey kms:GenerateDataKey kms:Decrypt", (KEY, {**MINE, **HERE})),
        (
            "secretsmanager:CreateSecret secretsmanager:TagResource",
            (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1", {}),
        ),
    ],
    "aws:rds/parameterGroup:ParameterGroup": [
        ("rds:CreateDBParameterGroup rds:ModifyDBParameterGroup rds:DeleteDBParameterGroup", IN_REGION)
    ],
    "aws:rds/subnetGroup:SubnetGroup": [("rds:CreateDBSubnetGroup rds:DeleteDBSubnetGroup", IN_REGION)],
    "aws:route53/healthCheck:HealthCheck": [
        ("route53:CreateHealthCheck route53:ChangeTagsForResource route53:DeleteHealthCheck", CHECK)
    ],
    "aws:route53/record:Record": [("route53:ChangeResourceRecordSets", ZONE)],
    "aws:s3/bucket:Bucket": [("s3:CreateBucket s3:PutBucketTagging s3:DeleteBucket", OWN_BUCKET)],
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": [("s3:PutBucketCORS", OWN_BUCKET)],
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [("s3:PutLifecycleConfiguration", OWN_BUCKET)],
    "aws:s3/bucketLogging:BucketLogging": [("s3:PutBucketLogging", OWN_BUCKET)],
    "aws:s3/bucketNotification:BucketNotification": [("s3:PutBucketNotification", OWN_BUCKET)],
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [("s3:PutBucketOwnershipControls", OWN_BUCKET)],
    "aws:s3/bucketPolicy:BucketPolicy": [("s3:PutBucketPolicy s3:DeleteBucketPolicy", OWN_BUCKET)],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [("s3:PutBucketPublicAccessBlock", OWN_BUCKET)],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        ("s3:PutEncryptionConfiguration", OWN_BUCKET)
    ],
    "aws:s3/bucketVersioning:BucketVersioning": [("s3:PutBucketVersioning", OWN_BUCKET)],
    "aws:sns/topic:Topic": [("sns:CreateTopic sns:SetTopicAttributes sns:TagResource sns:DeleteTopic", IN_REGION)],
    "aws:sns/topicPolicy:TopicPolicy": [("sns:SetTopicAttributes", IN_REGION)],
    "aws:sns/topicSubscription:TopicSubscription": [("sns:Subscribe sns:Unsubscribe", IN_REGION)],
    "aws:ssm/parameter:Parameter": [
        ("ssm:PutParameter ssm:AddTagsToResource ssm:GetParameter ssm:DeleteParameter", PARAMETER)
    ],
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
        ("ec2:AuthorizeSecurityGroupEgress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupEgress", IN_REGION)
    ],
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        ("ec2:AuthorizeSecurityGroupIngress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupIngress", IN_REGION)
    ],
    "aws:wafv2/webAcl:WebAcl": [("wafv2:CreateWebACL wafv2:UpdateWebACL wafv2:DeleteWebACL", IN_REGION)],
    "aws:wafv2/webAclAssociation:WebAclAssociation": [
        ("wafv2:AssociateWebACL elasticloadbalancing:SetWebAcl wafv2:DisassociateWebACL", IN_REGION)
    ],
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": [
        ("wafv2:PutLoggingConfiguration wafv2:DeleteLoggingConfiguration", IN_REGION),
        ("logs:CreateLogDelivery logs:PutResourcePolicy logs:DescribeResourcePolicies", IN_REGION),
        ("logs:DescribeLogGroups logs:DeleteLogDelivery", IN_REGION),
    ],
}
