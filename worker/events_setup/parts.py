"""The parts of a set-up, whatever format it is written in."""

from dataclasses import dataclass
from typing import Any, Final

from activities.aws.event_permissions import event_statement

MAX_RULE_NAME_CHARS: Final = 64
"""Of an EventBridge rule; a queue's may have 80."""

_QUEUE_SUFFIX: Final = "-events"

RETENTION_SECONDS: Final = 300
"""An event that is five minutes old wakes nothing that a poll has not seen."""

QUEUE_ATTRIBUTES: Final = {
    "MessageRetentionPeriod": RETENTION_SECONDS,
    "ReceiveMessageWaitTimeSeconds": 20,
    "VisibilityTimeout": 10,
    "SqsManagedSseEnabled": True,
}
UNDELIVERED_ATTRIBUTES: Final = {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}
"""Of the queue of what EventBridge could not deliver: 14 days, so that a person finds out why."""

RETRY: Final = {"MaximumEventAgeInSeconds": RETENTION_SECONDS, "MaximumRetryAttempts": 185}

TARGET_ID: Final = "queue"


def default_name(platform: str) -> str:
    """Return the name of a platform's rule if a person gives none."""
    return f"polysync-sagemaker-{platform}"[:MAX_RULE_NAME_CHARS]


def default_queue(platform: str) -> str:
    """Return the name of a platform's queue if a person gives none."""
    return f"{default_name(platform)}{_QUEUE_SUFFIX}"


@dataclass(frozen=True)
class Parts:
    """One set-up.

    Attributes:
        name: Of the rule; the names of the queues and of the policy begin so.
        pattern: Of the rule.
        platform: Whose events these are.
    """

    name: str
    pattern: dict[str, Any]
    platform: str

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return f"{self.name}{_QUEUE_SUFFIX}"

    @property
    def undelivered(self) -> str:
        """The name of the queue of what could not be delivered."""
        return f"{self.name}-undelivered"

    @property
    def description(self) -> str:
        """What the rule is for."""
        return f"SageMaker's events for the platform {self.platform} of polysync-sagemaker"


def sending_policy(queue_arn: Any, rule_arn: Any) -> dict[str, Any]:
    """Write the policy of a queue: only the rule may send to it ("Amazon SQS permissions", EventBridge user guide)."""
    send = {"Action": "sqs:SendMessage", "Resource": queue_arn}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TheRuleSends",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                **send,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            },
            {
                "Sid": "NothingElseSends",
                "Effect": "Deny",
                "Principal": "*",
                **send,
                "Condition": {"ArnNotEquals": {"aws:SourceArn": rule_arn}},
            },
        ],
    }


def reading_policy(queue_arn: Any) -> dict[str, Any]:
    """Write the policy of the worker's identity."""
    return {"Version": "2012-10-17", "Statement": [event_statement(queue_arn)]}
