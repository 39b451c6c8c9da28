"""What the document of a job run says of its job: causes, logs, progress, costs, outputs."""

import asyncio
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from activities.resources.jobs import JOBS
from activities.resources.kind import ResourceKind
from activities.results.job_results import facts
from activities.starting.job_request import input_shape
from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobStage, sample, unique_name
from tests.standin.definitions import JsonObject
from tests.workflows.stage import Stage

LONG = 100_000.0
WORDS_OF_AWS = "Transformations"
"""How AutoML fills gaps: a map of words such as `mean`."""
RESOURCES: JsonObject = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 3, "VolumeSizeInGB": 30}
FAILURE = "AlgorithmError: ExecuteUserScriptError, exit code: 1"


async def test_the_log_is_that_of_the_instance_that_failed(jobs: JobStage) -> None:
    """The others only fail because it is gone."""
    name = unique_name()
    log = {
        "1": [*(f"epoch {n}" for n in range(40)), "waiting for algo-2"],
        "2": ["loading", "Traceback (most recent call last):", "ValueError: column 'age' is missing"],
        "3": [f"epoch {n}" for n in range(40)],
    }
    jobs.script(JobKind.TRAINING, name, seconds=120, outcome="Failed", failure_reason=FAILURE, log=log)
    failure = await (await jobs.run(JobKind.TRAINING, name, request={"ResourceConfig": RESOURCES})).failure()
    (cause,) = failure.details[0]["causes"]
    assert cause["log"] == log["2"]
    assert cause["job_reason"] == FAILURE
    assert "/aws/sagemaker/TrainingJobs" in cause["log_url"]
    assert failure.details[0]["error"]["name"] == "SageMaker.AlgorithmError"


async def test_an_exit_message_says_what_the_reason_does_not(jobs: JobStage) -> None:
    """The summary has it; rules for retries go by AWS's own reason."""
    name, reason = unique_name(), "AlgorithmError: See job logs for more information"
    script = {"outcome": "Failed", "failure_reason": reason, "exit_message": "7 rows are broken"}
    jobs.script(JobKind.PROCESSING, name, seconds=60, **script)
    failure = await (await jobs.run(JobKind.PROCESSING, name)).failure()
    (cause,) = failure.details[0]["causes"]
    assert "7 rows are broken" in cause["summary"]
    assert (cause["job_reason"], failure.details[0]["error"]["name"]) == (reason, "SageMaker.AlgorithmError")


async def test_a_tuning_job_fails_for_what_its_training_jobs_failed(jobs: JobStage) -> None:
    """Which has the reason and the log; the tuning job has neither."""
    name = unique_name()
    jobs.script(JobKind.TUNING, name, seconds=120)
    jobs.standin.script_job(
        "training-job", name, seconds=30, outcome="Failed", failure_reason=FAILURE, log=["ValueError: no column 'age'"]
    )
    failure = await (await jobs.run(JobKind.TUNING, name)).failure()
    document = failure.details[0]
    (cause,) = document["causes"]
    assert (cause["job_reason"], cause["log"]) == (FAILURE, ["ValueError: no column 'age'"])
    assert cause["job_arn"] == document["run_id"]
    assert document["error"]["name"] == "SageMaker.AlgorithmError"
    assert any("Training jobs of" in note for note in document["notes"])


async def test_a_tuning_step_fails_for_what_its_training_jobs_failed(stage: Stage) -> None:
    """The same of a pipeline, whose step says no more than that all of them failed."""
    request = {key: value for key, value in sample(JobKind.TUNING).items() if not key.endswith("JobName")}
    first: JsonObject = {"Name": "First", "Type": "Training", "Arguments": {"Environment": {"STANDIN_SECONDS": "200"}}}
    tune = {"Name": "Tune", "Type": "Tuning", "Arguments": request, "DependsOn": ["First"]}
    run = await stage.run(stage.standin.create([first, tune]))
    arn = (await run.reaches_phase(Phase.RUNNING)).run_id or ""
    # The training jobs have names that begin with the execution's id, which is known only now.
    log = ["loading", "ValueError: no column 'age'"]
    script = {"seconds": 30, "outcome": "Failed", "failure_reason": FAILURE, "log": log}
    stage.standin.script_job("training-job", arn.rpartition("/")[2], **script)
    document = (await run.failure()).details[0]
    (cause,) = document["causes"]
    assert (cause["step"], cause["job_reason"], cause["log"]) == ("Tune", FAILURE, log)
    assert cause["summary"].startswith("Tune: ")
    assert "no column 'age'" in cause["summary"]
    assert ":hyper-parameter-tuning-job/" in cause["job_arn"]
    assert "All training jobs failed" in cause["step_reason"]
    (named,) = [note for note in document["notes"] if note.startswith("Training jobs of")]
    assert ":training-job/" in named


