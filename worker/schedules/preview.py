"""Short-lived, paused schedules: the server answers with the times of existing schedules only."""

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow, ScheduleSpec, ScheduleState
from temporalio.service import RPCError

from contract.names import DEFAULT_TASK_QUEUE, WorkflowType

_PREFIX: Final = "polysync-sagemaker-preview-"
_MADE: Final = "%Y%m%dT%H%M%SZ"
_ID: Final = re.compile(rf"{_PREFIX}(?P<made>\d{{8}}T\d{{6}}Z)-[0-9a-f]{{12}}")
_LONGEST: Final = timedelta(hours=1)
"""No command has a preview for so long, even where the clocks of two machines differ."""

_PAUSED: Final = "TemporalSchedulePaused = true"


@asynccontextmanager
async def previewed(client: Client, spec: ScheduleSpec) -> AsyncIterator[str]:
    """Have a schedule with the nominal times of a spec; it starts nothing, and is gone afterwards."""
    await _remove_left_behind(client)
    preview = f"{_PREFIX}{datetime.now(UTC):{_MADE}}-{uuid.uuid4().hex[:12]}"
    action = ScheduleActionStartWorkflow(WorkflowType.PIPELINE_RUN, id=preview, task_queue=DEFAULT_TASK_QUEUE)
    paused = ScheduleState(paused=True, note="Answers with the times of a schedule that is being applied.")
    schedule = Schedule(action=action, spec=replace(spec, jitter=None), state=paused)
    handle = client.get_schedule_handle(preview)
    try:
        # Within: a command that is interrupted here may have created it.
        await client.create_schedule(preview, schedule)
        yield preview
    finally:
        with suppress(RPCError):
            await handle.delete()


def is_preview(schedule_id: str) -> bool:
    """Whether a schedule is one that only answers with times, for as long as a command takes."""
    return schedule_id.startswith(_PREFIX)


async def _remove_left_behind(client: Client) -> None:
    """Remove the previews of commands that were killed; where that fails, a later command does it."""
    with suppress(RPCError):
        async for listed in await client.list_schedules(_PAUSED):
            match = _ID.fullmatch(listed.id)
            if match and datetime.now(UTC) - datetime.strptime(match["made"], _MADE).replace(tzinfo=UTC) > _LONGEST:
                # Temporal lists for a moment what is gone: that must not keep the others.
                with suppress(RPCError):
                    await client.get_schedule_handle(listed.id).delete()
