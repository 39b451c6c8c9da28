"""What a run tells of its execution's steps, and what it hands on."""

from typing import Any

from contract.names import RUN_MEMO
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from contract.steps import Progress
from tests.standin.definitions import job
from tests.workflows.stage import Run, Stage
from tests.workflows.test_cancel import LONG
from tests.workflows.test_retries import fails_once, has_failed

LOCATION = "s3://bucket/model.tar.gz"
OUTPUTS = {
    "model": "steps.Train.job.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri",
    "NotThere": "steps.Train.job.Nothing",
}
JOB = f'{{"ProcessingOutputConfig": {{"Outputs": [{{"OutputName": "o", "S3Output": {{"S3Uri": "{LOCATION}"}}}}]}}}}'


async def memo(run: Run) -> dict[str, Any]:
    """What stands in the memo, which the server shows without any worker."""
    found: dict[str, Any] = await (await run.handle.describe()).memo_value(RUN_MEMO, default={})
    return found


async def test_a_run_hands_on_its_outputs(stage: Stage) -> None:
    """Names stay as they were given; what was not found is null, with a note."""
    pipeline = stage.standin.create([job("Train", seconds=3, job=JOB)])
    result = await (await stage.run(pipeline, outputs=OUTPUTS)).result()
    assert result.outputs == {"model": LOCATION, "NotThere": None}
    assert result.notes == ["The output 'NotThere' is null: its expression finds nothing."]


async def test_a_missing_required_output_fails_the_run_although_the_execution_succeeded(stage: Stage) -> None:
    """Whoever waits for the value must not go on without it; a retry would not bring it."""
    outputs = {"Model": {"Expression": "steps.Train.job.Nothing", "Required": True}}
    run = await stage.run(stage.pipeline(), outputs=outputs, retry={"initial_delay": 0})
    failure = await run.failure()
    assert (failure.type, failure.non_retryable) == ("OutputMissing", True)
    assert failure.message == (
        "The execution succeeded, but required outputs are missing: Model. The output 'Model' is null: its expression "
        "finds nothing. Correct the expressions, or do not require them."
    )
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert (document.status, document.sagemaker_status) == (RunStatus.FAILED, "Succeeded")
    assert document.message == failure.message


async def test_a_required_output_is_missing_where_steps_may_not_be_read(stage: Stage) -> None:
    """A missing permission is no value, and is named."""
    stage.standin.fault("ListPipelineExecutionSteps", "access_denied")
    outputs = {"status": {"expression": "steps.Train.status", "required": True}}
    failure = await (await stage.run(stage.pipeline(), outputs=outputs)).failure()
    assert failure.type == "OutputMissing"
    assert "sagemaker:ListPipelineExecutionSteps" in failure.message


async def test_an_expression_that_does_not_compile_starts_nothing(stage: Stage) -> None:
    """The field is named."""
    pipeline = stage.pipeline()
    failure = await (await stage.run(pipeline, outputs={"model": "steps.["})).failure()
    assert failure.type == "InvalidInput"
    assert "outputs.model" in failure.message
    assert stage.standin.executions(pipeline) == []


async def test_the_steps_stand_in_the_document_while_they_run(stage: Stage) -> None:
    """Every step that has started with its status, in the order of their start, and how many there are in all."""
    pipeline = stage.standin.create(
        [job("Prepare", seconds=3), job("Train", ["Prepare"], seconds=LONG), job("Evaluate", ["Train"])]
    )
    run = await stage.run(pipeline)
    document = await run.reaches(lambda document: len(document.steps) == 2)
    assert [(found.name, found.status) for found in document.steps] == [
        ("Prepare", "Succeeded"),
        ("Train", "Executing"),
    ]
    assert document.progress == Progress(done=1, running=1, total=3)
    await run.cancel_by_signal()
    result = await run.result()
    assert [found.status for found in result.steps] == ["Succeeded", "Stopped"]
    assert result.progress == Progress(done=1, total=3)


async def test_an_execution_that_had_ended_before_tells_all_the_same(stage: Stage) -> None:
    """Its steps, causes and outputs are read as if it had been followed, and at once."""
    pipeline, arn = has_failed(stage)
    failure = await (await stage.run(pipeline, execution_arn=arn, poll_interval=3600)).failure()
    assert failure.message == "Train: AlgorithmError: exit code 1"
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert [found.name for found in document.steps] == ["Prepare", "Train"]
    assert document.causes[0].step == "Train"


async def test_what_matters_stays_readable_without_a_worker(idle_stage: Stage) -> None:
    """The memo tells phase, link and execution, and in the end the cause, with the time at which it was true."""
    async with idle_stage.worker():
        running = await idle_stage.run(idle_stage.pipeline(seconds=LONG))
        document = await running.reaches_phase(Phase.RUNNING)
        failed = await idle_stage.run(fails_once(idle_stage), retry={"max_attempts": 1})
        await failed.failure()
    found = await memo(running)
    assert found.pop("as_of").startswith("2")
    assert found == {
        "status": "Running",
        "phase": "Running",
        "execution": document.run_id,
        "monitor_url": document.monitor_url,
    }
    found = await memo(failed)
    assert (found["status"], found["phase"]) == ("Failed", "Closed")
    assert (found["message"], found["progress"]) == (
        "Train: AlgorithmError: exit code 1",
        "1 of 2 steps done, 1 failed",
    )
    await running.handle.terminate()


async def test_the_memo_costs_an_event_for_each_phase_and_no_more(stage: Stage) -> None:
    """Steps come and go without it; an end is told with the phase that follows it."""
    run = await stage.run(fails_once(stage), retry={"initial_delay": 0})
    document = await run.result()
    phases = [entry.phase for entry in document.history]
    entered = [phase for phase, before in zip(phases, [None, *phases], strict=False) if phase is not before]
    assert entered == [
        Phase.STARTING,
        Phase.RUNNING,
        Phase.WAITING_FOR_RETRY,
        Phase.STARTING,
        Phase.RUNNING,
        Phase.CLOSED,
    ]
    assert (await run.events()).count("WORKFLOW_PROPERTIES_MODIFIED") == len(entered)