async def test_progress_and_the_best_job_stand_in_the_document(jobs: JobStage) -> None:
    """Of tuning and labeling jobs; AutoML has its best candidate."""
    names = {kind: unique_name() for kind in (JobKind.TUNING, JobKind.LABELING, JobKind.AUTOML)}
    for kind, name in names.items():
        jobs.script(kind, name, seconds=600)
    runs = [await jobs.run(kind, name) for kind, name in names.items()]
    tuning, labeling, automl = await asyncio.gather(*(run.result() for run in runs))
    assert tuning.progress is not None
    assert labeling.progress is not None
    assert automl.progress is not None
    children = [job for job in jobs.standin.jobs("training-job", names[JobKind.TUNING]) if job["parent"]]
    assert tuning.progress.counters["Completed"] == len(children)
    assert tuning.progress.best_job is not None
    assert tuning.progress.best_job.partition(" ")[0] in {child["name"] for child in children}
    assert labeling.progress.counters["TotalLabeled"] == 100
    assert automl.progress.best_job is not None


async def test_billable_seconds_count_instances_and_training_jobs_of_a_tuning_job(jobs: JobStage) -> None:
    """As AWS's documentation adds them up; the time in a warm pool as well."""
    training, tuning = unique_name(), unique_name()
    jobs.script(JobKind.TRAINING, training, seconds=300)
    jobs.script(JobKind.TUNING, tuning, seconds=300)
    runs = [
        await jobs.run(JobKind.TRAINING, training, request={"ResourceConfig": RESOURCES}),
        await jobs.run(JobKind.TUNING, tuning),
    ]
    one, several = await asyncio.gather(*(run.result() for run in runs))
    billed = 0
    for child in jobs.standin.jobs("training-job", tuning):
        described = jobs.standin.client.describe_training_job(TrainingJobName=child["name"])
        billed += described["BillableTimeInSeconds"] * described["ResourceConfig"]["InstanceCount"]
    (job,) = jobs.jobs(JobKind.TRAINING, training)
    own = jobs.standin.client.describe_training_job(TrainingJobName=job["name"])["BillableTimeInSeconds"]
    assert (one.billable_seconds, several.billable_seconds) == (own * 3, billed)
    assert billed > 0


async def test_outputs_read_the_job_and_its_metrics(jobs: JobStage) -> None:
    """A required output that is missing fails the run; what callers put credentials into cannot be reached."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60, job={"FinalMetricDataList": [{"MetricName": "auc", "Value": 0.5}]})
    request = {"HyperParameters": {"token": "PLANTED"}, "Environment": {"TOKEN": "PLANTED"}}
    outputs = {
        "model": "job.ModelArtifacts.S3ModelArtifacts",
        "auc": "metrics.auc",
        "token": "job.HyperParameters.token",
        "environment": "job.Environment",
    }
    required = {"x": {"expression": "job.Environment.TOKEN", "required": True}}
    runs = [await jobs.run(JobKind.TRAINING, name, request=request, outputs=wanted) for wanted in (outputs, required)]
    document, failure = await asyncio.gather(runs[0].result(), runs[1].failure())
    assert document.status is RunStatus.SUCCESS
    assert str(document.outputs["model"]).endswith("/output/model.tar.gz")
    assert [document.outputs[name] for name in ("auc", "token", "environment")] == [0.5, None, None]
    assert failure.type == "OutputMissing"


@pytest.mark.parametrize("kind", JOBS, ids=lambda kind: str(kind.job))
def test_no_kind_shows_what_may_hold_credentials(kind: ResourceKind) -> None:
    """Every free text in a map of the request, wherever it stands, by SageMaker's service model."""
    planted = _planted(input_shape(kind.create), 0)
    shown = repr(facts(planted))
    assert "PLANTED" not in shown, shown


def _planted(shape: Shape, depth: int) -> Any:
    """A value in which every value of a map of texts is planted."""
    if depth > 12:
        return None
    if isinstance(shape, StructureShape):
        members = shape.members.items()
        return {name: _planted(member, depth + 1) for name, member in members if name != WORDS_OF_AWS}
    if isinstance(shape, ListShape):
        return [_planted(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        is_free = shape.value.type_name == "string"
        return {"key": "PLANTED" if is_free else _planted(shape.value, depth + 1)}
    return "text"
