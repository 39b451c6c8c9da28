"""A failed execution is retried as the input says, each attempt begun once, and every wait can be cancelled."""

from typing import Any

import pytest

from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from tests.standin.definitions import job, parameter, step
from tests.standin.process import token
from tests.workflows.stage import Run, Stage, until
from tests.workflows.test_cancel import LONG, cancel
from tests.workflows.test_outcomes import force

RESUME = "RetryPipelineExecution"
START = "StartPipelineExecution"
AT_ONCE = {"initial_delay": 0, "max_delay": 0}
NOT_SOON = {"initial_delay": 3600, "max_delay": 3600}
WAYS = ["signal", "native", "both"]


def fails_once(stage: Stage, *, seconds: float = 30) -> str:
    """Create a pipeline whose second step fails the first time; its name."""
    return stage.standin.create(
        [
            job("Prepare", seconds=3),
            job("Train", ["Prepare"], seconds=seconds, fail="AlgorithmError: exit code 1", fail_attempts=1),
        ]
    )


def has_failed(stage: Stage) -> tuple[str, str]:
    """Create such a pipeline, with an execution that somebody else started and that has failed; name and ARN."""
    pipeline = fails_once(stage)
    arn = stage.standin.start(pipeline)
    stage.standin.until_ended(arn)
    return pipeline, arn


def attempts_of_steps(stage: Stage, execution_arn: str | None) -> dict[str, int]:
    """AWS's AttemptCount of each step of an execution."""
    steps = stage.standin.steps(execution_arn or "")
    return {name: found["AttemptCount"] for name, found in steps.items()}


async def test_a_resumed_execution_does_not_run_its_finished_steps_again(stage: Stage) -> None:
    """The ARN stays, only what failed runs a second time, and both attempts stand in the document."""
    pipeline = fails_once(stage)
    result = await (await stage.run(pipeline, retry={"max_attempts": 2, **AT_ONCE})).result()
    execution = stage.the_execution(pipeline)
    assert (result.status, result.run_id) == (RunStatus.SUCCESS, execution["execution_arn"])
    assert attempts_of_steps(stage, result.run_id) == {"Prepare": 1, "Train": 2}
    assert [(one.number, one.mode, one.sagemaker_status, one.message) for one in result.attempts] == [
        (1, None, "Failed", "Train: AlgorithmError: exit code 1"),
        (2, "resume", "Succeeded", None),
    ]
    assert {one.execution_arn for one in result.attempts} == {result.run_id}
    assert (result.causes, result.message) == ([], None)
    assert {found.name: found.status for found in result.steps} == {"Prepare": "Succeeded", "Train": "Succeeded"}


