"""A storm: hundreds of runs on an installation in which everything breaks."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contract.names import DEFAULT_TASK_QUEUE, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from tests.faults.run import Run
from tests.standin.process import StandinClient
from tests.storm.pipelines import PARAMETERS, PIPELINES
from tests.storm.schedule import Cancel, PlannedRun, Schedule, Way
from tests.storm.verdict import Outcome, violations
from worker.cli.run_reading import Ending, wait_for_ending
from worker.local.stack import Stack

CALM_SECONDS: Final = 300.0
"""After the storm, until the last run must have ended: a wait for quota, and looks that had slowed down."""

STUCK: Final = "TemporalReportedProblems IS NOT NULL"
OPEN: Final = "ExecutionStatus = 'Running'"

_MET_BY_NEWS: Final = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
"""A signal came while the workflow was closing: the server asks it to look again, which is as it should be."""

_AGAIN_SECONDS: Final = 0.2


class Storm:
    """Asks for the runs of a schedule, takes some of them back, and gathers what became of each."""

    def __init__(self, schedule: Schedule, stack: Stack, client: Client) -> None:
        self._client = client
        self._standin = StandinClient(stack.standin.endpoint_url)
        self._schedule = schedule
        self.outcomes = [Outcome(plan, f"storm-{schedule.seed}-{plan.number:04}") for plan in schedule.runs]
        self.asked_for = 0

    def prepare(self) -> None:
        """Create the pipelines."""
        for name, steps in PIPELINES.items():
            self._standin.create(steps, PARAMETERS, name=name)

    async def run(self) -> None:
        """Ask for all runs, and wait for their ends.

        Raises:
            TimeoutError: Some have not ended long after the storm; their outcomes say so.
        """
        beginning = asyncio.get_running_loop().time()
        async with asyncio.timeout(self._schedule.seconds + CALM_SECONDS):
            await asyncio.gather(*(self._follow(outcome, beginning) for outcome in self.outcomes))

    async def look_closer(self) -> list[str]:
        """Gather what is known of each run, once everything is calm; what is wrong with the whole."""
        executions = [each for name in PIPELINES for each in self._standin.executions(name)]
        for outcome in self.outcomes:
            outcome.executions = [each for each in executions if each["parameters"]["Run"] == outcome.workflow_id]
            await self._read_history(outcome)
        found = [
            f"{outcome.workflow_id} ({outcome.plan.asked_for}, {outcome.plan.pipeline}): {violation}"
            for outcome in self.outcomes
            for violation in violations(outcome)
        ]
        strangers = {each["parameters"]["Run"] for each in executions} - {each.workflow_id for each in self.outcomes}
        found += [f"an execution of a run that nobody asked for: {stranger}" for stranger in strangers]
        for query in (OPEN, STUCK):
            found += [f"{query}: {each.id}" async for each in self._client.list_workflows(query)]
        return found

    @property
    def told(self) -> Counter[str]:
        """How many runs came to what."""
        return Counter(outcome.told for outcome in self.outcomes)

    async def _follow(self, outcome: Outcome, beginning: float) -> None:
        plan = outcome.plan
        await asyncio.sleep(beginning + plan.at - asyncio.get_running_loop().time())
        await insist(lambda: self._ask_for(outcome))
        self.asked_for += 1
        run = Run(self._client.get_workflow_handle(outcome.workflow_id, result_type=PipelineRunDocument), plan.pipeline)
        async with asyncio.TaskGroup() as following:
            for cancel in plan.cancels:
                following.create_task(send_cancel(run, cancel))
            ending = following.create_task(ending_of(run))
        outcome.ending = ending.result()
        outcome.document = await run.closing_document(outcome.ending)

    async def _ask_for(self, outcome: Outcome) -> None:
        try:
            await self._client.start_workflow(
                WorkflowType.PIPELINE_RUN,
                _input(outcome.plan, outcome.workflow_id),
                id=outcome.workflow_id,
                task_queue=DEFAULT_TASK_QUEUE,
                # Asked for again after a lost answer, it is still the same run.
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _read_history(self, outcome: Outcome) -> None:
        history = await self._client.get_workflow_handle(outcome.workflow_id).fetch_history()
        outcome.events = len(history.events)
        causes = [
            event.workflow_task_failed_event_attributes.cause
            for event in history.events
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        ]
        outcome.failed_tasks = [WorkflowTaskFailedCause.Name(cause) for cause in causes if cause != _MET_BY_NEWS]


def _input(plan: PlannedRun, workflow_id: str) -> dict[str, object]:
    failure = "AlgorithmError: the storm wants it" if plan.fails else ""
    parameters: dict[str, object] = {"Run": workflow_id, "Seconds": plan.seconds}
    return {
        "pipeline_name": plan.pipeline,
        "parameters": {**parameters, **({"Failure": failure} if failure else {})},
        **({"timeout": plan.timeout} if plan.timeout is not None else {}),
    }


async def send_cancel(run: Run, planned: Cancel) -> None:
    """Cancel a run when that is planned."""
    await asyncio.sleep(planned.after)
    await insist(run.signal_cancel if planned.way is Way.SIGNAL else run.handle.cancel)


async def ending_of(run: Run) -> Ending:
    """Wait until a run closes, whatever becomes of Temporal meanwhile."""
    while True:
        try:
            return await wait_for_ending(run.handle)
        except RPCError:
            await asyncio.sleep(_AGAIN_SECONDS)


async def insist(call: Callable[[], Awaitable[object]]) -> None:
    """Call Temporal until it answers; that the run has ended already is an answer."""
    while True:
        try:
            await call()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return
