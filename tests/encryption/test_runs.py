"""Encrypted runs: nothing in clear where Temporal keeps it, before and after keys are rotated."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.history.v1 import History
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import QueryWorkflowRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from contract.names import STATUS_QUERY
from contract.run import Phase, RunStatus
from tests.encryption.conftest import NEW, OLD, StageWith, client_with
from tests.encryption.exported import in_clear, kept, payloads, pending_activities
from tests.replay.server import embedded_server
from tests.standin.definitions import job
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage
from workflows.payloads import LockedPayloadError
from workflows.pipeline_run import SageMakerPipelineRun

LONG = 30_000
SECRET = "PLANTED-secret"


async def asked(stage: Stage, run: Run, query: str) -> Any:
    """The raw answer to a query."""
    return await stage.client.workflow_service.query_workflow(
        QueryWorkflowRequest(
            namespace=stage.client.namespace,
            execution=WorkflowExecution(workflow_id=run.handle.id),
            query=WorkflowQuery(query_type=query),
        )
    )


async def start_with_secrets(stage: Stage, *, seconds: float = LONG, fail: str = "") -> Run:
    """A run with secrets wherever a caller can put one."""
    step = job("Train", seconds=seconds, fail=fail)
    pipeline = stage.standin.create([step], [{"Name": "Password", "Type": "String"}])
    return await stage.start(
        {"pipeline_name": pipeline, "parameters": {"Password": SECRET}, "description": SECRET},
        static_summary=SECRET,
        static_details=SECRET,
        memo={"note": SECRET},
    )


async def test_a_cancelled_run_leaves_nothing_in_clear(stage_with: StageWith) -> None:
    """Input, memo, summaries, details, heartbeats, signal, queries, results: every payload is encrypted."""
    stage = stage_with(NEW)
    async with stage.worker():
        run = await start_with_secrets(stage)
        await run.reaches_phase(Phase.RUNNING)
        beat = await until_heartbeat(run)
        answers = [await asked(stage, run, query) for query in (STATUS_QUERY, "__temporal_workflow_metadata")]
        await run.cancel_by_signal({"reason": SECRET})
        document = await run.result()
    assert document.status is RunStatus.CANCELLED
    assert f"Cancel signal: {SECRET}" in [entry.why for entry in document.history]
    everything = [await kept(run), (await run.handle.describe()).raw_description, beat, *answers]
    assert [in_clear(message) for message in everything] == [[] for _ in everything]
    assert [len(list(payloads(message))) > 0 for message in everything] == [True for _ in everything]
    assert SECRET.encode() not in b"".join(message.SerializeToString() for message in everything)
    places = " ".join(place for place, _ in payloads(everything[0]))
    for expected in ("input", "memo", "user_metadata.summary", "user_metadata.details", "result"):
        assert expected in places


async def until_heartbeat(run: Run) -> PendingActivityInfo:
    """The pending watch, once it has beaten."""
    while True:
        for pending in await pending_activities(run):
            if pending.HasField("heartbeat_details"):
                return pending
        await asyncio.sleep(0.05)


async def test_a_failed_run_leaves_nothing_in_clear(stage_with: StageWith) -> None:
    """Messages, stack traces and details of failures are encrypted; their types are not."""
    stage = stage_with(NEW)
    async with stage.worker():
        run = await start_with_secrets(stage, seconds=1, fail=SECRET)
        failure = await run.failure()
        history = await kept(run)
    assert SECRET in failure.message
    assert failure.details[0]["status"] == "Failed"
    closed = history.events[-1].workflow_execution_failed_event_attributes.failure
    assert (closed.message, closed.application_failure_info.type) == ("Encoded failure", "PipelineExecutionFailed")
    assert in_clear(history) == []
    assert SECRET.encode() not in history.SerializeToString()


async def test_without_keys_everything_is_in_clear(stage_with: StageWith) -> None:
    """What the tests above look for can be found."""
    stage = stage_with()
    async with stage.worker():
        run = await start_with_secrets(stage, seconds=1, fail=SECRET)
        await run.failure()
    history = await kept(run)
    assert SECRET.encode() in history.SerializeToString()
    assert len(in_clear(history)) == len(list(payloads(history)))


async def test_runs_in_clear_go_on_after_encryption_is_switched_on(stage_with: StageWith) -> None:
    """The first half of such a run stays readable, the second is encrypted; so are its signal and its result."""
    clear, encrypted = stage_with(), stage_with(NEW)
    async with clear.worker():
        begun = await clear.run(clear.pipeline(seconds=LONG))
        await begun.reaches_phase(Phase.RUNNING)
    async with encrypted.worker():
        run = Run(encrypted.client.get_workflow_handle_for(SageMakerPipelineRun.run, begun.handle.id))
        await run.reaches_phase(Phase.RUNNING)
        await run.cancel_by_signal({"reason": SECRET})
        assert (await run.result()).status is RunStatus.CANCELLED
    history = await kept(run)
    assert in_clear(history)
    assert SECRET.encode() not in history.SerializeToString()


async def test_clients_without_keys_still_start_and_cancel_runs(stage_with: StageWith) -> None:
    """A migration need not switch everybody at once: only reading needs the key."""
    clear, encrypted = stage_with(), stage_with(NEW)
    async with encrypted.worker():
        run = await clear.run(clear.pipeline(seconds=LONG))
        await Run(encrypted.client.get_workflow_handle_for(SageMakerPipelineRun.run, run.handle.id)).reaches_phase(
            Phase.RUNNING
        )
        await run.cancel_by_signal()
        with pytest.raises(LockedPayloadError, match="encrypted under the key '2026-11', and there are no keys here"):
            await run.result()


async def test_runs_under_an_old_key_go_on_after_a_rotation(stage_with: StageWith) -> None:
    """The new key writes, the old one is read."""
    before, after = stage_with(OLD), stage_with(NEW, OLD)
    async with before.worker():
        begun = await before.run(before.pipeline(seconds=LONG))
        await begun.reaches_phase(Phase.RUNNING)
    async with after.worker():
        run = Run(after.client.get_workflow_handle_for(SageMakerPipelineRun.run, begun.handle.id))
        await run.cancel_by_signal({"reason": "rotation"})
        assert (await run.result()).status is RunStatus.CANCELLED
    key_ids = {found.metadata["encryption-key-id"] for _, found in payloads(await kept(run))}
    assert key_ids == {b"2026-05", b"2026-11"}


@pytest.fixture(scope="module")
async def impatient() -> AsyncIterator[Client]:
    """A server that suggests a continue-as-new after a few events."""
    async with embedded_server(continue_as_new_after_events=8) as client:
        yield client_with(client, NEW)


async def test_a_run_that_continues_as_new_stays_encrypted(impatient: Client, shared_standin: Standin) -> None:
    """What it hands on is encrypted, read again, and replays."""
    stage = Stage(impatient, shared_standin)
    async with stage.worker():
        run = await start_with_secrets(stage)
        await run.reaches(lambda document: document.run_id is not None)
        await until_continued(run)
        await run.cancel_by_signal({"reason": SECRET})
        assert (await run.result()).status is RunStatus.CANCELLED
    first = impatient.get_workflow_handle(run.handle.id, run_id=run.handle.first_execution_run_id)
    replayer = Replayer(workflows=[SageMakerPipelineRun], data_converter=impatient.data_converter, namespace="default")
    for handle in (first, run.handle):
        history = await handle.fetch_history()
        exported = WorkflowHistory.from_json(str(uuid.uuid4()), history.to_json())
        assert in_clear(History(events=exported.events)) == []
        assert SECRET.encode() not in History(events=exported.events).SerializeToString()
        await replayer.replay_workflow(exported)


async def until_continued(run: Run) -> None:
    """Wait until another run than the first is open."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if (await run.handle.describe()).run_id != run.handle.first_execution_run_id:
                return
            await asyncio.sleep(0.05)
