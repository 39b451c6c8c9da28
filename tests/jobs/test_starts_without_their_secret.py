"""A start whose job or execution may exist, and whose secret was removed since: nothing that runs is given up."""

import threading

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest

from activities.aws.secrets.resolver import Secrets
from activities.starting import jobs as starting_jobs
from activities.starting import once
from contract.job_kinds import JobKind
from contract.names import ActivityType
from contract.run import Phase, RunStatus
from contract.secret_reference import SecretReference
from tests.credentials.platform_file import PlatformFile
from tests.jobs.conftest import REFERENCE, SECRET, SECRET_NAME
from tests.jobs.job_stage import JobRun, JobStage, unique_name
from tests.standin.definitions import job
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

REQUEST = {"HyperParameters": {"password": REFERENCE}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt looks for a job for half a second, and not for a minute."""
    monkeypatch.setattr(once, "VISIBLE_WITHIN_SECONDS", 0.5)


async def open_start(jobs: JobStage, name: str, platform: PlatformFile) -> tuple[JobRun, str, int]:
    """A start that has created its job, whose reply was lost, that cannot describe it, and whose secret is gone.

    Returns:
        The run, the fault that denies the describe, and the attempt that was under way when the secret was removed.
    """
    jobs.script(JobKind.TRAINING, name, seconds=300)
    jobs.standin.fault("CreateTrainingJob", "reset_after", times=1, name_prefix=name)
    unanswered = jobs.standin.fault("DescribeTrainingJob", "throttle", name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
    await run.attempts(lambda attempt: attempt >= 3)
    (platform.folder / SECRET_NAME).unlink()
    return run, unanswered, await run.attempts(lambda _: True)


async def follows_its_one_job(jobs: JobStage, name: str, run: JobRun) -> None:
    """The run ends as the one job of its name."""
    document = await run.result()
    (one,) = jobs.jobs(JobKind.TRAINING, name)
    assert (document.run_id, document.status, one["creates_accepted"]) == (one["arn"], RunStatus.SUCCESS, 1)


async def test_the_name_finds_the_job_of_a_lost_reply(idle_stage: Stage, platform: PlatformFile) -> None:
    """Nothing can be sent any more, and nothing has to be."""
    jobs, name = JobStage(idle_stage), unique_name()
    async with platform.worker(idle_stage):
        run, unanswered, before = await open_start(jobs, name, platform)
        # This attempt has begun without the secret.
        await run.attempts(lambda attempt: attempt >= before + 2)
        jobs.standin.control("DELETE", f"/faults/{unanswered}")
        await follows_its_one_job(jobs, name, run)


async def test_the_name_finds_the_job_while_a_vault_does_not_answer(
    idle_stage: Stage, platform: PlatformFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its silence does not use up the time of the attempt."""
    jobs, name, answers = JobStage(idle_stage), unique_name(), threading.Event()
    resolve = Secrets.resolve_for_parameter
    monkeypatch.setattr(starting_jobs, "VAULT_SECONDS", 0.5)
    jobs.script(JobKind.TRAINING, name, seconds=300)
    jobs.standin.fault("CreateTrainingJob", "reset_after", times=1, name_prefix=name)

    def once_then_silent(secrets: Secrets, reference: SecretReference) -> str:
        if jobs.jobs(JobKind.TRAINING, name):
            answers.wait(PATIENCE_SECONDS)
        return resolve(secrets, reference)

    monkeypatch.setattr(Secrets, "resolve_for_parameter", once_then_silent)
    async with platform.worker(idle_stage):
        run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
        await run.reaches_phase(Phase.RUNNING)
        answers.set()
        await follows_its_one_job(jobs, name, run)


async def test_a_start_that_has_created_nothing_ends(idle_stage: Stage, platform: PlatformFile) -> None:
    """There is no job of its name: then the missing secret is what it fails for."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.standin.fault("CreateTrainingJob", "reset_before", name_prefix=name)
    async with platform.worker(idle_stage):
        run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
        await run.attempts(lambda attempt: attempt >= 2)
        (platform.folder / SECRET_NAME).unlink()
        failure = await run.failure()
    assert (failure.type, jobs.jobs(JobKind.TRAINING, name)) == ("SecretUnavailable", [])


@pytest.mark.parametrize("reset_heartbeat", [False, True])
async def test_a_reset_of_the_activity_forgets_no_job(
    idle_stage: Stage, platform: PlatformFile, *, reset_heartbeat: bool
) -> None:
    """`temporal activity reset` begins with attempt 1 again, with or without what earlier attempts left behind."""
    jobs, name = JobStage(idle_stage), unique_name()
    async with platform.worker(idle_stage):
        run, unanswered, before = await open_start(jobs, name, platform)
        client = idle_stage.client
        await client.workflow_service.reset_activity(
            ResetActivityRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(workflow_id=run.handle.id),
                type=ActivityType.START_JOB,
                reset_heartbeat=reset_heartbeat,
            )
        )
        await run.attempts(lambda attempt: attempt < before)
        await run.attempts(lambda attempt: attempt >= 2)
        jobs.standin.control("DELETE", f"/faults/{unanswered}")
        await follows_its_one_job(jobs, name, run)


async def test_a_reset_of_the_run_finds_its_job(idle_stage: Stage, platform: PlatformFile) -> None:
    """The reset run sends nothing, because it cannot; the name finds the job."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=300)
    async with platform.worker(idle_stage):
        run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
        await run.reaches_phase(Phase.RUNNING)
        (platform.folder / SECRET_NAME).unlink()
        await follows_its_one_job(jobs, name, await idle_stage.reset_to_first_task(run))


async def test_a_reset_of_a_pipeline_run_waits_for_its_secret(idle_stage: Stage, platform: PlatformFile) -> None:
    """Only AWS's answer under the token finds the execution, and the token takes the same parameters."""
    pipeline = idle_stage.standin.create([job("Train", seconds=600)], [{"Name": "Password", "Type": "String"}])
    async with platform.worker(idle_stage):
        run = await idle_stage.run(pipeline, parameters={"Password": REFERENCE})
        await run.reaches_phase(Phase.RUNNING)
        (platform.folder / SECRET_NAME).unlink()
        again = await idle_stage.reset_to_first_task(run)
        await again.waits_because(REFERENCE)
        platform.put(SECRET_NAME, SECRET)
        document = await again.result()
    assert document.run_id == idle_stage.the_execution(pipeline)["execution_arn"]
