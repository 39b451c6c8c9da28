"""A run whose history grows long goes on in a new run, and nobody who looks at it notices more than that."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowHistory
from temporalio.common import RetryPolicy

from contract.names import (
    EXECUTION_ARN_ATTRIBUTE,
    PIPELINE_ATTRIBUTE,
    PLATFORM_ATTRIBUTE,
    RETRY_UPDATE,
    SEARCH_ATTRIBUTES,
    STATUS_ATTRIBUTE,
)
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from tests.replay.server import embedded_server
from tests.standin.definitions import job, parameter
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage, until
from tests.workflows.test_cancel import LONG, cancel, closing, stopped_once
from tests.workflows.test_outcomes import force
from tests.workflows.test_results import memo
from workflows import policies

EVENTS_BEFORE_A_NEW_RUN = 8
"""Reached when the start has been answered, and again after each change of a status."""

TWO_ATTEMPTS = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2)


@pytest.fixture(scope="module")
async def impatient_client() -> AsyncIterator[Client]:
    """A server that suggests a continue-as-new after a few events."""
    async with embedded_server(continue_as_new_after_events=EVENTS_BEFORE_A_NEW_RUN) as client:
        yield client


@pytest.fixture
async def continuing(impatient_client: Client, shared_standin: Standin) -> AsyncIterator[Stage]:
    """A stage on the impatient server, with a worker."""
    shared_standin.control("DELETE", "/faults")
    shared_standin.control("DELETE", "/calls")
    stage = Stage(impatient_client, shared_standin)
    async with stage.worker():
        yield stage


async def test_a_continued_run_follows_its_one_execution_to_the_end(continuing: Stage) -> None:
    """Through several new runs there is one start, one document and one history of it."""
    pipeline = continuing.pipeline(seconds=LONG)
    run = await continuing.run(pipeline)
    before = await run.reaches(lambda document: document.sagemaker_status == "Executing")
    force(continuing, pipeline, "Paused")
    await run.reaches(lambda document: document.status is RunStatus.UNKNOWN)
    force(continuing, pipeline, "Succeeded")
    result = await run.result()
    assert result.status is RunStatus.SUCCESS
    assert (result.run_id, result.started_at, result.monitor_url) == (
        before.run_id,
        before.started_at,
        before.monitor_url,
    )
    assert result.history[: len(before.history)] == before.history
    assert [(entry.phase, entry.sagemaker_status) for entry in result.history] == [
        (Phase.STARTING, None),
        (Phase.RUNNING, "Executing"),
        (Phase.RUNNING, "Paused"),
        (Phase.RUNNING, "Succeeded"),
        (Phase.CLOSED, "Succeeded"),
    ]
    assert continuing.the_execution(pipeline)["starts_accepted"] == 1
    assert await runs_in_chain(continuing.client, run) >= 3


async def test_search_attributes_travel_into_the_new_run(continuing: Stage) -> None:
    """Who searches for the execution finds the run that follows it now."""
    pipeline = continuing.pipeline(seconds=LONG)
    run = await continuing.run(pipeline)
    first = await run.reaches(lambda document: document.run_id is not None)
    described = await continued(run)
    found = {pair.key: pair.value for pair in described.typed_search_attributes if pair.key in SEARCH_ATTRIBUTES}
    assert found == {
        PLATFORM_ATTRIBUTE: "default",
        PIPELINE_ATTRIBUTE: pipeline,
        EXECUTION_ARN_ATTRIBUTE: first.run_id,
        STATUS_ATTRIBUTE: RunStatus.RUNNING.value,
    }
    await run.cancel_by_signal()
    await run.result()


async def test_the_timeout_counts_from_the_first_run(continuing: Stage) -> None:
    """A new run is no new lease: it gets the time that is left, and the execution is stopped then."""
    pipeline = continuing.pipeline(seconds=LONG)
    run = await continuing.run(pipeline, timeout=2)
    await continued(run)
    assert (await run.failure()).type == "PipelineRunTimedOut"
    assert stopped_once(continuing, pipeline)
    # The first timer of each run is the timeout's; later ones belong to the stop.
    timers = [
        next(
            event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            for event in history.events
            if event.HasField("timer_started_event_attributes")
        )
        for history in await histories(continuing.client, run)
    ]
    assert timers[0] == timedelta(seconds=2) > timers[1]
    assert timers == sorted(timers, reverse=True)


@pytest.mark.parametrize("way", ["signal", "native", "both"])
async def test_a_continued_run_can_be_cancelled(continuing: Stage, way: str) -> None:
    """A stop reaches whichever run of the chain is open, and is sent once."""
    pipeline = continuing.pipeline(seconds=LONG)
    run = await continuing.run(pipeline)
    await continued(run)
    await cancel(run, way)
    assert (await closing[way](run)).status is RunStatus.CANCELLED
    assert stopped_once(continuing, pipeline)


async def test_a_continued_run_follows_an_execution_that_it_did_not_start(continuing: Stage) -> None:
    """The state of a run with `execution_arn` can be read again."""
    pipeline = continuing.pipeline(seconds=LONG)
    arn = continuing.standin.start(pipeline)
    run = await continuing.run(pipeline, execution_arn=arn)
    await continued(run)
    force(continuing, pipeline, "Succeeded")
    result = await run.result()
    assert (result.run_id, result.status) == (arn, RunStatus.SUCCESS)


@pytest.mark.parametrize("mode", ["resume", "restart"])
async def test_attempts_go_on_through_new_runs(continuing: Stage, mode: str) -> None:
    """Every attempt is begun once under its number, and the document keeps them all."""
    pipeline = continuing.pipeline(fail="AlgorithmError: exit code 1")
    run = await continuing.run(pipeline, retry={"max_attempts": 3, "mode": mode, "initial_delay": 0})
    failure = await run.failure()
    document = PipelineRunDocument.model_validate(failure.details[0])
    assert [(one.number, one.mode) for one in document.attempts] == [(1, None), (2, mode), (3, mode)]
    executions = continuing.standin.executions(pipeline)
    assert [execution["starts_accepted"] for execution in executions] == [1] * (1 if mode == "resume" else 3)
    assert [step.attempt for step in document.steps] == [3 if mode == "resume" else 1]
    assert await runs_in_chain(continuing.client, run) >= 3


async def test_a_retry_that_waits_for_quota_is_not_forgotten(
    continuing: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person decided is begun in the new run, under the attempt's own token."""
    monkeypatch.setattr(policies, "QUOTA_FIRST_WAIT", timedelta(milliseconds=100))
    pipeline = continuing.pipeline(fail="AlgorithmError: exit code 1")
    run = await continuing.run(pipeline, on_failure="wait")
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    continuing.standin.fault("RetryPipelineExecution", "quota", limit=20, pipeline=pipeline, times=2)
    before = (await run.handle.describe()).run_id
    await run.handle.execute_update(RETRY_UPDATE)
    await run.reaches(lambda document: len(document.attempts) == 2 and document.phase is Phase.WAITING_FOR_DECISION)
    assert (await run.handle.describe()).run_id != before
    assert [step.attempt for step in (await run.document()).steps] == [2]
    await run.cancel_by_signal()
    assert (await run.failure()).type == "PipelineExecutionFailed"


