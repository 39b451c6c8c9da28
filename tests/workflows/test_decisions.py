"""A run whose execution failed stays open for a person, who retries it, gives it up, or lets the time pass."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ApplicationError

from contract.names import GIVE_UP_UPDATE, RETRY_UPDATE
from contract.pipeline_document import PipelineRunDocument
from contract.retry import Decision
from contract.run import Phase, RunStatus
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage
from tests.workflows.test_cancel import cancel
from tests.workflows.test_retries import RESUME, attempts_of_steps, ends_in_a_fail_step, fails_once, has_failed

WAIT = {"on_failure": "wait"}
CAUSE = "Train: AlgorithmError: exit code 1"


async def waiting(stage: Stage, pipeline: str, **fields: object) -> Run:
    """Start a run and let it fail, so that it waits for a decision."""
    run = await stage.run(pipeline, **{**WAIT, **fields})
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    return run


async def decide(run: Run, update: str, *arguments: object) -> Decision:
    """Send an update; its answer."""
    answer: Decision = await asyncio.wait_for(
        run.handle.execute_update(update, args=list(arguments), result_type=Decision), PATIENCE_SECONDS
    )
    return answer


async def refusal(run: Run, update: str, *arguments: object) -> ApplicationError:
    """Send an update that is refused; why."""
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await decide(run, update, *arguments)
    assert isinstance(raised.value.cause, ApplicationError)
    return raised.value.cause


async def test_the_wait_for_a_decision_says_what_is_awaited_and_until_when(stage: Stage) -> None:
    """The run is not over, and tells the cause."""
    run = await waiting(stage, fails_once(stage), decision_timeout=7200)
    document = await run.document()
    assert (document.status, document.sagemaker_status, document.message) == (RunStatus.RUNNING, "Failed", CAUSE)
    assert document.waits_until is not None
    assert document.waits_until - document.history[-1].at == timedelta(seconds=7200)
    assert "'retry' or 'give_up'" in document.history[-1].why
    await run.handle.terminate()


@pytest.mark.parametrize(
    "arguments", [[], [None], [{"mode": "resume", "reason": "the data is there now"}], [{"Mode": "Resume"}]]
)
async def test_a_person_resumes(stage: Stage, arguments: list[object]) -> None:
    """The answer says what happens now, and only what failed runs again."""
    pipeline = fails_once(stage)
    run = await waiting(stage, pipeline)
    answer = await decide(run, RETRY_UPDATE, *arguments)
    result = await run.result()
    assert answer == Decision(message=f"Attempt 2 resumes {result.run_id}.", attempt=2, mode="resume")
    assert attempts_of_steps(stage, result.run_id) == {"Prepare": 1, "Train": 2}


async def test_a_person_restarts_for_a_reason(stage: Stage) -> None:
    """Who decided and why stands in the history; a failed retry is decided about anew."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    run = await waiting(stage, pipeline)
    answer = await decide(run, RETRY_UPDATE, {"mode": "restart", "reason": "new image"})
    assert answer == Decision(message="Attempt 2 starts a new execution.", attempt=2, mode="restart")
    document = await run.reaches(
        lambda document: len(document.attempts) == 2 and document.phase is Phase.WAITING_FOR_DECISION
    )
    assert "Update retry: new image: attempt 2 (restart)" in [entry.why for entry in document.history]
    assert len(stage.standin.executions(pipeline)) == 2
    await run.handle.terminate()


async def test_giving_up_fails_the_run_as_it_would_have(stage: Stage) -> None:
    """A workflow retry policy must not begin anew what a person gave up."""
    pipeline = fails_once(stage)
    twice = RetryPolicy(initial_interval=timedelta(milliseconds=1), maximum_attempts=2)
    run = await stage.start({"pipeline_name": pipeline, **WAIT}, retry_policy=twice)
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    answer = await decide(run, GIVE_UP_UPDATE, {"reason": "not worth it"})
    assert answer == Decision(message=f"The run fails: {CAUSE}")
    failure = await run.failure()
    assert (failure.type, failure.message) == ("PipelineExecutionFailed", CAUSE)
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert document.history[-1].why == "Run failed: PipelineExecutionFailed; Update give_up: not worth it"
    assert len(stage.standin.executions(pipeline)) == 1


async def test_the_time_for_a_decision_is_limited(stage: Stage) -> None:
    """Then the run fails as it would have."""
    failure = await (await stage.run(fails_once(stage), **WAIT, decision_timeout=0.5)).failure()
    assert (failure.type, failure.message) == ("PipelineExecutionFailed", CAUSE)
    assert failure.details[0]["history"][-1]["why"].endswith("; No decision came in time")


@pytest.mark.parametrize("way", ["signal", "native", "both"])
async def test_a_cancel_ends_the_wait_for_a_decision(stage: Stage, way: str) -> None:
    """There is nothing to stop any more: the run tells the true outcome, the failure."""
    run = await waiting(stage, fails_once(stage))
    await cancel(run, way)
    failure = await run.failure()
    assert (failure.type, failure.message, failure.non_retryable) == ("PipelineExecutionFailed", CAUSE, True)
    assert stage.calls("StopPipelineExecution")["received"] == 0


