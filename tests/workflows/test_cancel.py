"""A run can be cancelled at every moment, in both ways, and always tells the true outcome."""

import asyncio

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from activities.starting import refusals
from contract.names import CANCEL_SIGNAL
from contract.run import Phase, RunStatus
from tests.patience import wait_out_for
from tests.workflows.stage import Run, Stage, until

LONG = 30_000
"""Seconds of simulated time that no test waits for."""

NOUN = "PipelineExecution"

closing = {"signal": Run.result, "native": Run.closes_as_canceled, "both": Run.closes_as_cancelled}
"""How a cancelled run closes, by the way of its cancel."""


@pytest.mark.parametrize(
    "arguments",
    [[], [{"reason": "no longer needed"}], [None], ["no longer needed"], [{"Reason": 5}, 7], [[1, 2]]],
    ids=["nothing", "reason", "null", "text", "two arguments", "list"],
)
async def test_the_signal_stops_the_execution_whatever_it_carries(stage: Stage, arguments: list[object]) -> None:
    """A signal that an operator wrote by hand is never lost, and the run completes as Cancelled."""
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal(*arguments)
    result = await run.result()
    assert result.status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_the_reason_stands_in_the_history(stage: Stage) -> None:
    """Whoever reads the document later knows why the run ended."""
    run = await stage.run(stage.pipeline(seconds=LONG))
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal({"reason": "wrong data"})
    result = await run.result()
    assert next(entry.why for entry in result.history if entry.phase is Phase.STOPPING) == "Cancel signal: wrong data"


async def test_a_native_cancel_stops_the_execution_and_closes_as_canceled(stage: Stage) -> None:
    """`temporal workflow cancel` and the Web UI's button do what the signal does."""
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await run.handle.cancel()
    document = await run.closes_as_canceled()
    assert document.status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_a_run_cancelled_before_its_start_was_sent_starts_nothing(idle_stage: Stage) -> None:
    """The signal is there before any worker takes the run."""
    pipeline = idle_stage.pipeline()
    run = await idle_stage.run(pipeline)
    await run.cancel_by_signal()
    async with idle_stage.worker():
        result = await run.result()
    assert result.status is RunStatus.CANCELLED
    assert result.run_id is None
    assert idle_stage.standin.executions(pipeline) == []


async def test_a_run_started_with_its_cancel_signal_starts_nothing(stage: Stage) -> None:
    """Signal-with-start brings both in the first workflow task."""
    pipeline = stage.pipeline()
    run = await stage.start({"pipeline_name": pipeline}, start_signal=CANCEL_SIGNAL)
    assert (await run.result()).run_id is None
    assert stage.standin.executions(pipeline) == []


async def test_a_native_cancel_before_the_start_was_sent_starts_nothing(idle_stage: Stage) -> None:
    """The native cancel is there before any worker takes the run."""
    pipeline = idle_stage.pipeline()
    run = await idle_stage.run(pipeline)
    await run.handle.cancel()
    async with idle_stage.worker():
        document = await run.closes_as_canceled()
        assert document.run_id is None
    assert idle_stage.standin.executions(pipeline) == []


@pytest.mark.parametrize("way", ["signal", "native", "both"])
async def test_a_cancel_while_the_start_is_in_flight_stops_what_was_started(stage: Stage, way: str) -> None:
    """AWS has accepted the start and its reply is on the way: the execution must not leak."""
    pipeline = stage.pipeline(seconds=LONG)
    held = stage.standin.fault("StartPipelineExecution", "hold_reply", pipeline=pipeline)
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await cancel(run, way)
    stage.standin.control("DELETE", f"/faults/{held}")
    document = await closing[way](run)
    assert document.status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


@pytest.mark.parametrize("way", ["signal", "native"])
async def test_a_cancel_after_a_lost_reply_finds_and_stops_the_execution(stage: Stage, way: str) -> None:
    """While the start's outcome is unknown, it is brought to an end under its token first."""
    pipeline = stage.pipeline(seconds=LONG)
    lost = stage.standin.fault("StartPipelineExecution", "reset_after", times=3)
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(lost)["hits"] >= 1)
    await cancel(run, way)
    document = await closing[way](run)
    assert document.status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_a_cancel_that_a_reset_brings_along_stops_the_execution(idle_stage: Stage) -> None:
    """The signal stands before the start then; the execution that was begun before the reset is found all the same."""
    pipeline = idle_stage.pipeline(seconds=LONG)
    async with idle_stage.worker():
        run = await idle_stage.run(pipeline)
        await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    reset = await idle_stage.reset_to_first_task(run)
    async with idle_stage.worker():
        document = await reset.result()
    assert document.status is RunStatus.CANCELLED
    assert document.run_id == idle_stage.the_execution(pipeline)["execution_arn"]
    assert stopped_once(idle_stage, pipeline)


