"""What happens in the demo: five runs at once, one of them scheduled; then two during which the worker is killed."""

import asyncio
from collections.abc import Callable
from typing import Final

from temporalio.client import Client

from contract.names import CANCEL_SIGNAL, DEFAULT_TASK_QUEUE, WorkflowType
from contract.pipeline_run import PipelineRunInput
from worker.cli.connection import LinkingConnection
from worker.cli.following import follow
from worker.cli.run_starting import new_pipeline_run, start_run
from worker.local.demonstration.nightly import answer_when_asked, made_schedule, started_run
from worker.local.demonstration.runs import FIRST_JOB, DemoRun
from worker.local.stack import Stack

LIMIT_SECONDS: Final = 180.0
_LET_IT_RUN_SECONDS: Final = 2.0
_WITHOUT_A_WORKER_SECONDS: Final = 3.0


class Story:
    """Lets the runs happen and says aloud what is done to them."""

    def __init__(self, stack: Stack, client: Client, say: Callable[[str], None]) -> None:
        """Take a stack that runs, and a way to say things."""
        self._stack = stack
        self._client = client
        self._say = say
        self._connection = LinkingConnection(stack.temporal.address, None, stack.temporal.ui_url)

    async def happen(self, runs: list[DemoRun]) -> None:
        """Let all of it happen.

        Raises:
            TimeoutError: It took longer than three minutes.
        """
        succeeding, failing, cancelled, resumed, *killed, scheduled = runs
        self._stack.standin.control("POST", "/jobs/script", dict(FIRST_JOB))
        async with asyncio.timeout(LIMIT_SECONDS):
            await asyncio.gather(
                self._run(succeeding),
                self._run(failing),
                self._cancel(cancelled),
                self._run(resumed),
                self._schedule(scheduled),
            )
            await self._kill_the_worker_during(*killed)
        for run in runs:
            run.find_executions(self._stack.standin.executions(), self._stack.standin.control("GET", "/jobs"))

    async def _run(self, run: DemoRun) -> None:
        if run.task_state is not None:
            await self._client.start_workflow(
                WorkflowType.JOB_RUN, run.task_state, id=run.workflow_id, task_queue=DEFAULT_TASK_QUEUE
            )
        else:
            run_input = PipelineRunInput.model_validate(
                {"pipeline_name": run.pipeline, "parameters": dict(run.parameters), **run.more_input}
            )
            await start_run(self._client, new_pipeline_run(run_input, run.workflow_id), DEFAULT_TASK_QUEUE)
        self._say(f"{run.workflow_id}: started {run.pipeline}")
        await self._follow(run)

    async def _follow(self, run: DemoRun) -> None:
        run.view = await follow(self._client, self._connection, run.workflow_id, run.polled)
        self._say(f"{run.name}: ended as {run.view.status}")

    async def _schedule(self, run: DemoRun) -> None:
        schedule = await made_schedule(self._client, run)
        self._say(f"{run.name}: made a schedule")
        run.scheduled_id = await started_run(schedule)
        self._say(f"{run.name}: the schedule has fired and started {run.scheduled_id}")
        await asyncio.gather(self._follow(run), answer_when_asked(self._client, run, self._say))
        await schedule.delete()

    async def _cancel(self, run: DemoRun) -> None:
        running = asyncio.create_task(self._run(run))
        await self._until_executing(run, running)
        await asyncio.sleep(_LET_IT_RUN_SECONDS)
        handle = self._client.get_workflow_handle(run.workflow_id)
        await handle.signal(CANCEL_SIGNAL, {"reason": "the demo wants to see it stop"})
        self._say(f"{run.workflow_id}: sent the signal '{CANCEL_SIGNAL}'")
        await running

    async def _kill_the_worker_during(self, run: DemoRun, job: DemoRun) -> None:
        running = [asyncio.create_task(self._run(each)) for each in (run, job)]
        for each, task in zip((run, job), running, strict=True):
            await self._until_executing(each, task)
        worker = self._stack.worker
        killed = worker.pid
        worker.kill()
        self._say(f"{run.workflow_id}: killed the worker (SIGKILL, process {killed}); SageMaker goes on without it")
        await asyncio.sleep(_WITHOUT_A_WORKER_SECONDS)
        worker.start()
        self._say(f"{run.workflow_id}: started a new worker (process {worker.pid}), which takes over")
        await asyncio.gather(*running)

    async def _until_executing(self, run: DemoRun, running: asyncio.Task[None]) -> None:
        executing = asyncio.create_task(run.executing.wait())
        await asyncio.wait({executing, running}, return_when=asyncio.FIRST_COMPLETED)
        executing.cancel()
