"""What must hold after every fault: one execution, its true end told, a short history, no secret anywhere."""

from typing import Final

from temporalio.api.enums.v1 import EventType

from contract.pipeline_document import PipelineRunDocument, run_status
from contract.run import RunStatus
from tests.faults.durations import PATIENCE_SECONDS
from tests.faults.installation import Installation
from tests.faults.run import Run
from tests.standin.definitions import JsonObject

MAX_EVENTS: Final = 55
"""Of an attempt's history: some 20 events without faults, up to 8 for each change that is told, some for each cancel
and each worker outlived. What it must not grow with is time."""

NOT_OF_TIME: Final = {EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: 3, EventType.EVENT_TYPE_TIMER_CANCELED: 2}
"""Events that do not count, each with those before it that belong to it: a workflow task that a busy machine did not
finish in time is begun anew, and a timer that was cancelled waited beside a change, as after a stop."""

CLOSING = {RunStatus.SUCCESS: "Completed", RunStatus.FAILED: "Failed", RunStatus.CANCELLED: "Completed"}
"""How the workflow closes, unless it was cancelled natively."""


async def assert_sound(
    installation: Installation,
    run: Run,
    *expected: RunStatus,
    closed: str | None = None,
    within: float = PATIENCE_SECONDS,
) -> JsonObject:
    """Check everything about a run that had an execution; what the stand-in knows of that."""
    ending = await run.ending(within=within)
    document = await run.closing_document(ending)
    execution = installation.the_execution(run.pipeline)
    assert document.status in (expected or (RunStatus.SUCCESS,)), document
    assert ending.workflow_status == (closed or CLOSING[document.status]), ending
    told = (document.run_id, document.sagemaker_status, document.status)
    assert told == (execution["execution_arn"], execution["status"], run_status(execution["status"]))
    await assert_discreet(installation, run, attempts=max(1, len(document.attempts)))
    return execution


async def assert_never_started(installation: Installation, run: Run) -> PipelineRunDocument:
    """Check everything about a run that was cancelled before its start."""
    ending = await run.ending()
    document = await run.closing_document(ending)
    assert (document.status, document.run_id) == (RunStatus.CANCELLED, None), document
    assert installation.standin.executions(run.pipeline) == []
    await assert_discreet(installation, run)
    return document


async def assert_discreet(installation: Installation, run: Run, *, attempts: int = 1) -> None:
    """Check that the history is short and has no secret; logs are looked at when their crew leaves."""
    history = await run.handle.fetch_history()
    not_counted = sum(NOT_OF_TIME.get(event.event_type, 0) for event in history.events)
    assert len(history.events) - not_counted <= attempts * MAX_EVENTS, [e.event_type for e in history.events]
    told = {f"event {event.event_id}": event.SerializeToString() for event in history.events}
    assert installation.secrets_in(told) == []
