"""Deciding about a run that waits for it, by updates."""

import asyncio
from typing import Annotated, Final, TypeVar

import typer
from pydantic import BaseModel
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contract.names import WorkflowType
from contract.retry import Decision, GiveUpRequest, RetryRequest
from worker.cli.connection import Connection
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.run_reading import Handle, describe, run_handle, workflow_status

Answer = TypeVar("Answer", bound=BaseModel)

PATIENCE_SECONDS: Final = 5.0
"""An update waits for a worker; this long is more than one that lives ever needs."""


ReasonOption = Annotated[str, typer.Option(help="Why, at most 500 characters; stands in the run's history.")]


class DecisionMade(BaseModel):
    """What `retry` and `give-up` print with `--json`."""

    workflow_id: str
    decision: Decision


async def decide(
    client: Client, connection: Connection, workflow_id: str, update: str, request: RetryRequest | GiveUpRequest
) -> Decision:
    """Decide by `retry` or `give_up`; it raises what `send_update` raises."""
    return await send_update(client, connection, workflow_id, update, request, result_type=Decision)


async def send_update(  # noqa: PLR0913 — what is sent to whom, and what is expected
    client: Client,
    connection: Connection,
    workflow_id: str,
    update: str,
    request: BaseModel,
    *,
    result_type: type[Answer],
    patience: float = PATIENCE_SECONDS,
) -> Answer:
    """Send an update and wait for its answer.

    Raises:
        CommandError: There is no such run, it has ended, it refuses, or no worker answers.
    """
    handle = run_handle(client, workflow_id)
    await refuse_if_closed(handle, connection)
    try:
        async with asyncio.timeout(patience):
            answer: Answer = await handle.execute_update(
                update, request.model_dump(mode="json"), result_type=result_type
            )
    except WorkflowUpdateFailedError as error:
        why = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise CommandError(why) from None
    except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
        status = connection.command("status", workflow_id)
        raise CommandError(
            f"No worker answered within {patience:g} s; the decision may still reach the run when one is back. "
            f"Check with '{status}'.",
            ExitCode.CANNOT_CONNECT,
        ) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            await refuse_if_closed(handle, connection)
        raise
    return answer


async def refuse_if_closed(handle: Handle, connection: Connection) -> None:
    """Refuse what comes after the end.

    Raises:
        CommandError: There is no such run, or it has ended.
    """
    description = await describe(handle)
    status = workflow_status(description)
    if status != "Running":
        is_job = description.workflow_type == WorkflowType.JOB_RUN
        again = connection.command(*(["job", "run", "…"] if is_job else ["run", "--rerun", handle.id]))
        raise CommandError(
            f"The run '{handle.id}' has ended ({status}); there is nothing to decide. Start a new one: {again}"
        )