async def test_the_memo_travels_into_the_new_run(continuing: Stage) -> None:
    """What the first run told stays readable, and what the caller gave stays his."""
    run = await continuing.start({"pipeline_name": continuing.pipeline(seconds=LONG)}, memo={"order": 4711})
    document = await run.reaches_phase(Phase.RUNNING)
    await continued(run)
    found = await memo(run)
    assert (found["phase"], found["execution"]) == ("Running", document.run_id)
    assert await (await run.handle.describe()).memo_value("order") == 4711
    await run.cancel_by_signal()
    await run.result()


async def test_what_templates_became_stays(continuing: Stage) -> None:
    """A new run does not read them again, and its next attempt sends what the first one sent."""
    pipeline = continuing.standin.create([job("Train", fail="AlgorithmError: 1")], [parameter("A")])
    fields = {
        "templates": True,
        "scheduled_time": "2026-07-04T22:30:00Z",
        "retry": {"max_attempts": 2, "mode": "restart", "initial_delay": 0},
    }
    run = await continuing.run(pipeline, parameters={"A": "{{{scheduled_time:%d}}}"}, **fields)
    assert (await run.failure()).type == "PipelineExecutionFailed"
    assert [each["parameters"] for each in continuing.standin.executions(pipeline)] == [{"A": "{04}"}] * 2
    assert await runs_in_chain(continuing.client, run) >= 2


async def test_each_cron_run_starts_an_execution_of_its_own(stage: Stage) -> None:
    """A cron run comes after another run without continuing it."""
    pipeline = stage.pipeline()
    run = await stage.start({"pipeline_name": pipeline}, cron_schedule="@every 1s")
    await until(lambda: len(stage.standin.executions(pipeline)) > 1)
    await run.handle.terminate()


async def test_a_workflow_retry_starts_an_execution_of_its_own(stage: Stage) -> None:
    """A retry under a workflow retry policy comes after another run without continuing it."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    failure = await (await stage.start({"pipeline_name": pipeline}, retry_policy=TWO_ATTEMPTS)).failure()
    assert failure.type == "PipelineExecutionFailed"
    assert len(stage.standin.executions(pipeline)) == TWO_ATTEMPTS.maximum_attempts


async def test_a_workflow_retry_of_a_continued_run_starts_anew(continuing: Stage) -> None:
    """Temporal gives the retry the continued run's argument, whose execution has failed for good."""
    pipeline = continuing.pipeline(fail="AlgorithmError: exit code 1")
    run = await continuing.start({"pipeline_name": pipeline}, retry_policy=TWO_ATTEMPTS)
    # Each continue-as-new starts the count of attempts anew, so this goes on until somebody ends it.
    await until(lambda: len(continuing.standin.executions(pipeline)) > 1)
    await run.handle.terminate()


async def continued(run: Run) -> WorkflowExecutionDescription:
    """Wait until another run than the first one is open; its description."""
    await run.reaches(lambda document: document.run_id is not None)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (described := await run.handle.describe()).run_id == run.handle.first_execution_run_id:
        assert time.monotonic() < deadline, "the run is not continued"
        await asyncio.sleep(0.02)
    return described


async def runs_in_chain(client: Client, run: Run) -> int:
    """Count the runs behind one workflow id."""
    return len(await histories(client, run))


async def histories(client: Client, run: Run) -> list[WorkflowHistory]:
    """The histories of the runs behind one workflow id, the first one first, by going back from the last one."""
    found: list[WorkflowHistory] = []
    run_id: str | None = (await run.handle.describe()).run_id
    while run_id:
        found.insert(0, await client.get_workflow_handle(run.handle.id, run_id=run_id).fetch_history())
        run_id = found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return found
