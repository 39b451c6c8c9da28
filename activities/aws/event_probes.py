"""Checking the queue of a platform's events: is it there, may EventBridge send to it, may the platform read it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.event_permissions import queue_arn
from activities.aws.event_queue import EventQueue
from activities.aws.permission_questions import PermissionQuestions, Question
from activities.aws.place import Place
from activities.aws.platforms import Platform
from activities.aws.queue_policy import SENDER, judge_sending
from activities.resources.operations import (
    CHANGE_MESSAGE_VISIBILITY,
    DELETE_MESSAGE,
    GET_QUEUE_ATTRIBUTES,
    RECEIVE_MESSAGE,
)
from contract.platform_check import Check

LAST_EVENT: Final = "last event"
QUEUE: Final = "event queue"
POLICY: Final = "event queue policy"
RETENTION: Final = "event queue retention"

LONGEST_USEFUL_RETENTION_SECONDS: Final = 3600
"""An event wakes nothing after five minutes; what a queue keeps for hours is deleted one batch after the other."""

_AWS_MANAGED_KEY: Final = "alias/aws/sqs"
_SET_UP: Final = "'polysync-sagemaker events-setup' prints a queue with its policy and the rule"

Attributes = Mapping[str, str]


async def check_events(
    calls: SageMakerCalls, questions: PermissionQuestions, platform: Platform, place: Place
) -> list[Check]:
    """Check the queue of a platform; nothing where it has none, since polls are all it needs.

    Args:
        calls: Reaches AWS.
        questions: Asks about permissions.
        platform: Whose queue.
        place: Where the platform is.
    """
    if platform.events is None:
        return []
    arn = queue_arn(platform.events, place)
    found = await _attributes(calls, platform, platform.events)
    if isinstance(found, AwsError):
        checks = [_unread(found, arn)]
        if found.kind is Kind.NOT_FOUND:
            return checks
    else:
        checks = [_read(found, arn), check_policy(found, arn), check_retention(found)]
    return [
        *checks,
        *[await questions.check(each.operation.action, [each]) for each in _questions(platform.events, arn)],
    ]


async def _attributes(calls: SageMakerCalls, platform: Platform, queue: EventQueue) -> Attributes | AwsError:
    request: dict[str, Any] = {"QueueUrl": queue.queue_url, "AttributeNames": ["All"]}
    try:
        answer = await calls.call(platform, GET_QUEUE_ATTRIBUTES, resource=queue.queue_url, **request)
    except AwsError as error:
        return error
    attributes: Attributes = answer.get("Attributes") or {}
    return attributes


def _unread(error: AwsError, arn: str) -> Check:
    match error.kind:
        case Kind.NOT_FOUND:
            remedy = f"Correct queue_url, or create the queue: {_SET_UP}."
            return Check(name=QUEUE, ok=False, detail=f"{arn} does not exist, or is hidden: {error}", remedy=remedy)
        case Kind.ACCESS:
            remedy = f"Grant sqs:GetQueueAttributes on {arn}; 'iam-policy --events' prints the statement."
            return Check(name=QUEUE, ok=False, detail=str(error), remedy=remedy)
        case Kind.THROTTLED:
            return Check(name=QUEUE, ok=None, detail=str(error), remedy=error.remedy)
        case _:
            return Check(name=QUEUE, ok=False, detail=str(error), remedy=error.remedy)


def _read(attributes: Attributes, arn: str) -> Check:
    waiting, in_flight = (attributes.get(f"ApproximateNumberOfMessages{suffix}", "?") for suffix in ("", "NotVisible"))
    counts = f"{waiting} messages wait, {in_flight} are being worked on"
    return Check(name=QUEUE, ok=True, detail=f"{attributes.get('QueueArn', arn)} answers; {counts}")


def check_policy(attributes: Attributes, arn: str) -> Check:
    """Check whether EventBridge may send to a queue, as far as the policy and the encryption show it.

    Args:
        attributes: Of the queue.
        arn: The queue as the platform names it.
    """
    if attributes.get("KmsMasterKeyId") == _AWS_MANAGED_KEY:
        return Check(
            name=POLICY,
            ok=False,
            detail=f"the queue is encrypted with {_AWS_MANAGED_KEY}, which EventBridge may not use",
            remedy="Encrypt it with keys of SQS (SqsManagedSseEnabled), or with a key whose policy lets "
            f"{SENDER} call kms:GenerateDataKey and kms:Decrypt.",
        )
    sending = judge_sending(attributes.get("Policy", ""), attributes.get("QueueArn", arn))
    if not sending.is_allowed:
        remedy = f"Set the queue's policy; {_SET_UP}."
        if sending.is_allowed is None:
            remedy = "If no event comes, compare it with what 'polysync-sagemaker events-setup' prints."
        return Check(name=POLICY, ok=sending.is_allowed, detail=sending.reason, remedy=remedy)
    detail = ", for ".join(["EventBridge may send", *([", ".join(sending.rules)] if sending.rules else [])])
    if key := attributes.get("KmsMasterKeyId"):
        detail = f"{detail}; whether it may use the key {key} is not known here"
    return Check(name=POLICY, ok=True, detail=detail)


def check_last_event(at: datetime | None, *, is_worker: bool) -> Check:
    """Report when this process last received an event of a platform.

    Args:
        at: When; None if none has come.
        is_worker: Whether this process receives events at all.
    """
    if not is_worker:
        return Check(
            name=LAST_EVENT, ok=None, detail="not known here: workers receive events, and this machine does not"
        )
    if at is None:
        return Check(
            name=LAST_EVENT,
            ok=None,
            detail="no event has come to this worker since it started",
            remedy="Let a run start and check again; if none comes, see whether the rule is enabled and matches, and "
            "whether its undelivered queue has messages.",
        )
    ago = max((datetime.now(UTC) - at).total_seconds(), 0)
    return Check(name=LAST_EVENT, ok=True, detail=f"came to this worker at {at:%Y-%m-%d %H:%M:%S} UTC, {ago:.0f} s ago")


def check_retention(attributes: Attributes) -> Check:
    """Check how long a queue keeps messages; too long is no fault, but a delay after a pause."""
    seconds = int(attributes.get("MessageRetentionPeriod", 0))
    remedy = None
    if seconds > LONGEST_USEFUL_RETENTION_SECONDS:
        remedy = "After a pause of the workers, old events are deleted first; MessageRetentionPeriod 300 is enough."
    return Check(name=RETENTION, ok=True, detail=f"messages are kept for {seconds} s", remedy=remedy)


def _questions(queue: EventQueue, arn: str) -> Iterator[Question]:
    """Yield requests that change nothing: a message that is received remains visible to all; handles are invalid."""
    about = {"QueueUrl": queue.queue_url}
    receive = {**about, "MaxNumberOfMessages": 1, "VisibilityTimeout": 0, "WaitTimeSeconds": 0}
    yield Question(RECEIVE_MESSAGE, arn, receive)
    yield Question(DELETE_MESSAGE, arn, {**about, "ReceiptHandle": "check"})
    yield Question(CHANGE_MESSAGE_VISIBILITY, arn, {**about, "ReceiptHandle": "check", "VisibilityTimeout": 0})