async def test_a_restart_starts_another_execution_under_another_token(stage: Stage) -> None:
    """Under the first token AWS would answer with the execution that failed."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    failure = await (await stage.run(pipeline, retry={"max_attempts": 3, "mode": "Restart", **AT_ONCE})).failure()
    executions = stage.standin.executions(pipeline)
    assert [execution["starts_accepted"] for execution in executions] == [1, 1, 1]
    assert len({execution["client_request_token"] for execution in executions}) == 3
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert [(one.number, one.execution_arn) for one in document.attempts] == [
        (number, execution["execution_arn"]) for number, execution in enumerate(executions, start=1)
    ]
    assert document.run_id == executions[-1]["execution_arn"]
    assert failure.message == "Train: AlgorithmError: exit code 1"
    assert stage.calls(RESUME)["received"] == 0


async def test_the_wait_for_a_retry_is_seen_and_is_no_end(stage: Stage) -> None:
    """Whoever polls for the status must not take the attempt's end for the run's."""
    run = await stage.run(fails_once(stage), retry=NOT_SOON)
    document = await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    assert (document.status, document.sagemaker_status) == (RunStatus.RUNNING, "Failed")
    assert document.message == "Train: AlgorithmError: exit code 1"
    assert document.waits_until is not None
    assert (document.waits_until - document.history[-1].at).total_seconds() == 3600
    assert [entry.phase for entry in document.history[-2:]] == [Phase.RUNNING, Phase.WAITING_FOR_RETRY]
    await run.handle.terminate()


@pytest.mark.parametrize("way", WAYS)
async def test_a_cancel_while_a_retry_is_waited_for_tells_the_true_outcome(stage: Stage, way: str) -> None:
    """There is nothing to stop any more: the run fails at once, as the execution did, and is not retried."""
    pipeline = fails_once(stage)
    run = await stage.run(pipeline, retry=NOT_SOON)
    await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    await cancel(run, way)
    failure = await run.failure()
    assert (failure.type, failure.message) == ("PipelineExecutionFailed", "Train: AlgorithmError: exit code 1")
    assert failure.non_retryable
    why = PipelineRunDocument.model_validate(failure.details[0]).history[-1].why
    assert why.startswith("Run failed: PipelineExecutionFailed; Cancel")
    assert (stage.calls(RESUME)["received"], stage.calls("StopPipelineExecution")["received"]) == (0, 0)


async def test_the_timeout_spans_all_attempts(stage: Stage) -> None:
    """It ends the wait for a retry, and the outcome is the failure."""
    pipeline, arn = has_failed(stage)
    failure = await (await stage.run(pipeline, execution_arn=arn, retry=NOT_SOON, timeout=3)).failure()
    assert failure.type == "PipelineExecutionFailed"
    assert PipelineRunDocument.model_validate(failure.details[0]).history[-1].why.endswith("The run's timeout passed")


async def test_an_attempt_that_a_timeout_stops_is_not_retried(stage: Stage) -> None:
    """Stopped is not failed."""
    pipeline = stage.pipeline(seconds=LONG)
    failure = await (await stage.run(pipeline, retry=AT_ONCE, timeout=1)).failure()
    assert failure.type == "PipelineRunTimedOut"
    assert stage.the_execution(pipeline)["status"] == "Stopped"


async def test_a_failure_after_a_cancel_is_not_retried(stage: Stage) -> None:
    """The execution failed before the stop reached it, and somebody wanted it to end."""
    pipeline = stage.pipeline(seconds=LONG)
    denied = stage.standin.fault("StopPipelineExecution", "access_denied")
    run = await stage.run(pipeline, retry=AT_ONCE)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    await until(lambda: stage.standin.fault_state(denied)["hits"])
    force(stage, pipeline, "Failed", "AlgorithmError: exit code 1")
    assert (await run.failure()).type == "PipelineExecutionFailed"
    assert stage.calls(RESUME)["received"] == 0


@pytest.mark.parametrize("effect", ["reset_after", "reset_before", "html_5xx", "throttle", "expired_credentials"])
async def test_a_resumption_is_repeated_under_its_token(stage: Stage, effect: str) -> None:
    """Whatever happens to the call, the failed step runs exactly once more."""
    pipeline = fails_once(stage)
    stage.standin.fault(RESUME, effect, times=2)
    result = await (await stage.run(pipeline, retry=AT_ONCE)).result()
    assert attempts_of_steps(stage, result.run_id) == {"Prepare": 1, "Train": 2}
    assert stage.calls(RESUME)["received"] == 3


@pytest.mark.parametrize("way", WAYS)
async def test_a_cancel_while_the_resumption_is_in_flight_stops_what_goes_on(stage: Stage, way: str) -> None:
    """AWS has resumed the execution and its reply is on the way: it must not go on unseen."""
    pipeline = stage.pipeline(seconds=30000)
    held = stage.standin.fault(RESUME, "hold_reply")
    run = await stage.run(pipeline, retry=AT_ONCE)
    await run.reaches_phase(Phase.RUNNING)
    # Once resumed, the execution must not end before it is stopped, however busy the machine is.
    stage.finish(pipeline, failure="AlgorithmError: exit code 1")
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await cancel(run, way)
    await run.reaches_phase(Phase.STOPPING)
    stage.standin.control("DELETE", f"/faults/{held}")
    document = await (run.result() if way == "signal" else run.closes_as_canceled())
    assert document.status is RunStatus.CANCELLED
    assert stage.the_execution(pipeline)["status"] == "Stopped"


@pytest.mark.parametrize("operation", [RESUME, START])
@pytest.mark.parametrize("way", WAYS)
async def test_a_cancel_while_a_retry_waits_for_quota_ends_at_once(stage: Stage, operation: str, way: str) -> None:
    """A retry waits for AWS's room as a first start does; cancelled, the run tells how the attempt before ended."""
    pipeline = fails_once(stage)
    run = await stage.run(pipeline, retry={"mode": "resume" if operation == RESUME else "restart", **SOON})
    await run.reaches_phase(Phase.RUNNING)
    stage.standin.fault(operation, "quota", limit=20, pipeline=pipeline)
    waiting = await run.reaches_phase(Phase.WAITING_FOR_QUOTA)
    assert "ResourceLimitExceeded" in str(waiting.message)
    await cancel(run, way)
    failure = await run.failure()
    assert failure.message == "Train: AlgorithmError: exit code 1"
    assert stage.the_execution(pipeline)["status"] == "Failed"


