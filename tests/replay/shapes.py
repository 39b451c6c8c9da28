"""The courses that a run can take, each played on a real server so that its history can be recorded."""

from collections.abc import Awaitable, Callable
from typing import Final

from contract.run import Phase, RunStatus
from tests.replay.attempt_shapes import (
    cancel_in_decision_wait,
    cancel_in_retry_wait,
    continued_attempts,
    decision_not_made,
    decision_to_give_up,
    decision_to_retry,
    restart,
    restart_instead_of_resume,
    resume,
)
from tests.replay.check_shapes import refused_check
from tests.replay.deployment_shapes import (
    deployment_cancelled_in_a_move,
    deployment_created,
    deployment_joined,
    deployment_preview,
    deployment_refused,
    deployment_repeated,
    deployment_unchanged,
    deployment_updated,
)
from tests.replay.discovery_shapes import cancelled_discovery, discovery, refused_discovery
from tests.replay.gate_shapes import (
    answered_steps,
    answers_on_their_way,
    approval_timeout,
    approved,
    cancel_in_approval_wait,
    continued_approval,
    given_up_answer,
    late_answer,
    many_steps,
    nameless_step,
    refused_answer,
    rejected,
    shown_step,
    step_timeout,
    step_timeout_without_start,
    stopped_step,
)
from tests.replay.job_shapes import (
    continued_job,
    job_attempt_timeout,
    job_cancel,
    job_failure,
    job_native_cancel,
    job_quota_exhausted,
    job_refused_and_caught,
    job_refused_task_state,
    job_retry_and_catch,
    job_success,
)
from tests.replay.schedule_shapes import scheduled_run
from tests.standin.definitions import job
from tests.workflows.stage import Run, Stage, until
from tests.workflows.test_outcomes import force
from tests.workflows.test_results import OUTPUTS
from tests.workflows.test_retries import has_failed

LONG: Final = 30_000
"""Seconds of simulated time that no recording waits for."""

Shape = Callable[[Stage], Awaitable[Run]]


async def success(stage: Stage) -> Run:
    """Started, watched, succeeded."""
    run = await stage.run(stage.pipeline())
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def failure(stage: Stage) -> Run:
    """Started, watched, failed."""
    run = await stage.run(stage.pipeline(fail="AlgorithmError: exit code 1"))
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def completed_with_failures(stage: Stage) -> Run:
    """Ended with the sixth status."""
    pipeline, run = await _running(stage)
    force(stage, pipeline, "CompletedWithFailures", "2 of 5 steps failed")
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def cancel_by_signal(stage: Stage) -> Run:
    """Stopped by the signal while running."""
    _, run = await _running(stage)
    await run.cancel_by_signal({"reason": "wrong data"})
    assert (await run.result()).status is RunStatus.CANCELLED
    return run


async def cancel_both_ways(stage: Stage) -> Run:
    """Stopped once, by the signal and Temporal's own cancel after it."""
    pipeline, run = await _running(stage)
    held = stage.standin.fault("StopPipelineExecution", "hold_reply", pipeline=pipeline)
    await run.cancel_by_signal()
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await run.handle.cancel()
    stage.standin.control("DELETE", f"/faults/{held}")
    assert (await run.closes_as_canceled()).status is RunStatus.CANCELLED
    return run


async def native_cancel(stage: Stage) -> Run:
    """Stopped by Temporal's own cancel while running."""
    _, run = await _running(stage)
    await run.handle.cancel()
    assert (await run.closes_as_canceled()).status is RunStatus.CANCELLED
    return run


async def cancel_while_starting(stage: Stage) -> Run:
    """Cancelled natively while the start's reply was on its way."""
    pipeline = stage.pipeline(seconds=LONG)
    held = stage.standin.fault("StartPipelineExecution", "hold_reply", pipeline=pipeline)
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await run.handle.cancel()
    stage.standin.control("DELETE", f"/faults/{held}")
    assert (await run.closes_as_canceled()).status is RunStatus.CANCELLED
    return run


async def stop_too_late(stage: Stage) -> Run:
    """Cancelled when the execution had just ended."""
    pipeline = stage.pipeline(seconds=300)
    run = await stage.run(pipeline, poll_interval=3)
    await run.reaches_phase(Phase.RUNNING)
    await until(lambda: stage.the_execution(pipeline)["status"] == "Succeeded")
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def cancel_in_quota_wait(stage: Stage) -> Run:
    """Cancelled while waiting for quota."""
    run = await _waiting_for_quota(stage)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    return run


async def native_cancel_in_quota_wait(stage: Stage) -> Run:
    """Cancelled by Temporal's own cancel while waiting for quota."""
    run = await _waiting_for_quota(stage)
    await run.handle.cancel()
    assert (await run.closes_as_canceled()).run_id is None
    return run


async def timeout_in_quota_wait(stage: Stage) -> Run:
    """Its time was over before there was any room."""
    run = await _waiting_for_quota(stage, timeout=2)
    assert (await run.failure()).type == "PipelineRunTimedOut"
    return run


async def quota_wait(stage: Stage) -> Run:
    """Refused once for a quota, then started; the wait of a minute is waited for."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "quota", limit=20, pipeline=pipeline, times=1)
    run = await stage.run(pipeline)
    assert (await run.handle.result()).status is RunStatus.SUCCESS
    return run


async def timeout(stage: Stage) -> Run:
    """Stopped because the run's time was over."""
    run = await stage.run(stage.pipeline(seconds=LONG), timeout=2)
    assert (await run.failure()).type == "PipelineRunTimedOut"
    return run


