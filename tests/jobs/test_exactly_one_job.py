"""Whatever happens to a create, each attempt that began has one job.

A suffix without the number of the attempt is caught by `test_each_attempt_has_a_job_of_its_own`: AWS answers the second
create with the job of the first. A ValidationException that is taken for "not there" is caught by
`test_a_refused_describe_after_a_lost_create_proves_nothing`.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from temporalio.client import Client

from activities.aws import clients
from activities.starting import jobs as starting_jobs
from activities.starting import once, refusals
from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobStage, unique_name
from tests.replay.server import embedded_server
from tests.standin.definitions import JsonObject
from tests.standin.process import Standin
from tests.workflows.stage import Stage, until

CREATE, DESCRIBE = "CreateTrainingJob", "DescribeTrainingJob"
LONG = 100_000.0
AT_ONCE = {"initial_delay": 0, "max_delay": 0}
DENIALS_THAT_WOULD_BE_FINAL = 3
EVENTS_BEFORE_A_NEW_RUN = 8

REFUSALS: list[JsonObject] = [
    {"effect": "throttle"},
    {"effect": "html_5xx"},
    {"effect": "error", "code": "ValidationException", "message": "1 validation error detected"},
    {"effect": "error", "code": "ResourceNotFound", "message": "no such role"},
    {"effect": "error", "code": "SomethingNew", "message": "what is this?"},
    {"effect": "access_denied"},
    {"effect": "quota", "limit": 2},
    {"effect": "quota", "limit": 0},
    {"effect": "propagation"},
    {"effect": "expired_credentials"},
    {"effect": "clock_skew", "seconds": 900},
    {"effect": "error", "code": "ConflictException", "message": "in a moment"},
]


def the_job(jobs: JobStage, name: str) -> JsonObject:
    """The one training job whose name begins so, created once."""
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    assert job["creates_accepted"] == 1
    return job


async def test_a_create_is_repeated_under_its_name(jobs: JobStage) -> None:
    """Lost replies, accepted or not, outages, throttling and expired keys end in one job."""

    async def survive(effect: str) -> None:
        name = unique_name()
        jobs.script(JobKind.TRAINING, name, seconds=60)
        jobs.standin.fault(CREATE, effect, times=2, name_prefix=name)
        document = await (await jobs.run(JobKind.TRAINING, name)).result()
        assert (document.status, document.run_id) == (RunStatus.SUCCESS, the_job(jobs, name)["arn"]), effect

    effects = ("reset_after", "reset_before", "html_5xx", "throttle", "expired_credentials")
    await asyncio.gather(*map(survive, effects))


@pytest.mark.parametrize("taken_names", ["first", "last"])
async def test_no_refusal_loses_the_job_of_a_lost_create(jobs: JobStage, taken_names: str) -> None:
    """Whether AWS looks at the name before it refuses or after that, and for whatever reason it refuses."""

    async def survive(refusal: JsonObject) -> None:
        name = unique_name()
        jobs.script(JobKind.TRAINING, name, seconds=60)
        lost = jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
        run = await jobs.run(JobKind.TRAINING, name)
        await until(lambda: jobs.standin.fault_state(lost)["hits"])
        jobs.standin.fault(CREATE, name_prefix=name, times=2, **refusal)
        document = await run.result()
        assert (document.status, document.run_id) == (RunStatus.SUCCESS, the_job(jobs, name)["arn"]), refusal

    with jobs.standin.behaving(taken_names=taken_names):
        await asyncio.gather(*map(survive, REFUSALS))


async def test_a_permission_taken_away_after_a_lost_create_does_not_lose_the_job(jobs: JobStage) -> None:
    """The describe by name finds it, although every further create is refused."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=600)
    lost = jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name)
    await until(lambda: jobs.standin.fault_state(lost)["hits"])
    jobs.standin.fault(CREATE, "access_denied", name_prefix=name)
    document = await run.result()
    assert (document.status, document.run_id) == (RunStatus.SUCCESS, the_job(jobs, name)["arn"])


async def test_a_refused_describe_after_a_lost_create_proves_nothing(
    jobs: JobStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ValidationException with another text, or a missing permission, is no "not there": AWS is asked again."""
    monkeypatch.setattr(once, "VISIBLE_WITHIN_SECONDS", 0.0)
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=600)
    lost = jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    for code in ("ValidationException", "AccessDeniedException"):
        jobs.standin.fault(DESCRIBE, "error", code=code, message="not now", times=1, name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name)
    await until(lambda: jobs.standin.fault_state(lost)["hits"])
    jobs.standin.fault(CREATE, "error", code="ValidationException", message="not now either", name_prefix=name)
    document = await run.result()
    assert (document.status, document.run_id) == (RunStatus.SUCCESS, the_job(jobs, name)["arn"])


async def test_a_worker_that_ends_during_the_create_costs_no_second_job(
    idle_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that sent the request never gets the reply; another one finds the job under its name."""
    monkeypatch.setattr(clients, "READ_TIMEOUT_SECONDS", 2)
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=600)
    held = jobs.standin.fault(CREATE, "hold_reply", times=1, name_prefix=name)
    async with idle_stage.worker():
        run = await jobs.run(JobKind.TRAINING, name)
        await until(lambda: jobs.standin.fault_state(held)["holding"])
        # The worker drains while the reply is held: its attempt ends without an answer.
    async with idle_stage.worker():
        document = await run.result()
    assert (document.status, document.run_id) == (RunStatus.SUCCESS, the_job(jobs, name)["arn"])