SOON = {"initial_delay": 0.5, "max_delay": 0.5}


def ends_in_a_fail_step(stage: Stage) -> str:
    """Create a pipeline that ends in a Fail step; its name."""
    return stage.standin.create(
        [job("Evaluate", seconds=3), step("Stop", "Fail", ["Evaluate"], ErrorMessage="too bad")]
    )


async def test_an_execution_that_ended_in_a_fail_step_is_not_resumed(stage: Stage) -> None:
    """AWS would refuse it, so nobody waits for that: the run fails with the cause and says why it was not retried."""
    run = await stage.run(ends_in_a_fail_step(stage), retry=NOT_SOON)
    failure = await run.failure()
    assert failure.type == "PipelineExecutionFailed"
    assert failure.message == (
        "Stop: too bad | Not retried: the execution cannot be resumed: it ended in the Fail step 'Stop'; "
        "mode 'restart' starts a new one"
    )
    assert stage.calls(RESUME)["received"] == 0


async def test_what_cannot_be_resumed_is_restarted_where_the_input_allows_it(stage: Stage) -> None:
    """Each attempt is then an execution of its own."""
    pipeline = ends_in_a_fail_step(stage)
    retry = {"max_attempts": 2, "restart_if_not_resumable": True, **AT_ONCE}
    failure = await (await stage.run(pipeline, retry=retry)).failure()
    assert len(stage.standin.executions(pipeline)) == 2
    assert [one["mode"] for one in failure.details[0]["attempts"]] == [None, "restart"]


@pytest.mark.parametrize("may_restart", [True, False])
async def test_aws_refuses_to_resume(stage: Stage, *, may_restart: bool) -> None:
    """AWS resumes only what is Failed; what it refuses is restarted where the input allows it, else the run fails."""
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline, retry={"restart_if_not_resumable": may_restart, **AT_ONCE})
    await run.reaches_phase(Phase.RUNNING)
    force(stage, pipeline, "CompletedWithFailures", "2 of 5 steps failed")
    if may_restart:
        await until(lambda: len(stage.standin.executions(pipeline)) == 2)
        await run.reaches(lambda document: len(document.attempts) == 2)
        await run.cancel_by_signal()
        assert (await run.result()).attempts[-1].mode == "restart"
    else:
        failure = await run.failure()
        assert failure.type == "PipelineExecutionFailed"
        assert failure.message.startswith("2 of 5 steps failed | Not retried: the execution cannot be resumed: ")


