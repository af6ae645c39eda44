"""Alarms, and who is told of them."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import ComponentResource, Input, ResourceOptions

from archive_platform.aws.alarms import Alarm, Metric
from archive_platform.aws.here import Here
from archive_platform.aws.policies import allow, document, trust
from archive_platform.config.aws import SlackSettings, WatchSettings

SPENT_PERCENT, FORESEEN_PERCENT = 80.0, 100.0
RESULT = "result"


class Watch(ComponentResource):
    """A topic that operators follow, alarms that speak there, and one for what all of it costs.

    Attributes:
        topic: whom whoever notices something may tell.
        alarms: those that there are so far.
    """

    def __init__(
        self,
        name: str,
        settings: WatchSettings,
        alarms: Sequence[Alarm],
        *,
        key_arn: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("archive:aws:Watch", name, None, opts)
        self._name = name
        self._child = ResourceOptions(parent=self)
        self._account = Here(self).account
        self.topic = aws.sns.Topic(name, kms_master_key_id=key_arn, opts=self._child)
        self._let_speak()
        for number, email in enumerate(settings.emails, start=1):
            aws.sns.TopicSubscription(
                f"{name}-email-{number}", topic=self.topic.arn, protocol="email", endpoint=email, opts=self._child
            )
        if settings.slack:
            self._tell_slack(settings.slack)
        self.alarms = [self._alarm(alarm) for alarm in alarms]
        self._budget(settings.monthly_budget)
        self.register_outputs({"topicArn": self.topic.arn})

    def add(self, alarms: Sequence[Alarm]) -> None:
        """Watch something more, that was made after the others: servers, whose replacement the others end."""
        self.alarms += [self._alarm(alarm) for alarm in alarms]

    def _let_speak(self) -> None:
        services = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
        aws.sns.TopicPolicy(
            self._name,
            arn=self.topic.arn,
            policy=document(
                allow(
                    ["sns:Publish"],
                    [self.topic.arn],
                    principal={"Service": services},
                    condition={"StringEquals": {"aws:SourceAccount": self._account}},
                )
            ),
            opts=self._child,
        )

    def _tell_slack(self, slack: SlackSettings) -> None:
        name = f"{self._name}-slack"
        role = aws.iam.Role(  # without a policy: it tells, and nobody in the channel gives orders
            name, assume_role_policy=trust("chatbot.amazonaws.com", account=self._account), opts=self._child
        )
        aws.chatbot.SlackChannelConfiguration(
            name,
            configuration_name=name,
            iam_role_arn=role.arn,
            slack_team_id=slack.team,
            slack_channel_id=slack.channel,
            sns_topic_arns=[self.topic.arn],
            logging_level="ERROR",
            opts=self._child,
        )

    def _alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        queries = [_query(name, metric, shown=alarm.expression is None) for name, metric in alarm.metrics.items()]
        if alarm.expression:
            queries.append(
                aws.cloudwatch.MetricAlarmMetricQueryArgs(
                    id=RESULT, expression=alarm.expression, label=alarm.says, return_data=True
                )
            )
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.name}",
            alarm_description=alarm.says,
            metric_queries=queries,
            comparison_operator="LessThanThreshold" if alarm.below else "GreaterThanThreshold",
            threshold=float(alarm.threshold),
            evaluation_periods=alarm.measurements,
            datapoints_to_alarm=alarm.of or alarm.measurements,
            treat_missing_data=alarm.missing,
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            opts=self._child,
        )

    def _budget(self, dollars: int) -> None:
        def when(kind: str, percent: float) -> aws.budgets.BudgetNotificationArgs:
            return aws.budgets.BudgetNotificationArgs(
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                notification_type=kind,
                subscriber_sns_topic_arns=[self.topic.arn],
            )

        aws.budgets.Budget(
            self._name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(dollars),
            limit_unit="USD",
            notifications=[when("ACTUAL", SPENT_PERCENT), when("FORECASTED", FORESEEN_PERCENT)],
            opts=self._child,
        )


def _query(name: str, metric: Metric, *, shown: bool) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=name,
        return_data=shown,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            stat=metric.stat,
            period=metric.seconds,
        ),
    )
