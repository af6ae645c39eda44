"""Actions of AWS' services that deployments and the stack's roles need ("Service Authorization Reference")."""

from __future__ import annotations


def _of(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


# How things are. None of these tells what is in a file, a secret, a parameter or a log
READ = (
    *_of("acm", "Describe* List*"),
    *_of("autoscaling", "Describe*"),
    *_of("budgets", "List* ViewBudget"),
    *_of("chatbot", "Describe* List*"),
    *_of("cloudfront", "Get* List*"),
    *_of("cloudwatch", "Describe* GetDashboard List*"),
    *_of("ec2", "Describe* GetSecurityGroupsForVpc"),
    *_of("elasticloadbalancing", "Describe*"),
    *_of("iam", "Get* List*"),
    *_of("kms", "Describe* GetKey* List*"),
    *_of("lambda", "GetFunction* GetPolicy List*"),
    *_of("logs", "Describe* GetDelivery* List*"),
    *_of("rds", "Describe* List*"),
    *_of("route53", "Get* List*"),
    *_of("s3", "GetAccelerateConfiguration GetBucket* GetEncryptionConfiguration GetLifecycleConfiguration"),
    *_of("s3", "GetReplicationConfiguration ListTagsForResource"),
    *_of("secretsmanager", "DescribeSecret"),
    *_of("sns", "Get* List*"),
    *_of("ssm", "DescribeParameters ListTagsForResource"),
    *_of("wafv2", "Get* List*"),
)

# Making, changing and deleting what has no name before it is there
REGIONAL = (
    *_of("acm", "RequestCertificate UpdateCertificateOptions DeleteCertificate"),
    *_of("acm", "AddTagsToCertificate RemoveTagsFromCertificate"),
    *_of("autoscaling", "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup SetDesiredCapacity"),
    *_of("autoscaling", "AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups AttachTrafficSources"),
    *_of("autoscaling", "DetachTrafficSources EnableMetricsCollection DisableMetricsCollection PutScalingPolicy"),
    *_of("autoscaling", "DeletePolicy PutLifecycleHook DeleteLifecycleHook StartInstanceRefresh"),
    *_of("autoscaling", "CancelInstanceRefresh CreateOrUpdateTags DeleteTags SuspendProcesses ResumeProcesses"),
    *_of("cloudwatch", "PutMetricAlarm DeleteAlarms PutDashboard DeleteDashboards TagResource UntagResource"),
    # Networks
    *_of("ec2", "CreateVpc DeleteVpc ModifyVpcAttribute AssociateVpcCidrBlock DisassociateVpcCidrBlock"),
    *_of("ec2", "CreateSubnet DeleteSubnet ModifySubnetAttribute AssociateSubnetCidrBlock"),
    *_of("ec2", "DisassociateSubnetCidrBlock CreateInternetGateway DeleteInternetGateway AttachInternetGateway"),
    *_of("ec2", "DetachInternetGateway CreateEgressOnlyInternetGateway DeleteEgressOnlyInternetGateway"),
    *_of("ec2", "CreateNatGateway DeleteNatGateway AllocateAddress DisassociateAddress ReleaseAddress"),
    *_of("ec2", "CreateRouteTable DeleteRouteTable AssociateRouteTable DisassociateRouteTable"),
    *_of("ec2", "ReplaceRouteTableAssociation CreateRoute ReplaceRoute DeleteRoute"),
    *_of("ec2", "CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress"),
    *_of("ec2", "RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules"),
    *_of("ec2", "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress"),
    *_of("ec2", "CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateFlowLogs DeleteFlowLogs"),
    *_of("ec2", "CreateCustomerGateway DeleteCustomerGateway CreateVpnGateway DeleteVpnGateway AttachVpnGateway"),
    *_of("ec2", "DetachVpnGateway CreateVpnConnection DeleteVpnConnection ModifyVpnConnection"),
    *_of("ec2", "ModifyVpnConnectionOptions ModifyVpnTunnelOptions CreateVpnConnectionRoute"),
    *_of("ec2", "DeleteVpnConnectionRoute EnableVgwRoutePropagation DisableVgwRoutePropagation"),
    # Servers: an autoscaling group asks whether its maker may start some
    *_of("ec2", "CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate"),
    *_of("ec2", "DeleteLaunchTemplateVersions RunInstances CreateTags DeleteTags"),
    *_of("elasticloadbalancing", "CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes SetSubnets"),
    *_of("elasticloadbalancing", "SetSecurityGroups SetIpAddressType CreateListener ModifyListener DeleteListener"),
    *_of("elasticloadbalancing", "ModifyListenerAttributes CreateRule ModifyRule DeleteRule SetRulePriorities"),
    *_of("elasticloadbalancing", "CreateTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes"),
    *_of("elasticloadbalancing", "DeleteTargetGroup RegisterTargets DeregisterTargets AddTags RemoveTags SetWebAcl"),
    *_of("lambda", "CreateFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction InvokeFunction"),
    *_of("lambda", "PutFunctionConcurrency DeleteFunctionConcurrency AddPermission RemovePermission TagResource"),
    *_of("lambda", "UntagResource"),
    *_of("logs", "CreateLogGroup DeleteLogGroup PutRetentionPolicy AssociateKmsKey TagResource UntagResource"),
    *_of("logs", "CreateLogDelivery DeleteLogDelivery PutResourcePolicy"),  # of flow logs and of the web firewall
    *_of("rds", "CreateDBInstance CreateDBInstanceReadReplica ModifyDBInstance DeleteDBInstance RebootDBInstance"),
    *_of("rds", "CreateDBParameterGroup ModifyDBParameterGroup DeleteDBParameterGroup CreateDBSubnetGroup"),
    *_of("rds", "ModifyDBSubnetGroup DeleteDBSubnetGroup AddTagsToResource RemoveTagsFromResource CreateDBSnapshot"),
    *_of("sns", "CreateTopic DeleteTopic SetTopicAttributes SetSubscriptionAttributes Subscribe Unsubscribe"),
    *_of("sns", "TagResource UntagResource"),
    *_of("wafv2", "CreateWebACL UpdateWebACL DeleteWebACL AssociateWebACL DisassociateWebACL TagResource"),
    *_of("wafv2", "UntagResource PutLoggingConfiguration DeleteLoggingConfiguration"),
)

# For CloudFront, whose certificate and logs are there
IN_VIRGINIA = (
    *_of("acm", "RequestCertificate DeleteCertificate AddTagsToCertificate RemoveTagsFromCertificate"),
    *_of("logs", "CreateDelivery UpdateDeliveryConfiguration DeleteDelivery PutDeliverySource DeleteDeliverySource"),
    *_of("logs", "PutDeliveryDestination DeleteDeliveryDestination TagResource UntagResource"),
)

BUCKETS = (
    *_of("s3", "CreateBucket DeleteBucket ListBucket ListBucketVersions DeleteObject DeleteObjectVersion"),
    *_of("s3", "PutBucketPolicy DeleteBucketPolicy PutBucketPublicAccessBlock PutBucketOwnershipControls"),
    *_of("s3", "PutBucketVersioning PutBucketLogging PutBucketCORS PutBucketTagging PutEncryptionConfiguration"),
    *_of("s3", "PutLifecycleConfiguration PutBucketNotification"),
)
# CreateGrant is how RDS, EBS and Lambda are let use a key for what they keep
KEYS = (
    *_of("kms", "CreateGrant Decrypt DisableKeyRotation EnableKeyRotation Encrypt GenerateDataKey* PutKeyPolicy"),
    *_of("kms", "ScheduleKeyDeletion CancelKeyDeletion TagResource UntagResource UpdateKeyDescription"),
)
PARAMETERS = (
    *_of("ssm", "PutParameter GetParameter GetParameters DeleteParameter AddTagsToResource RemoveTagsFromResource"),
)
HEALTH_CHECKS = _of("route53", "CreateHealthCheck UpdateHealthCheck DeleteHealthCheck ChangeTagsForResource")
DISTRIBUTIONS = (
    *_of("cloudfront", "CreateDistribution UpdateDistribution DeleteDistribution TagResource UntagResource"),
    *_of("cloudfront", "CreateOriginAccessControl UpdateOriginAccessControl DeleteOriginAccessControl"),
    *_of("cloudfront", "CreateResponseHeadersPolicy UpdateResponseHeadersPolicy DeleteResponseHeadersPolicy"),
    *_of("cloudfront", "AllowVendedLogDeliveryForResource"),
)
CHANNELS = (
    *_of("chatbot", "CreateSlackChannelConfiguration UpdateSlackChannelConfiguration"),
    *_of("chatbot", "DeleteSlackChannelConfiguration TagResource UntagResource"),
)

# What makes a role more powerful, which is allowed to roles within the boundary alone
ROLES_WITHIN = _of(
    "iam",
    "CreateRole PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy PutRolePermissionsBoundary",
)
ROLES = _of("iam", "DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole")
PROFILES_AND_POLICIES = (
    *_of("iam", "CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile TagInstanceProfile"),
    *_of("iam", "RemoveRoleFromInstanceProfile UntagInstanceProfile CreatePolicy DeletePolicy CreatePolicyVersion"),
    *_of("iam", "DeletePolicyVersion TagPolicy UntagPolicy"),
)
# Never, whatever else the role is given: people, their keys, who else is let in, and what holds the roles
NEVER = (
    *_of("iam", "*AccessKey* *LoginProfile* *MFADevice* *SSHPublicKey* *ServiceSpecificCredential*"),
    *_of(
        "iam", "AddUserToGroup AttachGroupPolicy AttachUserPolicy CreateGroup CreateUser PutGroupPolicy PutUserPolicy"
    ),
    *_of("iam", "AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider"),
    *_of("iam", "UpdateOpenIDConnectProviderThumbprint CreateSAMLProvider UpdateSAMLProvider"),
    *_of("iam", "DeleteRolePermissionsBoundary"),
    *_of("organizations", "*"),
)

STATE_READ = ("s3:GetObject",)
STATE_WRITE = _of("s3", "GetObject PutObject DeleteObject")

# What servers, functions and log writers do
AT_WORK = (
    *_of("autoscaling", "CompleteLifecycleAction RecordLifecycleActionHeartbeat"),
    *_of("cloudwatch", "PutMetricData"),
    *_of("ec2", "CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces DescribeSubnets"),
    *_of("ec2", "AssignPrivateIpAddresses UnassignPrivateIpAddresses"),
    *_of("ec2messages", "AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply"),
    *_of("ecr", "BatchCheckLayerAvailability BatchGetImage GetAuthorizationToken GetDownloadUrlForLayer"),
    *_of("kms", "Decrypt DescribeKey GenerateDataKey*"),
    *_of("logs", "CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams PutLogEvents"),
    *_of("logs", "PutRetentionPolicy"),
    *_of("rds-db", "connect"),
    *_of("s3", "AbortMultipartUpload DeleteObject GetBucketLocation GetEncryptionConfiguration GetObject"),
    *_of("s3", "ListBucket PutObject"),
    *_of("secretsmanager", "DescribeSecret GetSecretValue"),
    *_of("sns", "Publish"),
    *_of("ssm", "DescribeAssociation DescribeDocument GetDeployablePatchSnapshotForInstance GetDocument GetManifest"),
    *_of("ssm", "GetParameter GetParameters GetParametersByPath ListAssociations ListInstanceAssociations"),
    *_of("ssm", "PutComplianceItems PutConfigurePackageResult PutInventory UpdateAssociationStatus"),
    *_of("ssm", "UpdateInstanceAssociationStatus UpdateInstanceInformation"),
    *_of("ssmmessages", "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel"),
    *_of("xray", "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments"),
)
