"""A Temporal schedule that fires once, and its run, which waits for an answer."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleState,
)

from contract.names import ANSWER_STEP_UPDATE, DEFAULT_TASK_QUEUE, WorkflowType
from worker.local.demonstration.runs import DemoRun

_EVERY: Final = timedelta(seconds=2)
_CHECK_EVERY_SECONDS: Final = 0.1


async def made_schedule(client: Client, run: DemoRun) -> ScheduleHandle:
    """Make the schedule of a run, which starts it within two seconds, once."""
    action = ScheduleActionStartWorkflow(
        WorkflowType.PIPELINE_RUN,
        args=[{"pipeline_name": run.pipeline, **run.more_input}],
        id=run.name,
        task_queue=DEFAULT_TASK_QUEUE,
    )
    return await client.create_schedule(
        run.name,
        Schedule(
            action=action,
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_EVERY)]),
            state=ScheduleState(limited_actions=True, remaining_actions=1),
        ),
    )


async def started_run(schedule: ScheduleHandle) -> str:
    """Wait until a schedule has started its run; the run's workflow id."""
    while True:
        for fired in (await schedule.describe()).info.recent_actions:
            if isinstance(fired.action, ScheduleActionExecutionStartWorkflow):
                return fired.action.workflow_id
        await asyncio.sleep(_CHECK_EVERY_SECONDS)


async def answer_when_asked(client: Client, run: DemoRun, say: Callable[[str], None]) -> None:
    """Wait until a run asks for an answer, and give it as the command `approve` does."""
    await run.asks.wait()
    (gate,) = run.document.open_gates if run.document else ()
    say(f"{run.name}: waits for an answer to its {gate.subject}")
    request = {"step": gate.step, "outcome": "success", **(run.answer or {})}
    given = await client.get_workflow_handle(run.workflow_id).execute_update(ANSWER_STEP_UPDATE, request)
    say(f"{run.name}: {given['message']}")
