"""Following an execution that was started elsewhere, in each state that it can be found in."""

import pytest
from temporalio.exceptions import WorkflowAlreadyStartedError

from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from tests.standin.definitions import job
from tests.workflows.stage import Run, Stage

LONG = 30_000
"""Seconds of simulated time that no test waits for."""


def elsewhere(stage: Stage, *, seconds: float = LONG, fail: str = "") -> tuple[str, str]:
    """A pipeline, and an execution of it that somebody else started."""
    pipeline = stage.standin.create([job("Train", seconds=seconds, fail=fail)])
    return pipeline, stage.standin.start(pipeline)


async def outcome(run: Run, status: RunStatus) -> PipelineRunDocument:
    """The document that a run closes with."""
    if status is RunStatus.FAILED:
        assert (await run.failure()).type == "PipelineExecutionFailed"
        return await run.document()
    return await run.result()


@pytest.mark.parametrize(
    ("fail", "is_stopped", "status"),
    [
        ("", False, RunStatus.SUCCESS),
        ("AlgorithmError: no", False, RunStatus.FAILED),
        ("", True, RunStatus.CANCELLED),
    ],
    ids=["Succeeded", "Failed", "Stopped"],
)
async def test_one_that_has_ended_is_told_at_once(
    stage: Stage, *, fail: str, is_stopped: bool, status: RunStatus
) -> None:
    """With all that it left behind."""
    pipeline, arn = elsewhere(stage, seconds=LONG if is_stopped else 5, fail=fail)
    if is_stopped:
        stage.standin.stop(arn)
    stage.standin.until_ended(arn)
    document = await outcome(await stage.run(pipeline, execution_arn=arn), status)
    assert (document.run_id, document.status) == (arn, status)
    assert len(stage.standin.executions(pipeline)) == 1


async def test_one_that_runs_is_followed_and_can_be_cancelled(stage: Stage) -> None:
    """As if this run had started it."""
    pipeline, arn = elsewhere(stage)
    run = await stage.run(pipeline, execution_arn=arn)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert stage.standin.status(arn) == "Stopped"


async def test_one_that_is_being_stopped_is_followed_to_its_end(stage: Stage) -> None:
    """Nobody here asked for the stop."""
    pipeline, arn = elsewhere(stage)
    stage.standin.stop(arn)
    assert (await (await stage.run(pipeline, execution_arn=arn)).result()).status is RunStatus.CANCELLED
    assert stage.the_execution(pipeline)["stops_accepted"] == 1


async def test_following_twice_under_one_workflow_id_is_told(stage: Stage) -> None:
    """By Temporal itself; another id follows the same execution beside it."""
    pipeline, arn = elsewhere(stage)
    document = {"pipeline_name": pipeline, "execution_arn": arn}
    first = await stage.start(document, workflow_id=f"follow-{pipeline}")
    with pytest.raises(WorkflowAlreadyStartedError, match="already started"):
        await stage.start(document, workflow_id=f"follow-{pipeline}")
    second = await stage.start(document)
    await second.reaches_phase(Phase.RUNNING)
    stage.standin.stop(arn)
    ends = [await first.result(), await second.result()]
    assert [end.status for end in ends] == [RunStatus.CANCELLED] * 2
