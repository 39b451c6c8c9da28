"""The short activities on the stand-in, one attempt at a time."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.executions import ExecutionActivities
from activities.models import FollowedExecution, ResumeOutcome, ResumeRequest, StartRequest
from tests.standin.process import token
from tests.unit.activities.attempt import attempt


def resumption(arn: str) -> ResumeRequest:
    """A request to resume an execution, under a fresh token."""
    return ResumeRequest(platform="default", execution_arn=arn, client_request_token=token())


async def resumed(activities: ExecutionActivities, request: ResumeRequest, number: int = 1) -> ResumeOutcome:
    """What an attempt to resume comes to."""
    outcome: ResumeOutcome = await attempt(number).run(activities.retry_pipeline_execution, request)
    return outcome


def rerun(pipeline: str, **fields: Any) -> StartRequest:
    """A request to start a rerun, under a fresh token."""
    return StartRequest.model_validate(
        {"platform": "default", "pipeline_name": pipeline, "client_request_token": token(), **fields}
    )


async def started(activities: ExecutionActivities, request: StartRequest, number: int = 1) -> FollowedExecution:
    """What an attempt to start comes to."""
    followed: FollowedExecution = await attempt(number).run(activities.start_pipeline_execution, request)
    return followed


async def refused(activity: Any, activities: ExecutionActivities, request: Any, number: int = 1) -> ApplicationError:
    """The failure of an attempt that fails."""
    with pytest.raises(ApplicationError) as raised:
        await activity(activities, request, number)
    return raised.value
