"""Describing an execution or job beside its watch."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.models import Observation
from activities.redaction import Redaction
from activities.resources.kind import ResourceKind
from activities.resources.observation import observation_of
from activities.watching.secrets import has_texts, redacted

FIRST_DESCRIBE_SECONDS: Final = 20.0
"""What follows a start's answer leaves room for the start itself within the activity's timeout."""


async def describe(
    calls: SageMakerCalls,
    platform: Platform,
    kind: ResourceKind,
    arn: str,
    *,
    priority: Priority = Priority.ACTION,
) -> Observation:
    """Describe an execution or job.

    Raises:
        AwsError: AWS refused, or could not be asked.
    """
    resource = None if kind.is_described_by_arn else arn
    answer = await calls.call(platform, kind.describe, priority=priority, resource=resource, **kind.request_about(arn))
    return observation_of(kind, answer)


async def first_observation(
    calls: SageMakerCalls, platform: Platform, kind: ResourceKind, arn: str, redaction: Callable[[], Redaction]
) -> Observation:
    """Describe what was just started, which spares a round through the workflow; empty if that fails.

    AWS has accepted the start whatever goes wrong here, and the watch describes it again.

    Args:
        calls: Reach AWS.
        platform: Where it is.
        kind: What it is.
        arn: Its ARN.
        redaction: Makes what removes the start's secrets from texts; called in a thread, and only where there are any.
    """
    with suppress(Exception):
        async with asyncio.timeout(FIRST_DESCRIBE_SECONDS):
            observed = await describe(calls, platform, kind, arn)
            if not has_texts(observed):
                return observed
            return await asyncio.to_thread(lambda: redacted(observed, redaction()))
    return Observation()
