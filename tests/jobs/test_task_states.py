"""Task states of Step Functions' documentation, pasted as they are."""

import asyncio
from typing import Any

import pytest

from contract.job_kinds import JobKind
from contract.run import RunStatus
from tests.jobs.job_stage import JobStage, task_state

LONG = 100_000.0


def state_in(text: Any) -> Any:
    """The SageMaker Task state of a pasted text."""
    if "Resource" in text:
        return text
    return next(state for state in text.get("States", text).values() if "sagemaker" in state.get("Resource", ""))


@pytest.mark.parametrize(
    ("file", "kind"),
    [("transform", JobKind.TRANSFORM), ("training", JobKind.TRAINING), ("labeling", JobKind.LABELING)],
)
async def test_a_pasted_state_runs(jobs: JobStage, file: str, kind: JobKind) -> None:
    """Its job has the state's request under a name of its own."""
    state = task_state(file)
    request = state_in(state)["Parameters"]
    name = next(value for key, value in request.items() if key.endswith("JobName"))
    jobs.script(kind, name, seconds=60, attempts=1)
    before = len(jobs.jobs(kind, name))
    document = await (await jobs.start(state)).result()
    (job,) = jobs.jobs(kind, name)[before:]
    assert (document.status, document.run_id) == (RunStatus.SUCCESS, job["arn"])
    assert job["name"].startswith(f"{name}-")
    sent = {key: value for key, value in job["request"].items() if not key.endswith("JobName")}
    assert sent == {key: value for key, value in request.items() if not key.endswith("JobName")}


async def test_a_failing_training_job_ends_in_the_states_own_catch(jobs: JobStage) -> None:
    """None of its retriers matches a job that failed: one job, and the Next of its catcher."""
    jobs.script(JobKind.TRAINING, "search-model", seconds=30, outcome="Failed", attempts=1)
    before = len(jobs.jobs(JobKind.TRAINING, "search-model"))
    document = await (await jobs.start(task_state("training"))).result()
    assert document.status is RunStatus.FAILED
    assert document.caught is not None
    assert document.caught.next == "Sagemaker Training Job Error"
    assert len(jobs.jobs(JobKind.TRAINING, "search-model")) - before == 1


async def test_a_stuck_training_job_is_retried_under_other_names(jobs: JobStage) -> None:
    """With TimeoutSeconds, the state's States.Timeout retrier makes further attempts; the last of three succeeds."""
    # Scripts are taken latest first.
    jobs.script(JobKind.TRAINING, "search-model", seconds=30, attempts=3)
    jobs.script(JobKind.TRAINING, "search-model", seconds=LONG, attempts=2)
    before = len(jobs.jobs(JobKind.TRAINING, "search-model"))
    run = await jobs.start(state_in(task_state("training")) | {"TimeoutSeconds": 2})
    document = await run.result()
    found = jobs.jobs(JobKind.TRAINING, "search-model")[before:]
    assert document.status is RunStatus.SUCCESS
    assert [attempt.execution_arn for attempt in document.attempts] == [job["arn"] for job in found]
    assert [job["status"] for job in found] == ["Stopped", "Stopped", "Completed"]
    assert len({job["name"] for job in found}) == 3


async def test_a_path_is_refused_by_name_within_seconds(jobs: JobStage) -> None:
    """There is no input of a state that it could read."""
    run = await jobs.start(task_state("processing"))
    failure = await asyncio.wait_for(run.failure(), 20)
    assert failure.type == "InvalidInput"
    assert "ProcessingJobName.$: a path into a state's input cannot be followed here" in failure.message
    assert "'ProcessingJobName'" in failure.message


async def test_what_has_no_effect_is_noted(jobs: JobStage) -> None:
    """Where a state came from, its other members, and retriers that nothing needs."""
    jobs.script(JobKind.TRAINING, "search-model", seconds=30, attempts=1)
    document = await (await jobs.start(task_state("training"))).result()
    notes = " ".join(document.notes)
    for part in ("'SageMaker CreateTrainingJob' of a state machine", "Next", "SageMaker.AmazonSageMakerException"):
        assert part in notes
