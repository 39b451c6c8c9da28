"""Why an execution failed: its own FailureReason usually says only that a step did, so the steps are asked."""

import asyncio
from typing import Any, Final

import structlog

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, classify, retry_delay
from activities.aws.platforms import Platform
from activities.models import FailedStep, Observation

log = structlog.get_logger(__name__)

FAILED: Final = frozenset({"Failed", "CompletedWithFailures"})
PAGE_SIZE: Final = 100
"""The most that ListPipelineExecutionSteps gives at once (botocore 1.44.5 service model); there may be more pages."""

MAX_FAILED_STEPS: Final = 10
ATTEMPTS_PER_PAGE: Final = 4
LONGEST_READING_SECONDS: Final = 30
"""A start may find an execution that has failed already, and must answer within its own timeout."""

WORTH_ANOTHER_ATTEMPT: Final = {Kind.THROTTLED, Kind.UNAVAILABLE}


async def with_failed_steps(
    calls: SageMakerCalls, platform: Platform, execution_arn: str, observed: Observation
) -> Observation:
    """Add the failed steps and their reasons to the observation of a failed execution; others stay as they are.

    The end of the execution is known already and must not be lost: where the steps cannot be read (permission,
    a lasting outage), the observation stays without them.
    """
    if observed.sagemaker_status not in FAILED:
        return observed
    try:
        async with asyncio.timeout(LONGEST_READING_SECONDS):
            steps = await _failed_steps(calls, platform, execution_arn)
    except (*AwsError, TimeoutError) as error:
        log.warning("pipeline_execution.steps_not_read", execution_arn=execution_arn, kind=classify(error))
        return observed
    return observed.model_copy(update={"failed_steps": steps})


async def _failed_steps(calls: SageMakerCalls, platform: Platform, execution_arn: str) -> list[FailedStep]:
    failed: list[FailedStep] = []
    page = await _page(calls, platform, execution_arn, None)
    while True:
        failed += [
            FailedStep(name=step.get("StepName", ""), reason=step.get("FailureReason"))
            for step in page.get("PipelineExecutionSteps", ())
            if step.get("StepStatus") == "Failed"
        ]
        if "NextToken" not in page or len(failed) >= MAX_FAILED_STEPS:
            return failed[:MAX_FAILED_STEPS]
        page = await _page(calls, platform, execution_arn, page["NextToken"])


async def _page(calls: SageMakerCalls, platform: Platform, execution_arn: str, token: str | None) -> dict[str, Any]:
    request: dict[str, Any] = {
        "PipelineExecutionArn": execution_arn,
        "SortOrder": "Ascending",
        "MaxResults": PAGE_SIZE,
        **({"NextToken": token} if token else {}),
    }
    attempt = 0
    while True:
        attempt += 1
        try:
            page: dict[str, Any] = await calls.call(platform, "list_pipeline_execution_steps", **request)
        except AwsError as error:
            if attempt == ATTEMPTS_PER_PAGE or classify(error) not in WORTH_ANOTHER_ATTEMPT:
                raise
        else:
            return page
        await asyncio.sleep(retry_delay(attempt).total_seconds())