async def test_a_cancel_that_a_reset_brings_along_does_not_wait_for_quota(idle_stage: Stage) -> None:
    """AWS's answer tells that there is no execution."""
    pipeline = idle_stage.pipeline(seconds=LONG)
    run = await idle_stage.run(pipeline)
    idle_stage.standin.fault("StartPipelineExecution", "quota", limit=20)
    async with idle_stage.worker():
        await run.reaches_phase(Phase.WAITING_FOR_QUOTA)
    await run.cancel_by_signal()
    reset = await idle_stage.reset_to_first_task(run)
    async with idle_stage.worker():
        document = await reset.result()
    assert (document.status, document.run_id) == (RunStatus.CANCELLED, None)
    assert idle_stage.standin.executions(pipeline) == []


@pytest.mark.parametrize("way", ["signal", "native", "both"])
async def test_a_cancel_while_waiting_for_quota_ends_at_once(stage: Stage, way: str) -> None:
    """Nothing was started, so nothing is waited for."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "quota", limit=20)
    run = await stage.run(pipeline)
    waiting = await run.reaches_phase(Phase.WAITING_FOR_QUOTA)
    assert waiting.message is not None
    assert "ResourceLimitExceeded" in waiting.message
    await cancel(run, way)
    document = await closing[way](run)
    assert document.status is RunStatus.CANCELLED
    assert document.run_id is None
    assert stage.standin.executions(pipeline) == []


@pytest.mark.parametrize("way", ["signal", "native", "both"])
async def test_cancelling_twice_sends_one_stop(stage: Stage, way: str) -> None:
    """Impatience costs nothing, and both ways in the same instant are one stop."""
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await cancel(run, way)
    with_second = asyncio.gather(cancel(run, way), return_exceptions=True)
    document = await closing[way](run)
    await with_second
    assert document.status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)
    assert stage.calls("StopPipelineExecution")["received"] == 1


async def test_both_ways_in_one_workflow_task_are_one_stop(idle_stage: Stage) -> None:
    """The signal and the native cancel reach the workflow together, in either order, and neither undoes the other."""
    pipeline = idle_stage.pipeline(seconds=LONG)
    async with idle_stage.worker():
        run = await idle_stage.run(pipeline)
        await run.reaches_phase(Phase.RUNNING)
    await cancel(run, "both")
    async with idle_stage.worker():
        assert (await run.closes_as_canceled()).status is RunStatus.CANCELLED
    assert stopped_once(idle_stage, pipeline)


@pytest.mark.parametrize("way", ["signal", "native"])
async def test_a_stop_that_comes_too_late_reports_the_true_outcome(stage: Stage, way: str) -> None:
    """The execution ended while the cancel was on its way: AWS refuses the stop, and the success is told."""
    pipeline = stage.pipeline(seconds=300)
    run = await stage.run(pipeline, poll_interval=2)
    document = await run.reaches_phase(Phase.RUNNING)
    assert document.run_id is not None
    await until(lambda: stage.the_execution(pipeline)["status"] == "Succeeded")
    await cancel(run, way)
    result = await run.result()
    assert result.status is RunStatus.SUCCESS
    assert stage.calls("StopPipelineExecution")["by_code"] == {"ValidationException": 1}
    assert stage.the_execution(pipeline)["stops_accepted"] == 0


async def test_a_stop_refused_between_two_steps_is_repeated(stage: Stage) -> None:
    """AWS refuses a stop with ConflictException for a moment; that is no answer."""
    pipeline = stage.pipeline(seconds=LONG)
    stage.standin.fault("StopPipelineExecution", "error", code="ConflictException", message="try again", times=8)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_a_stop_that_lacks_permission_is_sent_again_until_it_is_granted(stage: Stage) -> None:
    """Giving up would leave an execution that somebody wants stopped."""
    pipeline = stage.pipeline(seconds=LONG)
    denied = stage.standin.fault("StopPipelineExecution", "access_denied")
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    await until(lambda: stage.standin.fault_state(denied)["hits"] >= 3)
    stage.standin.control("DELETE", f"/faults/{denied}")
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_an_execution_that_is_not_visible_yet_is_stopped_once_it_is(stage: Stage) -> None:
    """Right after a start AWS may not know what it is asked to stop."""
    pipeline = stage.pipeline(seconds=LONG)
    stage.standin.fault("StartPipelineExecution", "hide", seconds=2)
    run = await stage.run(pipeline)
    await run.reaches(lambda document: document.run_id is not None)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)
    assert stage.calls("StopPipelineExecution")["by_code"]["ResourceNotFound"] >= 1


async def test_a_refusal_that_does_not_fit_the_status_is_not_believed(stage: Stage) -> None:
    """AWS says that it has nothing to stop, and says that the execution runs: the stop is sent again."""
    pipeline = stage.pipeline(seconds=LONG)
    nothing = "Only pipelines with 'Executing' status can be stopped"
    stage.standin.fault("StopPipelineExecution", "error", code="ValidationException", message=nothing, times=2)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def test_a_watch_that_gives_up_takes_no_stop_with_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role lost both permissions while somebody wants the execution stopped: it is stopped once it has them."""
    wait_out_for(monkeypatch, seconds=0.1)
    pipeline = stage.pipeline(seconds=LONG)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    denied = [stage.standin.fault(operation, "access_denied") for operation in ("Stop" + NOUN, "Describe" + NOUN)]
    await run.cancel_by_signal()
    await run.has_event("ACTIVITY_TASK_FAILED")
    for fault in denied:
        stage.standin.control("DELETE", f"/faults/{fault}")
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


