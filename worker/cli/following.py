"""Following a run until it closes, through absent workers and an absent server: the run itself is safe meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError

from activities.retrying import retrying
from contract.any_document import AnyRunDocument
from worker.cli.connection import Connection, temporal_is_away
from worker.cli.run_reading import Ending, Handle, query, read_run, run_handle, wait_for_ending
from worker.cli.run_view import RunView
from worker.cli.task_failures import task_failure

POLL_EVERY_SECONDS: Final = 1.0

NO_WORKER: Final = "No worker answers; the run itself is safe and goes on when one is back."
TASK_FAILS: Final = "The workflow task fails and is tried again; the run itself is safe"
NO_SERVER: Final = "Temporal does not answer; the run itself is safe and goes on when it is back."


@dataclass(frozen=True)
class Poll:
    """One poll of a run: the document if a worker answered, else what is in the way."""

    document: AnyRunDocument | None = None
    trouble: str | None = None


async def follow(client: Client, connection: Connection, workflow_id: str, show: Callable[[Poll], None]) -> RunView:
    """Follow a run until it closes.

    Args:
        client: Connected to Temporal.
        connection: For the links.
        workflow_id: The run.
        show: Called with each poll, about once a second, and at the end with the final document.

    Returns:
        The run as it ended.
    """
    handle = run_handle(client, workflow_id)
    closing = asyncio.create_task(_outlasting_outages(handle, show))
    try:
        while not closing.done():
            polling = asyncio.create_task(_poll(client, handle))
            await asyncio.wait({closing, polling}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                show(polling.result())
                await asyncio.wait({closing}, timeout=POLL_EVERY_SECONDS)
            else:
                polling.cancel()
        closing.result()
    finally:
        closing.cancel()
    view = await read_run(client, connection, workflow_id)
    show(Poll(view.run))
    return view


async def _poll(client: Client, handle: Handle) -> Poll:
    document = await query(handle)
    if document is not None:
        return Poll(document)
    try:
        failure = await task_failure(client, await handle.describe())
    except RPCError as error:
        if not temporal_is_away(error):
            raise
        return Poll(trouble=NO_SERVER)
    return Poll(trouble=f"{TASK_FAILS}: {failure}" if failure else NO_WORKER)


async def _outlasting_outages(handle: Handle, show: Callable[[Poll], None]) -> Ending:
    def pause(error: Exception, _: int) -> float | None:
        if not (isinstance(error, RPCError) and temporal_is_away(error)):
            return None
        show(Poll(trouble=NO_SERVER))
        return POLL_EVERY_SECONDS

    return await retrying(lambda: wait_for_ending(handle), pause)
