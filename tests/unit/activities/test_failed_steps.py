"""The steps behind a failed execution, whose own reason names none."""

from datetime import timedelta
from typing import Any

import pytest

from activities import failed_steps
from activities.aws.calls import SageMakerCalls
from activities.failed_steps import ATTEMPTS_PER_PAGE, MAX_FAILED_STEPS, with_failed_steps
from activities.models import MAX_MESSAGE_CHARS, FailedStep, Observation
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, refusal, reply

FAILED = Observation(sagemaker_status="Failed", failure_reason="Step failure: One or multiple steps failed.")
THROTTLED = refusal("ThrottlingException", "Rate exceeded")


@pytest.fixture(autouse=True)
def without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(failed_steps, "retry_delay", lambda _attempt: timedelta())


def step(name: str, status: str = "Failed", **more: str) -> dict[str, Any]:
    """A step as AWS lists it."""
    return {"StepName": name, "StepStatus": status, **more}


async def test_the_failed_steps_of_all_pages_come_with_their_reasons(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Most executions have one page, and a failure is as likely on the second."""
    aws.script += [
        reply(
            PipelineExecutionSteps=[step("Load", "Succeeded"), step("Train", FailureReason="exit code 1")],
            NextToken="next",
        ),
        reply(PipelineExecutionSteps=[step("Score"), step("Wait", "Stopped")]),
    ]
    observed = await with_failed_steps(calls, aws.platform, ARN, FAILED)
    assert observed == FAILED.model_copy(
        update={"failed_steps": [FailedStep(name="Train", reason="exit code 1"), FailedStep(name="Score")]}
    )
    request = {"PipelineExecutionArn": ARN, "SortOrder": "Ascending", "MaxResults": 100}
    assert aws.requests == [
        ("ListPipelineExecutionSteps", request),
        ("ListPipelineExecutionSteps", {**request, "NextToken": "next"}),
    ]


@pytest.mark.parametrize("status", [None, "Executing", "Stopping", "Succeeded", "Stopped", "Paused"])
async def test_only_a_failure_is_asked_for_its_steps(
    aws: ScriptedAws, calls: SageMakerCalls, status: str | None
) -> None:
    """Every other observation costs no call."""
    observed = Observation(sagemaker_status=status)
    assert await with_failed_steps(calls, aws.platform, ARN, observed) == observed
    assert aws.requests == []


async def test_a_few_failed_steps_are_enough(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The first ones tell the cause, and the document stays small."""
    aws.script.append(reply(PipelineExecutionSteps=[step(f"s{n}") for n in range(50)], NextToken="next"))
    observed = await with_failed_steps(calls, aws.platform, ARN, FAILED)
    assert [failed.name for failed in observed.failed_steps] == [f"s{n}" for n in range(MAX_FAILED_STEPS)]


async def test_throttling_is_retried_a_few_times(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """It is over soon."""
    aws.script += [THROTTLED] * (ATTEMPTS_PER_PAGE - 1) + [reply(PipelineExecutionSteps=[step("Train")])]
    observed = await with_failed_steps(calls, aws.platform, ARN, FAILED)
    assert observed.failed_steps == [FailedStep(name="Train")]


@pytest.mark.parametrize(
    ("answer", "calls_made"),
    [(THROTTLED, ATTEMPTS_PER_PAGE), (refusal("AccessDeniedException", "not authorized"), 1)],
    ids=["throttled", "no permission"],
)
async def test_an_end_is_not_lost_where_its_steps_cannot_be_read(
    aws: ScriptedAws, calls: SageMakerCalls, answer: Any, calls_made: int
) -> None:
    """The reasons are a kindness, the end is the truth."""
    aws.script += [answer] * calls_made
    assert await with_failed_steps(calls, aws.platform, ARN, FAILED) == FAILED
    assert len(aws.requests) == calls_made


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        (Observation(), None),
        (Observation(description="nightly"), "nightly"),
        (Observation(description="nightly", failure_reason="Step failure"), "Step failure"),
        (
            Observation(
                failure_reason="Step failure",
                failed_steps=[FailedStep(name="Train", reason="exit code 1"), FailedStep(name="Score")],
            ),
            "Train: exit code 1 | Score: failed without a reason | Step failure",
        ),
        (Observation(failed_steps=[FailedStep(name="T", reason="x" * 10_000)]), f"T: {'x' * (MAX_MESSAGE_CHARS - 3)}"),
    ],
)
def test_the_message_begins_with_the_cause(observed: Observation, message: str | None) -> None:
    """What a person should read first, in bounded length."""
    assert observed.message == message