async def test_propagation_is_waited_for_and_then_ends_the_run(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that is not known everywhere yet is waited for; one that never is fails the run by its name."""
    short, long = unique_name(), unique_name()
    monkeypatch.setattr(starting_jobs, "NEW_ROLE", replace(refusals.NEW_ROLE, seconds=2.0))
    jobs.script(JobKind.TRAINING, short, seconds=60)
    jobs.standin.fault(CREATE, "propagation", times=1, name_prefix=short)
    jobs.standin.fault(CREATE, "propagation", name_prefix=long)
    runs = [await jobs.run(JobKind.TRAINING, name) for name in (short, long)]
    document, failure = await asyncio.gather(runs[0].result(), runs[1].failure())
    assert document.run_id == the_job(jobs, short)["arn"]
    assert failure.type == "AccessDenied"
    assert "Could not assume role arn:aws:iam::" in failure.message
    assert jobs.jobs(JobKind.TRAINING, long) == []


async def test_a_reset_finds_the_job_again(jobs: JobStage) -> None:
    """Whether AWS still lets the job be created or not."""
    for denied in (False, True):
        name = unique_name()
        jobs.script(JobKind.TRAINING, name, seconds=LONG)
        run = await jobs.run(JobKind.TRAINING, name)
        await run.reaches_phase(Phase.RUNNING)
        if denied:
            jobs.standin.fault(CREATE, "access_denied", name_prefix=name)
        again = await jobs.stage.reset_to_first_task(run)
        document = await again.reaches_phase(Phase.RUNNING)
        assert document.run_id == the_job(jobs, name)["arn"]
        await again.cancel_by_signal()
        await again.closes_as_cancelled()


async def test_a_reset_of_a_cancelled_run_creates_nothing_new(jobs: JobStage) -> None:
    """The job that was stopped is found again, and the run ends as it did."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    run = await jobs.run(JobKind.TRAINING, name)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    await run.closes_as_cancelled()
    again = await jobs.stage.reset_to_first_task(run)
    document = await again.closes_as_cancelled()
    assert document.run_id == the_job(jobs, name)["arn"]


async def test_each_attempt_has_a_job_of_its_own(jobs: JobStage) -> None:
    """Also when the reply to each create is lost."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=30, outcome="Failed", failure_reason="AlgorithmError: exit code 1")
    jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    failure = await (await jobs.run(JobKind.TRAINING, name, retry={"max_attempts": 3, **AT_ONCE})).failure()
    attempts = failure.details[0]["attempts"]
    found = jobs.jobs(JobKind.TRAINING, name)
    assert [attempt["execution_arn"] for attempt in attempts] == [job["arn"] for job in found]
    assert [job["creates_accepted"] for job in found] == [1, 1, 1]


async def test_a_cancel_during_an_open_create_stops_the_job(jobs: JobStage) -> None:
    """First AWS's answer is awaited, so that what was accepted is known to be stopped."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    lost = jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    held = jobs.standin.fault(DESCRIBE, "hold_reply", times=1, name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name)
    await until(lambda: jobs.standin.fault_state(lost)["hits"] and jobs.standin.fault_state(held)["holding"])
    await run.cancel_by_signal()
    await run.reaches_phase(Phase.STOPPING)
    jobs.standin.control("DELETE", f"/faults/{held}")
    document = await run.closes_as_cancelled()
    job = the_job(jobs, name)
    assert (document.run_id, job["status"], job["stops_accepted"]) == (job["arn"], "Stopped", 1)


async def test_a_cancel_before_the_start_creates_nothing(idle_stage: Stage) -> None:
    """There is nothing to stop, and the run says so."""
    jobs, name = JobStage(idle_stage), unique_name()
    run = await jobs.run(JobKind.TRAINING, name)
    await run.cancel_by_signal()
    async with idle_stage.worker():
        document = await run.closes_as_cancelled()
    assert document.run_id is None
    assert jobs.jobs(JobKind.TRAINING, name) == []


@pytest.fixture(scope="module")
async def impatient_client() -> AsyncIterator[Client]:
    """A server that suggests a continue-as-new after a few events."""
    async with embedded_server(continue_as_new_after_events=EVENTS_BEFORE_A_NEW_RUN) as client:
        yield client


async def test_attempts_go_on_in_continued_runs(impatient_client: Client, shared_standin: Standin) -> None:
    """Each with a job of its own, under the names of the first run."""
    stage = Stage(impatient_client, shared_standin)
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=30, outcome="Failed", failure_reason="CapacityError: none left")
    rules = [{"ErrorEquals": ["SageMaker.CapacityError"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    async with stage.worker():
        run = await jobs.run(JobKind.TRAINING, name, retry=rules)
        failure = await run.failure()
    found = jobs.jobs(JobKind.TRAINING, name)
    assert [one["execution_arn"] for one in failure.details[0]["attempts"]] == [job["arn"] for job in found]
    assert [job["creates_accepted"] for job in found] == [1, 1, 1]
    chain = [found async for found in impatient_client.list_workflows(f"WorkflowId = '{run.handle.id}'")]
    assert len(chain) > 1