async def test_the_runs_timeout_ends_the_wait_for_a_decision(stage: Stage) -> None:
    """No decision could still lead to an attempt."""
    pipeline, arn = has_failed(stage)
    failure = await (await stage.run(pipeline, execution_arn=arn, **WAIT, timeout=3)).failure()
    assert (failure.type, failure.message) == ("PipelineExecutionFailed", CAUSE)


async def test_a_person_is_asked_once_the_retries_are_used_up(stage: Stage) -> None:
    """A run that goes on without a decision says so."""
    run = await stage.run(fails_once(stage), **WAIT, retry={"initial_delay": 3600, "max_delay": 3600})
    await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    refused = await refusal(run, RETRY_UPDATE)
    assert refused.type == "NotWaiting"
    assert "its phase is WaitingForRetry" in refused.message
    await run.handle.terminate()
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    run = await waiting(stage, pipeline, retry={"max_attempts": 2, "initial_delay": 0})
    assert len((await run.document()).attempts) == 2
    await run.handle.terminate()


@pytest.mark.parametrize("update", [RETRY_UPDATE, GIVE_UP_UPDATE])
async def test_a_run_that_does_not_wait_refuses(stage: Stage, update: str) -> None:
    """The refusal names the phase."""
    run = await stage.run(stage.pipeline(seconds=30_000))
    await run.reaches_phase(Phase.RUNNING)
    refused = await refusal(run, update)
    assert refused.type == "NotWaiting"
    assert refused.message == ("The run does not wait for a decision; its phase is Running: it goes on without one.")
    await run.handle.terminate()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([{"mood": "resume"}], "mood: unknown field; known fields: mode, reason"),
        ([{"mode": "again"}], "mode: must be one of resume, restart"),
        ([{"reason": "x" * 501}], "reason: String should have at most 500 characters"),
        ([["resume"]], "input: must be a JSON object, such as {}"),
        ([{}, {}], "at most one JSON object is needed, 2 arguments came"),
        ([RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{stop"))], "input: must be a JSON object"),
    ],
    ids=["unknown field", "unknown mode", "long reason", "list", "two", "no JSON"],
)
async def test_what_cannot_be_read_is_refused_and_decides_nothing(
    stage: Stage, arguments: list[Any], problem: str
) -> None:
    """The run waits on for a decision that can be."""
    run = await waiting(stage, fails_once(stage))
    refused = await refusal(run, RETRY_UPDATE, *arguments)
    assert refused.type == "InvalidInput"
    assert problem in refused.message
    await decide(run, GIVE_UP_UPDATE)
    await run.failure()


async def test_what_aws_would_refuse_is_refused_before(stage: Stage) -> None:
    """The refusal says why, and what can be done instead."""
    run = await waiting(stage, ends_in_a_fail_step(stage))
    refused = await refusal(run, RETRY_UPDATE, {"mode": "resume"})
    assert refused.type == "NotRetryable"
    assert refused.message == (
        "the execution cannot be resumed: it ended in the Fail step 'Stop'; mode 'restart' starts a new one"
    )
    assert (await decide(run, RETRY_UPDATE, {"mode": "restart"})).mode == "restart"
    await run.handle.terminate()


async def test_a_refused_retry_is_decided_about_again(stage: Stage) -> None:
    """A person can mend what AWS refused, such as a missing permission."""
    denied = stage.standin.fault(RESUME, "access_denied")
    run = await waiting(stage, fails_once(stage))
    await decide(run, RETRY_UPDATE)
    document = await run.reaches(lambda document: "Not retried" in str(document.message))
    assert document.phase is Phase.WAITING_FOR_DECISION
    assert str(document.message).startswith(f"{CAUSE} | Not retried: ")
    stage.standin.control("DELETE", f"/faults/{denied}")
    assert (await decide(run, RETRY_UPDATE)).attempt == 2
    result = await run.result()
    assert attempts_of_steps(stage, result.run_id) == {"Prepare": 1, "Train": 2}


async def test_two_decisions_at_once_are_one(idle_stage: Stage) -> None:
    """Both reach the workflow in one task: the first counts, and the second hears that it came too late."""
    async with idle_stage.worker():
        run = await waiting(idle_stage, fails_once(idle_stage))
    updates = [asyncio.create_task(outcome(run, update)) for update in (RETRY_UPDATE, GIVE_UP_UPDATE)]
    async with idle_stage.worker():
        outcomes = await asyncio.gather(*updates)
        document = await run.reaches_phase(Phase.CLOSED)
    is_retried = document.status is RunStatus.SUCCESS
    assert outcomes == (["decided", "NotWaiting"] if is_retried else ["NotWaiting", "decided"])


async def outcome(run: Run, update: str) -> str:
    """Whether an update was accepted, or the type of its refusal."""
    try:
        await decide(run, update)
    except WorkflowUpdateFailedError as refused:
        return str(getattr(refused.cause, "type", refused.cause))
    return "decided"
