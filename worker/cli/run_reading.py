"""Reading a run from Temporal: from a worker while there is one, else from what the server itself keeps."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError, CancelledError, FailureError, TerminatedError
from temporalio.service import RPCError, RPCStatusCode

from contract.any_document import AnyRunDocument, read_document
from contract.names import STATUS_QUERY, WorkflowType
from worker.cli.connection import Connection
from worker.cli.outcome import CommandError
from worker.cli.run_view import Failure, PendingActivity, RunView, Source
from worker.cli.task_failures import task_failure
from worker.cli.visible_run import document_from_server

QUERY_TIMEOUT: Final = timedelta(seconds=4)
"""A query waits for a worker; this long is more than one that lives ever needs."""

Handle = WorkflowHandle[Any, AnyRunDocument]

RESULT_TYPE: Final[Any] = AnyRunDocument
"""With a type, a payload under a key that is not here is an error that names the key (`workflows.payloads`)."""

RUNS: Final = (WorkflowType.PIPELINE_RUN, WorkflowType.JOB_RUN)


def run_handle(client: Client, workflow_id: str) -> Handle:
    """Point at a run, the latest under this workflow id."""
    return client.get_workflow_handle(workflow_id, result_type=RESULT_TYPE)


async def describe(handle: Handle) -> WorkflowExecutionDescription:
    """Ask the server about a run.

    Raises:
        CommandError: There is no such run.
    """
    try:
        description = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise CommandError(f"There is no run '{handle.id}'. 'polysync-sagemaker status' lists the runs.") from None
        raise
    if description.workflow_type not in RUNS:
        raise CommandError(f"'{handle.id}' is a workflow of type {description.workflow_type}, not {' or '.join(RUNS)}.")
    return description


async def query(handle: Handle) -> AnyRunDocument | None:
    """Ask a worker for the run document; None if no worker answers."""
    try:
        # The SDK tries again after its own timeout, so the limit stands outside as well.
        async with asyncio.timeout(QUERY_TIMEOUT.total_seconds()):
            document: AnyRunDocument = await handle.query(
                STATUS_QUERY, result_type=RESULT_TYPE, rpc_timeout=QUERY_TIMEOUT
            )
            return document
    except (RPCError, WorkflowQueryFailedError, TimeoutError):
        return None


@dataclass(frozen=True)
class Ending:
    """How a workflow closed."""

    workflow_status: str
    document: AnyRunDocument | None = None
    failure: Failure | None = None


async def wait_for_ending(handle: Handle) -> Ending:
    """Wait until the workflow closes, and read how from its history; no worker is needed for that.

    Raises:
        RPCError: Temporal went away.
    """
    try:
        return Ending("Completed", document=await handle.result())
    except WorkflowFailureError as error:
        match error.cause:
            case ApplicationError() as cause:
                failure = Failure(type=cause.type or "ApplicationError", message=cause.message)
                return Ending("Failed", _document_in(cause), failure)
            case CancelledError():
                return Ending("Canceled")
            case TerminatedError() as cause:
                return Ending("Terminated", failure=Failure(type="Terminated", message=_terminated(cause)))
            case cause:
                return Ending("TimedOut", failure=Failure(type=type(cause).__name__, message=str(cause)))


def _terminated(cause: TerminatedError) -> str:
    return f"{cause.message}: Temporal no longer follows the execution, which may still run in SageMaker"


def _document_in(failure: ApplicationError) -> AnyRunDocument | None:
    try:
        return read_document(failure.details[0]) if failure.details else None
    except ValidationError:
        return None


async def read_run(client: Client, connection: Connection, workflow_id: str) -> RunView:
    """Read everything that is known of a run.

    Raises:
        CommandError: There is no such run.
    """
    handle = run_handle(client, workflow_id)
    description = await describe(handle)
    status = workflow_status(description)
    ending = Ending(status) if status == "Running" else await wait_for_ending(handle)
    document, source = ending.document, Source.HISTORY
    if document is None:
        document, source = await query(handle), Source.WORKER
    if document is None:
        document, source = await document_from_server(description), Source.VISIBILITY
    return RunView(
        workflow_id=workflow_id,
        workflow_run_id=description.run_id,
        workflow_status=status,
        web_ui_url=connection.web_ui_link(client.namespace, workflow_id, description.run_id),
        failure=ending.failure,
        run=document,
        source=source,
        task_failure=await task_failure(client, description) if status == "Running" else None,
        pending_activities=[
            await _pending_activity(client, found) for found in description.raw_description.pending_activities
        ],
    )


def workflow_status(execution: WorkflowExecution) -> str:
    """Temporal's own status, in its spelling: Running, Completed, Failed, Canceled, Terminated, TimedOut."""
    name = execution.status.name if execution.status else "Unknown"
    return "".join(part.capitalize() for part in name.split("_"))


async def _pending_activity(client: Client, info: PendingActivityInfo) -> PendingActivity:
    details = await client.data_converter.decode(info.heartbeat_details.payloads)
    state = PendingActivityState.Name(info.state)
    return PendingActivity(
        activity=info.activity_type.name,
        state=state.removeprefix("PENDING_ACTIVITY_STATE_").replace("_", " ").capitalize(),
        attempt=info.attempt,
        last_failure=await failure_text(client, info),
        heartbeat=details[0] if details else None,
        heartbeat_at=_instant(info, "last_heartbeat_time"),
        next_attempt_at=_instant(info, "next_attempt_schedule_time"),
    )


async def failure_text(client: Client, info: PendingActivityInfo) -> str | None:
    """Return why the last attempt of an activity failed; where payloads are encrypted, this text is, too."""
    if not info.HasField("last_failure"):
        return None
    error = await client.data_converter.decode_failure(info.last_failure)
    return (error.message if isinstance(error, FailureError) else str(error)) or None


def _instant(info: PendingActivityInfo, field: str) -> datetime | None:
    if not info.HasField(field):  # type: ignore[arg-type]  # the stubs want a literal
        return None
    instant: datetime = getattr(info, field).ToDatetime(tzinfo=UTC)
    return instant
