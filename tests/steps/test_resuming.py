"""Resuming failed executions over HTTP: once, whatever gets lost, and refusals that say why."""

import asyncio

import pytest

from activities.executions import ExecutionActivities
from activities.models import ResumeOutcome, ResumeRequest
from activities.starting import resuming
from activities.starting.resuming import ACCEPTED, HAS_SUCCEEDED, RUNS_ALREADY
from tests.standin.definitions import job, step
from tests.standin.process import Standin
from tests.steps.attempts import refused, resumed, resumption
from tests.unit.activities.attempt import attempt

FLAKY = [job("a", seconds=1), job("b", ["a"], seconds=1, fail="AlgorithmError: flaky", fail_attempts=1)]
LASTING = [job("a", seconds=1), job("b", ["a"], seconds=100_000, fail="AlgorithmError: flaky", fail_attempts=1)]


def failed(standin: Standin) -> str:
    """An execution that failed in its second step, and succeeds when it is resumed."""
    arn = standin.start(standin.create(FLAKY))
    assert standin.until_ended(arn) == "Failed"
    return arn


async def test_a_failed_execution_goes_on_where_it_failed(standin: Standin, activities: ExecutionActivities) -> None:
    """The ARN stays, and the finished step is not paid again."""
    arn = failed(standin)
    first = standin.steps(arn)["a"]
    assert await resumed(activities, resumption(arn)) == ResumeOutcome(resumed=True, why=ACCEPTED)
    assert standin.until_ended(arn) == "Succeeded"
    assert standin.steps(arn)["a"] == first
    assert standin.steps(arn)["b"]["AttemptCount"] == 2


@pytest.mark.parametrize("effect", ["reset_after", "reset_before"])
async def test_a_lost_reply_resumes_once(standin: Standin, activities: ExecutionActivities, effect: str) -> None:
    """The next attempt asks under the same token."""
    arn = failed(standin)
    standin.fault("RetryPipelineExecution", effect, times=1)
    request = resumption(arn)
    lost = await refused(resumed, activities, request)
    assert (lost.type, lost.non_retryable) == ("AwsUnavailable", False)
    assert await resumed(activities, request, 2) == ResumeOutcome(resumed=True, why=ACCEPTED)
    assert standin.until_ended(arn) == "Succeeded"
    assert standin.steps(arn)["b"]["AttemptCount"] == 2


async def test_one_that_runs_already_is_resumed(standin: Standin, activities: ExecutionActivities) -> None:
    """Somebody else was faster, or AWS forgot the token: its refusal is not believed before the execution is seen."""
    arn = standin.start(standin.create([job("a", seconds=100_000)]))
    assert await resumed(activities, resumption(arn)) == ResumeOutcome(resumed=True, why=RUNS_ALREADY)
    standin.stop(arn)


async def test_a_success_meanwhile_is_found_by_the_run(standin: Standin, activities: ExecutionActivities) -> None:
    """Somebody else resumed it, and there is nothing left to do but to tell so."""
    arn = standin.start(standin.create([job("a", seconds=1)]))
    assert standin.until_ended(arn) == "Succeeded"
    assert await resumed(activities, resumption(arn)) == ResumeOutcome(resumed=True, why=HAS_SUCCEEDED)


async def test_what_cannot_be_resumed_is_told(standin: Standin, activities: ExecutionActivities) -> None:
    """By what the execution is, whatever AWS's words are."""
    failed_step = standin.start(standin.create([step("TooBad", "Fail", ErrorMessage="AUC 0.61 is below 0.8")]))
    stopped = standin.start(standin.create([job("a", seconds=100_000)]))
    standin.stop(stopped)
    assert [standin.until_ended(arn) for arn in (failed_step, stopped)] == ["Failed", "Stopped"]
    outcomes = [await resumed(activities, resumption(arn)) for arn in (failed_step, stopped)]
    assert [outcome.resumed for outcome in outcomes] == [False] * 2
    beginnings = [
        "The execution ended in the Fail step 'TooBad', which is the pipeline's own verdict",
        "The execution was stopped, and AWS resumes only executions that failed; start a new one.",
    ]
    assert [outcome.why.startswith(text) for outcome, text in zip(outcomes, beginnings, strict=True)] == [True] * 2


async def test_steps_that_may_not_be_read_leave_awss_own_words(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """The refusal is as definite."""
    arn = standin.start(standin.create([step("TooBad", "Fail", ErrorMessage="no")]))
    assert standin.until_ended(arn) == "Failed"
    standin.fault("ListPipelineExecutionSteps", "access_denied")
    outcome = await resumed(activities, resumption(arn))
    assert not outcome.resumed
    assert outcome.why.startswith("ValidationException: ")


async def test_steps_that_are_read_slowly_leave_awss_own_words(
    standin: Standin, activities: ExecutionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is known, and a cancel waits for it."""
    monkeypatch.setattr(resuming, "STEPS_READ_WITHIN_SECONDS", 0.5)
    arn = standin.start(standin.create([step("TooBad", "Fail", ErrorMessage="no")]))
    assert standin.until_ended(arn) == "Failed"
    standin.fault("ListPipelineExecutionSteps", "throttle")
    outcome = await asyncio.wait_for(resumed(activities, resumption(arn)), 60)
    assert not outcome.resumed
    assert outcome.why.startswith("ValidationException: ")


@pytest.mark.parametrize(
    ("effect", "failure_type", "final"),
    [("quota", "QuotaExceeded", True), ("throttle", "Throttled", False), ("access_denied", "AccessDenied", False)],
)
async def test_other_refusals_are_typed(
    standin: Standin, activities: ExecutionActivities, effect: str, failure_type: str, *, final: bool
) -> None:
    """As for every call; a quota goes back to the workflow's timer."""
    arn = failed(standin)
    standin.fault("RetryPipelineExecution", effect, limit=20)
    failure = await refused(resumed, activities, resumption(arn))
    assert (failure.type, failure.non_retryable) == (failure_type, final)


@pytest.mark.parametrize(("left_behind", "final"), [([{"refused_up_to": 4}], True), ([], False)])
async def test_an_unknown_outcome_is_brought_to_an_end(
    standin: Standin, activities: ExecutionActivities, left_behind: list[object], *, final: bool
) -> None:
    """What may run costs money: a refusal at the door says nothing about it."""
    arn = failed(standin)
    standin.fault("RetryPipelineExecution", "access_denied")

    async def fifth(_activities: ExecutionActivities, request: ResumeRequest, _number: int) -> None:
        await attempt(5, *left_behind).run(activities.retry_pipeline_execution, request)

    failure = await refused(fifth, activities, resumption(arn))
    assert (failure.type, failure.non_retryable) == ("AccessDenied", final)


async def test_it_is_waited_for_until_the_execution_is_seen_to_run(
    standin: Standin, activities: ExecutionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A describe that lags would make the watch see the old failure anew; one that is down keeps nobody waiting."""
    monkeypatch.setattr(resuming, "DESCRIBE_AGAIN_SECONDS", 0.01)
    arn = standin.start(standin.create(LASTING))
    standin.control("POST", f"/executions/{arn.rpartition('/')[2]}/force", {"status": "Failed"})
    standin.fault("DescribePipelineExecution", "error")
    assert (await resumed(activities, resumption(arn))).resumed
    standin.control("DELETE", "/faults")
    assert standin.status(arn) == "Executing"
    standin.stop(arn)
