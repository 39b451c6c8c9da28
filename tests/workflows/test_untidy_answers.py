"""A run comes out alike however untidy AWS's answers are (`sagemaker_standin.behaviours`)."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract.pipeline_document import PipelineRunDocument
from contract.run import RunStatus
from contract.steps import Progress
from tests.standin.definitions import JsonObject, job, step
from tests.workflows.stage import Stage

TIDY: JsonObject = {
    "results_of_own_steps": "omitted",
    "absent_members": "omitted",
    "last_page_token": "omitted",
    "retry_note": "none",
    "job_arns": "as_named",
    "listed_execution_arns": "lower_case",
    "steps_lag_seconds": 0.0,
    "metadata_lag_seconds": 0.0,
}
UNTIDY: tuple[tuple[str, Any], ...] = (
    ("results_of_own_steps", "empty"),
    ("absent_members", "null"),
    ("absent_members", "empty"),
    ("last_page_token", "empty"),
    ("last_page_token", "repeated"),
    ("retry_note", "line"),
    ("retry_note", "sentence"),
    ("job_arns", "lower_case"),
    ("listed_execution_arns", "as_named"),
    ("steps_lag_seconds", 1.0),
    ("metadata_lag_seconds", 0.05),
)
NO_CAPACITY = (
    "ClientError: Failed to invoke sagemaker:CreateTrainingJob. "
    "Error Details: The requested resource training-job/ml.p3.2xlarge is not available in this region"
)
POSITIONS = [TIDY, *({**TIDY, name: value} for name, value in UNTIDY)]


@pytest.fixture(params=POSITIONS, ids=["tidy", *(f"{name}={value}" for name, value in UNTIDY)])
def untidy_stage(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A stage whose AWS answers in one of the untidy forms."""
    with stage.standin.behaving(**request.param):
        yield stage


def steps_of(document: PipelineRunDocument) -> list[tuple[str, str | None, str, bool, bool]]:
    """Name, type, status, whether the step was computed, and whether its job is named."""
    return [
        (found.name, found.type, found.status, not found.cache_hit, found.job_arn is not None)
        for found in document.steps
    ]


async def test_a_success_is_read_alike(untidy_stage: Stage) -> None:
    """All steps are done, computed and known with their jobs; the seconds are those of the run's own job."""
    training = step("TrainModel", "Training", ["Prepare"], HyperParameters={"STANDIN_SECONDS": "60"})
    pipeline = untidy_stage.standin.create([job("Prepare", seconds=30), training])
    document = await (await untidy_stage.run(pipeline)).result()
    assert (document.status, document.message, document.notes) == (RunStatus.SUCCESS, None, [])
    assert document.progress == Progress(done=2, total=2)
    assert steps_of(document) == [
        ("Prepare", "Processing", "Succeeded", True, True),
        ("TrainModel", "Training", "Succeeded", True, True),
    ]
    assert document.billable_seconds == 60


async def test_a_failure_is_read_alike(untidy_stage: Stage) -> None:
    """The cause is the step's reason without what AWS appends to it."""
    pipeline = untidy_stage.standin.create([step("Train", "Training", STANDIN_FAIL=NO_CAPACITY, STANDIN_SECONDS="30")])
    failure = await (await untidy_stage.run(pipeline)).failure()
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert steps_of(document) == [("Train", "Training", "Failed", True, False)]
    assert [cause.summary for cause in document.causes] == [f"Train: {NO_CAPACITY}"]
    assert document.message is not None
    assert "Retry not appropriate" not in document.message


async def test_a_rerun_from_a_step_is_read_alike(untidy_stage: Stage) -> None:
    """Steps that were taken over count as done and cost nothing, in each form."""
    training = step("Train", "Training", HyperParameters={"STANDIN_SECONDS": "60"})
    pipeline = untidy_stage.standin.create([training, job("Score", ["Train"], seconds=5)])
    first = await (await untidy_stage.run(pipeline)).result()
    rerun = {"execution_arn": first.run_id, "from_step": "Score"}
    document = await (await untidy_stage.run(pipeline, rerun=rerun)).result()
    assert [(name, status, computed) for name, _, status, computed, _ in steps_of(document)] == [
        ("Train", "Succeeded", False),
        ("Score", "Succeeded", True),
    ]
    assert not document.billable_seconds


async def test_a_cancel_ends_alike(untidy_stage: Stage) -> None:
    """A stop is seen to its end, whatever the forms."""
    pipeline = untidy_stage.pipeline(seconds=100_000)
    run = await untidy_stage.run(pipeline)
    await run.reaches(lambda document: any(found.status == "Executing" for found in document.steps))
    await run.cancel_by_signal()
    document = await run.result()
    assert (document.status, document.sagemaker_status) == (RunStatus.CANCELLED, "Stopped")
