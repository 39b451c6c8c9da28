"""Secrets in the requests of jobs: references are resolved for AWS only, and values in clear stay where they came from.

A value in clear stands in the input of the run, which is the first event of its history (of each run of a chain), and
nowhere else: no input or result of an activity, no document, memo, summary, log or failure.
"""

import asyncio
import json
import logging
import time
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError

from contract.job_kinds import JobKind
from contract.names import STATUS_QUERY
from contract.run import Phase
from tests.credentials.platform_file import PlatformFile
from tests.credentials.test_secret_parameters import found, in_clear
from tests.jobs.conftest import REFERENCE, SECRET
from tests.jobs.job_stage import JobRun, JobStage, unique_name
from tests.replay.server import embedded_server
from tests.standin.definitions import JsonObject
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

CREATE = "CreateTrainingJob"
CLEAR = "PLAINvalue-of-the-caller"
LONG = 100_000.0
REQUEST: JsonObject = {
    "HyperParameters": {"password": REFERENCE, "token": CLEAR},
    "Environment": {"PASSWORD": REFERENCE, "TOKEN": CLEAR},
    "AlgorithmSpecification": {
        "TrainingImage": "x",
        "TrainingInputMode": "File",
        "ContainerArguments": ["--password", REFERENCE, "--token", CLEAR],
    },
}
EVENTS_BEFORE_A_NEW_RUN = 8


async def told(client: Client, run: JobRun) -> tuple[str, str]:
    """Everything that can be read of a run and of those that it goes on in; and their first events apart."""
    texts, firsts = [], []
    try:
        texts.append(repr(await run.handle.result()))
    except WorkflowFailureError as error:
        cause: BaseException | None = error
        while cause is not None:
            texts += [repr(cause), str(cause), repr(getattr(cause, "details", ""))]
            cause = cause.__cause__
    async for one in client.list_workflows(f"WorkflowId = '{run.handle.id}'"):
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        first, *events = json.loads((await handle.fetch_history()).to_json())["events"]
        firsts.append(json.dumps(in_clear(first), ensure_ascii=False))
        texts.append(json.dumps(in_clear(_without_new_input(events)), ensure_ascii=False))
        description = await handle.describe()
        texts += [str(description.raw_description), repr(await description.memo())]
        texts += [repr(await description.static_summary()), repr(await description.static_details())]
        texts.append(repr(await handle.query(STATUS_QUERY)))
        texts.append(repr(await handle.query("__temporal_workflow_metadata")))
    return "\n".join(texts), "\n".join(firsts)


def _without_new_input(events: list[Any]) -> list[Any]:
    """Leave out the input of a new run, which is the first event there."""
    for event in events:
        event.get("workflowExecutionContinuedAsNewEventAttributes", {}).pop("input", None)
    return events


@pytest.mark.parametrize("outcome", ["Completed", "Failed"])
async def test_no_secret_is_told_anywhere(  # noqa: PLR0913, PLR0917 — the world, and where to look
    shared_standin: Standin,
    platform: PlatformFile,
    outcome: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    aws_keys: None,  # noqa: ARG001 — the worker signs
) -> None:
    """With lost replies, refusals that quote it, retries and runs that are continued as new."""
    caplog.set_level(logging.INFO)
    name = unique_name()
    shared_standin.script_job(
        "training-job",
        name,
        seconds=60,
        outcome=outcome,
        failure_reason=f"AlgorithmError: cannot log in with {SECRET}",
        log=[f"password={SECRET}", "Traceback (most recent call last):", f"ValueError: {SECRET} is refused"],
    )
    shared_standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    async with embedded_server(continue_as_new_after_events=EVENTS_BEFORE_A_NEW_RUN) as client:
        stage = Stage(client, shared_standin)
        jobs = JobStage(stage)
        async with platform.worker(stage):
            run = await jobs.run(
                JobKind.TRAINING,
                name,
                request=REQUEST,
                retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                outputs={"all": "job", "params": "job.HyperParameters", "env": "job.Environment"},
            )
            everything, first = await told(client, run)
    found_jobs = jobs.jobs(JobKind.TRAINING, name)
    output = capfd.readouterr()
    assert len(found_jobs) == (2 if outcome == "Failed" else 1)
    assert found_jobs[0]["request"]["Environment"] == {"PASSWORD": SECRET, "TOKEN": CLEAR}
    assert found_jobs[0]["request"]["AlgorithmSpecification"]["ContainerArguments"][1] == SECRET
    assert CLEAR in first
    assert REFERENCE in first
    assert found([SECRET, SECRET[:13]], first) == []
    assert found([SECRET, SECRET[:13], CLEAR], everything) == []
    assert found([SECRET, SECRET[:13], CLEAR], caplog.text + output.out + output.err) == []


async def test_a_refusal_that_quotes_a_value_is_told_without_it(
    idle_stage: Stage, platform: PlatformFile, caplog: pytest.LogCaptureFixture
) -> None:
    """AWS quotes what it refuses."""
    caplog.set_level(logging.INFO)
    jobs, name = JobStage(idle_stage), unique_name()
    message = f"Value '{{password={SECRET}, token={CLEAR}}}' at 'hyperParameters' is not valid"
    jobs.standin.fault(CREATE, "error", code="ValidationException", message=message, name_prefix=name)
    async with platform.worker(idle_stage):
        run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
        everything, _ = await told(idle_stage.client, run)
    assert "at 'hyperParameters' is not valid" in everything
    assert found([SECRET, CLEAR], everything + caplog.text) == []


async def test_the_web_ui_and_heartbeats_show_no_secret(idle_stage: Stage, platform: PlatformFile) -> None:
    """While the job runs and its polls are refused with a text that quotes it."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    async with platform.worker(idle_stage):
        run = await jobs.run(JobKind.TRAINING, name, request=REQUEST)
        await run.reaches_phase(Phase.RUNNING)
        pending, deadline = "", time.monotonic() + PATIENCE_SECONDS
        while "sagemaker_status" not in pending:
            assert time.monotonic() < deadline, pending
            pending = str((await run.handle.describe()).raw_description)
            await asyncio.sleep(0.1)
        metadata = repr(await run.handle.query("__temporal_workflow_metadata"))
        await run.cancel_by_signal()
        await run.closes_as_cancelled()
    assert found([SECRET, CLEAR], metadata + pending) == []


async def test_a_secret_that_cannot_be_had_fails_at_once(idle_stage: Stage, platform: PlatformFile) -> None:
    """Naming the reference; nothing is created."""
    jobs, name = JobStage(idle_stage), unique_name()
    request = {"HyperParameters": {"password": "vault://jobs/missing"}}
    async with platform.worker(idle_stage):
        failure = await (await jobs.run(JobKind.TRAINING, name, request=request)).failure()
    assert failure.type == "SecretUnavailable"
    assert "vault://jobs/missing" in failure.message
    assert jobs.jobs(JobKind.TRAINING, name) == []
