"""What cannot be changed once it is there.

As the resources' pages and schemas in the Terraform AWS provider have it ("Forces new resource").
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_BUCKET = _names("bucket")
REPLACES: dict[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": _names("domainName subjectAlternativeNames validationMethod"),
    "aws:acm/certificateValidation:CertificateValidation": _names("certificateArn validationRecordFqdns"),
    "aws:autoscaling/group:Group": _names("name namePrefix"),
    "aws:autoscaling/policy:Policy": _names("autoscalingGroupName name"),
    "aws:budgets/budget:Budget": _names("accountId name namePrefix"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _names(
        "configurationName slackChannelId slackTeamId"
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": _names("name"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": _names("name"),
    "aws:cloudwatch/dashboard:Dashboard": _names("dashboardName"),
    "aws:cloudwatch/logDelivery:LogDelivery": _names("deliveryDestinationArn deliverySourceName"),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": _names("deliveryDestinationType name outputFormat"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": _names("logType name resourceArn"),
    "aws:cloudwatch/logGroup:LogGroup": _names("name namePrefix"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _names("name"),
    "aws:ec2/customerGateway:CustomerGateway": _names("bgpAsn ipAddress type"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _names("vpcId"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": _names("vpcId"),
    "aws:ec2/eip:Eip": _names("address domain"),
    "aws:ec2/flowLog:FlowLog": _names(
        "iamRoleArn logDestination logDestinationType maxAggregationInterval subnetId trafficType vpcId"
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _names("name namePrefix"),
    "aws:ec2/natGateway:NatGateway": _names("allocationId subnetId"),
    "aws:ec2/route:Route": _names("destinationCidrBlock destinationIpv6CidrBlock routeTableId"),
    "aws:ec2/routeTable:RouteTable": _names("vpcId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _names("subnetId"),
    "aws:ec2/securityGroup:SecurityGroup": _names("description name namePrefix vpcId"),
    "aws:ec2/subnet:Subnet": _names("availabilityZone availabilityZoneId cidrBlock ipv6Native vpcId"),
    "aws:ec2/vpc:Vpc": _names("cidrBlock ipv4IpamPoolId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _names("serviceName vpcEndpointType vpcId"),
    "aws:ec2/vpnConnection:VpnConnection": _names("staticRoutesOnly type"),
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": _names("destinationCidrBlock vpnConnectionId"),
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": _names("routeTableId vpnGatewayId"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _names(
        "atRestEncryptionEnabled kmsKeyId port replicationGroupId securityGroupNames subnetGroupName"
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": _names("name"),
    "aws:iam/instanceProfile:InstanceProfile": _names("name namePrefix path"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _names("url"),
    "aws:iam/policy:Policy": _names("description name namePrefix path"),
    "aws:iam/role:Role": _names("name namePrefix path"),
    "aws:iam/rolePolicy:RolePolicy": _names("name role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _names("policyArn role"),
    "aws:kms/alias:Alias": _names("name namePrefix"),
    "aws:kms/key:Key": _names("customKeyStoreId customerMasterKeySpec keyUsage multiRegion xksKeyId"),
    "aws:lambda/function:Function": _names("name packageType"),
    "aws:lambda/invocation:Invocation": _names("functionName input qualifier terraformKey triggers"),
    "aws:lb/listener:Listener": _names("loadBalancerArn"),
    "aws:lb/listenerRule:ListenerRule": _names("listenerArn"),
    "aws:lb/loadBalancer:LoadBalancer": _names("internal loadBalancerType name"),
    "aws:lb/targetGroup:TargetGroup": _names("name port protocol targetType vpcId"),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": _names("availabilityZone port targetGroupArn targetId"),
    "aws:rds/instance:Instance": _names(
        "availabilityZone characterSetName dbName engine kmsKeyId"
        " ncharCharacterSetName storageEncrypted timezone username"
    ),
    "aws:rds/parameterGroup:ParameterGroup": _names("description family name namePrefix"),
    "aws:rds/subnetGroup:SubnetGroup": _names("name namePrefix"),
    "aws:route53/healthCheck:HealthCheck": _names("measureLatency referenceName requestInterval type"),
    "aws:route53/record:Record": _names("name setIdentifier type zoneId"),
    "aws:s3/bucket:Bucket": _names("bucket bucketPrefix objectLockEnabled"),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": _OF_BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _OF_BUCKET,
    "aws:s3/bucketLogging:BucketLogging": _OF_BUCKET,
    "aws:s3/bucketNotification:BucketNotification": _OF_BUCKET,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _OF_BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": _OF_BUCKET,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _OF_BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _OF_BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": _OF_BUCKET,
    "aws:secretsmanager/secret:Secret": _names("name namePrefix"),
    "aws:secretsmanager/secretVersion:SecretVersion": _names("secretId"),
    "aws:sns/topic:Topic": _names("fifoTopic name"),
    "aws:sns/topicPolicy:TopicPolicy": _names("arn"),
    "aws:sns/topicSubscription:TopicSubscription": _names("endpoint protocol topic"),
    "aws:ssm/parameter:Parameter": _names("name"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _names("securityGroupId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _names("securityGroupId"),
    "aws:wafv2/webAcl:WebAcl": _names("name scope"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": _names("resourceArn"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": _names("resourceArn webAclArn"),
}
"""Type → inputs; a change of any other is made in place."""