async def adoption(stage: Stage) -> Run:
    """Followed an execution that somebody else had started."""
    pipeline = stage.pipeline()
    run = await stage.run(pipeline, execution_arn=stage.standin.start(pipeline))
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def adoption_with_an_unknown_status(stage: Stage) -> Run:
    """Followed an execution through a status that nobody knows."""
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline, execution_arn=stage.standin.start(pipeline))
    await run.reaches_phase(Phase.RUNNING)
    force(stage, pipeline, "Paused")
    await run.reaches(lambda document: document.status is RunStatus.UNKNOWN)
    force(stage, pipeline, "Succeeded")
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def refused_start(stage: Stage) -> Run:
    """Failed because there is no such pipeline."""
    run = await stage.run("no-such-pipeline")
    assert (await run.failure()).type == "PipelineNotFound"
    return run


async def invalid_input(stage: Stage) -> Run:
    """Refused before anything was asked of AWS."""
    run = await stage.start({"pipeline_name": "my pipeline"})
    assert (await run.failure()).type == "InvalidInput"
    return run


async def steps(stage: Stage) -> Run:
    """Watched through changes of the steps, with what they handed on."""
    pipeline = stage.standin.create([job("Prepare", seconds=3), job("Train", ["Prepare"], seconds=LONG)])
    run = await stage.run(pipeline, outputs=OUTPUTS)
    await run.reaches(lambda document: len(document.steps) == 2)
    force(stage, pipeline, "Succeeded")
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def output_missing(stage: Stage) -> Run:
    """Failed although the execution succeeded, for want of a required output."""
    outputs = {"model": {"expression": "steps.Train.job.Nothing", "required": True}}
    run = await stage.run(stage.pipeline(), outputs=outputs)
    assert (await run.failure()).type == "OutputMissing"
    return run


async def rerun(stage: Stage) -> Run:
    """Started from the failed step of an earlier execution."""
    pipeline, arn = has_failed(stage)
    stage.standin.control("POST", "/scripts", {"pipeline": pipeline, "step": "Train", "seconds": 30})
    run = await stage.run(pipeline, rerun={"execution_arn": arn, "from_step": "Train"})
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def adoption_of_a_failure(stage: Stage) -> Run:
    """Followed an execution that had failed before."""
    pipeline, arn = has_failed(stage)
    run = await stage.run(pipeline, execution_arn=arn)
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def continued_as_new(stage: Stage) -> Run:
    """Continued in a new run after the start, then stopped there by the signal."""
    _, run = await _running(stage)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    return run


async def continued_in_quota_wait(stage: Stage) -> Run:
    """Refused for a quota, continued in a new run after the wait, and started there."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "quota", limit=20, pipeline=pipeline, times=1)
    run = await stage.run(pipeline)
    assert (await run.handle.result()).status is RunStatus.SUCCESS
    return run


async def _waiting_for_quota(stage: Stage, **fields: object) -> Run:
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "quota", limit=20, pipeline=pipeline)
    run = await stage.run(pipeline, **fields)
    await run.reaches_phase(Phase.WAITING_FOR_QUOTA)
    return run


async def _running(stage: Stage) -> tuple[str, Run]:
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    return pipeline, run


SHAPES: Final[dict[str, Shape]] = {
    shape.__name__: shape
    for shape in (
        success,
        scheduled_run,
        failure,
        completed_with_failures,
        cancel_by_signal,
        native_cancel,
        cancel_both_ways,
        cancel_while_starting,
        stop_too_late,
        cancel_in_quota_wait,
        native_cancel_in_quota_wait,
        timeout_in_quota_wait,
        quota_wait,
        timeout,
        adoption,
        adoption_with_an_unknown_status,
        refused_start,
        invalid_input,
        discovery,
        cancelled_discovery,
        refused_discovery,
        refused_check,
        deployment_created,
        deployment_updated,
        deployment_unchanged,
        deployment_preview,
        deployment_refused,
        deployment_repeated,
        deployment_joined,
        deployment_cancelled_in_a_move,
        steps,
        output_missing,
        rerun,
        adoption_of_a_failure,
        resume,
        restart,
        restart_instead_of_resume,
        cancel_in_retry_wait,
        decision_to_retry,
        decision_to_give_up,
        decision_not_made,
        cancel_in_decision_wait,
        answered_steps,
        many_steps,
        step_timeout,
        step_timeout_without_start,
        refused_answer,
        answers_on_their_way,
        nameless_step,
        stopped_step,
        shown_step,
        approved,
        rejected,
        approval_timeout,
        late_answer,
        given_up_answer,
        cancel_in_approval_wait,
        job_success,
        job_failure,
        job_retry_and_catch,
        job_refused_and_caught,
        job_cancel,
        job_native_cancel,
        job_attempt_timeout,
        job_quota_exhausted,
        job_refused_task_state,
    )
}
"""What an ordinary server plays, by name."""

CONTINUED: Final[dict[str, Shape]] = {
    shape.__name__: shape
    for shape in (continued_as_new, continued_in_quota_wait, continued_attempts, continued_job, continued_approval)
}
"""What a server plays that suggests to continue as new early; each has several runs and so several histories."""