@pytest.mark.parametrize("way", ["signal", "native"])
async def test_a_cancel_while_the_start_is_throttled_starts_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Every attempt was refused for certain, so nothing has to be brought to an end first."""
    monkeypatch.setattr(refusals, "ATTEMPTS_BEFORE_DEFERRING", 2)
    pipeline = stage.pipeline()
    throttled = stage.standin.fault("StartPipelineExecution", "throttle")
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(throttled)["hits"])
    await cancel(run, way)
    document = await closing[way](run)
    assert document.status is RunStatus.CANCELLED
    assert document.run_id is None
    assert stage.standin.executions(pipeline) == []


async def test_a_cancel_that_waits_for_the_starts_answer_says_so(stage: Stage) -> None:
    """Nobody should wonder why a cancelled run is still open."""
    pipeline = stage.pipeline(seconds=LONG)
    held = stage.standin.fault("StartPipelineExecution", "hold_reply", pipeline=pipeline)
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await run.cancel_by_signal({"reason": "wrong data"})
    document = await run.reaches_phase(Phase.STOPPING)
    assert document.history[-1].why == "Cancel signal: wrong data; first AWS's answer to the start is awaited"
    stage.standin.control("DELETE", f"/faults/{held}")
    assert (await run.result()).status is RunStatus.CANCELLED


async def test_a_cancel_before_the_first_look_stops_the_execution_to_follow(idle_stage: Stage) -> None:
    """The run never owned it, but who cancels the run means the execution."""
    pipeline = idle_stage.pipeline(seconds=LONG)
    arn = idle_stage.standin.start(pipeline)
    run = await idle_stage.run(pipeline, execution_arn=arn)
    await run.cancel_by_signal()
    async with idle_stage.worker():
        assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(idle_stage, pipeline)


@pytest.mark.parametrize("encoding", [b"json/plain", b"avro/binary"])
async def test_a_signal_that_nobody_can_read_cancels_all_the_same(stage: Stage, encoding: bytes) -> None:
    """Temporal drops a signal whose payload does not decode."""
    run = await stage.run(stage.pipeline(seconds=LONG))
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal(RawValue(Payload(metadata={"encoding": encoding}, data=b"{stop")))
    assert (await run.result()).status is RunStatus.CANCELLED


async def test_a_cancel_stops_an_execution_that_the_run_only_follows(stage: Stage) -> None:
    """Following is not owning, but who cancels the run means the execution."""
    pipeline = stage.pipeline(seconds=LONG)
    arn = stage.standin.start(pipeline)
    run = await stage.run(pipeline, execution_arn=arn)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stopped_once(stage, pipeline)


async def cancel(run: Run, way: str) -> None:
    """Cancel by the signal, natively, or both at once."""
    if way == "both":
        await asyncio.gather(run.cancel_by_signal(), run.handle.cancel())
    else:
        await (run.cancel_by_signal() if way == "signal" else run.handle.cancel())


def stopped_once(stage: Stage, pipeline: str) -> bool:
    """Whether the pipeline's one execution was stopped by one accepted stop."""
    execution = stage.the_execution(pipeline)
    return bool(execution["status"] == "Stopped" and execution["stops_accepted"] == 1)