async def test_a_refused_resumption_fails_the_run_with_the_cause_first(stage: Stage) -> None:
    """A missing permission is told, but the execution's failure is what people look for."""
    stage.standin.fault(RESUME, "access_denied")
    failure = await (await stage.run(fails_once(stage), retry=AT_ONCE)).failure()
    assert failure.type == "PipelineExecutionFailed"
    assert failure.message.startswith("Train: AlgorithmError: exit code 1 | Not retried: ")
    assert "sagemaker:RetryPipelineExecution" in failure.message


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        ("access_denied", "Train: AlgorithmError: exit code 1"),
        ("not_failed", "Train: AlgorithmError: exit code 1"),
        ("fail_step", "Stop: too bad"),
    ],
)
async def test_a_catcher_takes_the_failure_that_could_not_be_retried(stage: Stage, refusal: str, cause: str) -> None:
    """A refused resumption is no attempt: the execution's failure stands, and the catchers are asked about that."""
    never = [{"ErrorEquals": ["States.Permissions", "SageMaker.AmazonSageMakerException"], "Next": "Never"}]
    everything = [*never, {"ErrorEquals": ["States.ALL"], "Next": "Alarm"}]
    pipeline, arn = has_failed(stage)
    if refusal == "access_denied":
        stage.standin.fault(RESUME, refusal, pipeline=pipeline)
    elif refusal == "not_failed":
        force(stage, pipeline, "CompletedWithFailures")
    else:
        pipeline = ends_in_a_fail_step(stage)
        arn = stage.standin.start(pipeline)
        stage.standin.until_ended(arn)
    fields = {"execution_arn": arn, "retry": AT_ONCE}
    runs = [await stage.run(pipeline, **fields, catch=catch) for catch in (everything, never)]
    document, failure = await runs[0].result(), await runs[1].failure()
    assert document.caught is not None
    assert (document.status, document.caught.next, document.attempts) == (RunStatus.FAILED, "Alarm", [])
    assert document.caught.cause == document.message
    for message in (document.caught.cause, failure.message):
        assert message.startswith(f"{cause} | Not retried: ")
    assert failure.type == "PipelineExecutionFailed"
    assert document.error is not None
    assert document.error.name != "States.Permissions"


async def test_a_success_while_a_retry_is_waited_for_is_told(stage: Stage) -> None:
    """Somebody else resumed the execution, and it succeeded before the run came to it."""
    pipeline, arn = has_failed(stage)
    run = await stage.run(pipeline, execution_arn=arn, retry=SOON)
    await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    force(stage, pipeline, "Succeeded")
    assert (await run.result()).status is RunStatus.SUCCESS


async def test_a_reset_resumes_nothing_again(stage: Stage) -> None:
    """An operator who resets a run that was resumed finds the same execution, and pays nothing twice."""
    pipeline = fails_once(stage)
    run = await stage.run(pipeline, retry=AT_ONCE)
    first = await run.result()
    again = await (await stage.reset_to_first_task(run)).result()
    assert (again.run_id, again.status) == (first.run_id, RunStatus.SUCCESS)
    assert attempts_of_steps(stage, again.run_id) == {"Prepare": 1, "Train": 2}


async def test_a_followed_execution_can_be_resumed(stage: Stage) -> None:
    """Also one that had failed before the run began, and that somebody else started."""
    pipeline, arn = has_failed(stage)
    result = await (await stage.run(pipeline, execution_arn=arn, retry=AT_ONCE)).result()
    assert (result.run_id, result.status) == (arn, RunStatus.SUCCESS)
    assert attempts_of_steps(stage, arn) == {"Prepare": 1, "Train": 2}


async def test_a_followed_execution_is_restarted_with_its_own_parameters(stage: Stage) -> None:
    """Only AWS knows them: this run was not told with what the execution was started."""
    needed = parameter("Data")
    pipeline = stage.standin.create([job("Train", seconds=3, fail="AlgorithmError: exit code 1")], [needed])
    arn = stage.standin.start(pipeline, {"Data": "s3://bucket/data"})
    stage.standin.until_ended(arn)
    retry = {"max_attempts": 2, "mode": "restart", **AT_ONCE}
    await (await stage.run(pipeline, execution_arn=arn, retry=retry)).failure()
    executions = stage.standin.executions(pipeline)
    assert [execution["parameters"] for execution in executions] == [{"Data": "s3://bucket/data"}] * 2


async def test_two_runs_under_one_token_of_the_caller_share_their_resumption(stage: Stage) -> None:
    """The caller's token means one logical run, in its later attempts, too."""
    pipeline = fails_once(stage)
    fields: dict[str, Any] = {"client_request_token": f"order-{token()}", "retry": SOON}
    runs: list[Run] = [await stage.run(pipeline, **fields), await stage.run(pipeline, **fields)]
    results = [await run.result() for run in runs]
    assert [result.status for result in results] == [RunStatus.SUCCESS, RunStatus.SUCCESS]
    assert attempts_of_steps(stage, stage.the_execution(pipeline)["execution_arn"]) == {"Prepare": 1, "Train": 2}
