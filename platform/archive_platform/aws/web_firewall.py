"""AWS WAF before the load balancer: known attacks and floods are refused there."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ComponentResource, Input, ResourceOptions

from archive_platform.aws.logs import log_group

# AWS' own groups of rules, in the order in which they are asked: the cheap ones that refuse most first
MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesKnownBadInputsRuleSet",  # Log4j among them
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
# Counted and let through: posts are longer than the 8 KB of body that one rule allows, and members come through VPNs
# or from servers of other clouds. What is counted is logged, and can be seen when an attack comes from there.
COUNTED = {
    "AWSManagedRulesAnonymousIpList": ("AnonymousIPList", "HostingProviderIPList"),
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",),
}
LOGGED = ("BLOCK", "COUNT")
SECRET_HEADERS = ("authorization", "cookie")


class WebFirewall(ComponentResource):
    """Floods from one address, and what AWS knows as attacks, are refused with 403.

    Attributes:
        acl: the access control list.
    """

    def __init__(
        self,
        name: str,
        load_balancer_arn: Input[str],
        *,
        requests_per_five_minutes: int,
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:WebFirewall", name, None, opts)
        child = ResourceOptions(parent=self)
        self.acl = aws.wafv2.WebAcl(
            name,
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _flood(requests_per_five_minutes),
                *(_managed(group, priority) for priority, group in enumerate(MANAGED, start=1)),
            ],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            ),
            opts=child,
        )
        aws.wafv2.WebAclAssociation(name, resource_arn=load_balancer_arn, web_acl_arn=self.acl.arn, opts=child)
        self._log(name, key_arn, child)
        self.register_outputs({"arn": self.acl.arn})

    def _log(self, name: str, key_arn: Input[str], opts: ResourceOptions) -> None:
        """What was refused or counted, without the headers that let somebody in."""
        # AWS WAF writes only into groups whose names begin so
        group = log_group(f"aws-waf-logs-{name}", key_arn=key_arn, opts=opts)
        conditions = [
            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                    action=action
                )
            )
            for action in LOGGED
        ]
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=self.acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in SECRET_HEADERS
            ],
            logging_filter=aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
                default_behavior="DROP",
                filters=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                        behavior="KEEP", requirement="MEETS_ANY", conditions=conditions
                    )
                ],
            ),
            opts=opts,
        )


def _flood(requests: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="flood",
        priority=0,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=requests, aggregate_key_type="IP"
            )
        ),
        visibility_config=_visible("flood"),
    )


def _managed(group: str, priority: int) -> aws.wafv2.WebAclRuleArgs:
    counted = [
        aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
            name=rule,
            action_to_use=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
                count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
            ),
        )
        for rule in COUNTED.get(group, ())
    ]
    return aws.wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=group, vendor_name="AWS", rule_action_overrides=counted or None
            )
        ),
        visibility_config=_visible(group),
    )


def _visible(name: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
