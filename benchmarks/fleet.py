"""Many runs at once, and what Temporal and the stand-in report about them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from typing import Any, Final

from temporalio.client import Client, WorkflowExecutionStatus

from benchmarks.command import BenchmarkFailedError, announce
from benchmarks.pacing import at_moments, at_most, random_moments
from benchmarks.standin import end_execution, sagemaker_client
from contract.names import CANCEL_SIGNAL, DEFAULT_TASK_QUEUE, EXECUTION_ARN_ATTRIBUTE, ActivityType, WorkflowType
from sagemaker_standin.samples import JOB_SAMPLES
from worker.local.standin_process import StandinProcess

FOR_EVER_SECONDS: Final = 1_000_000_000
"""Simulated seconds of an execution that ends only when the benchmark says so."""

REQUESTS_AT_ONCE: Final = 16
"""Few enough that the server's queue, and with it every latency, stays short."""

_LOOK_EVERY_SECONDS: Final = 0.5
_ANNOUNCE_EVERY_SECONDS: Final = 15.0
_PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class ClosedRun:
    """A run after its end, as Temporal's list shows it."""

    workflow_id: str
    execution_arn: str | None
    status: WorkflowExecutionStatus | None
    closed_at: datetime
    history_events: int
    history_bytes: int


@dataclass(frozen=True)
class HistorySize:
    """How long a run's history is."""

    events: int
    size_bytes: int


class Fleet:
    """Runs of pipelines whose workflow ids begin alike."""

    workflow_type = WorkflowType.PIPELINE_RUN
    watch = ActivityType.WATCH

    def __init__(self, client: Client, standin: StandinProcess, prefix: str) -> None:
        self._client = client
        self._standin = standin
        self._prefix = prefix
        self.workflow_ids: list[str] = []

    async def start(
        self,
        count: int,
        pipelines: Sequence[str],
        *,
        seconds: int = FOR_EVER_SECONDS,
        per_second: float | None = None,
    ) -> None:
        """Start runs, spread evenly over the pipelines, and wait until each knows its execution.

        Args:
            count: How many.
            pipelines: Names.
            seconds: Simulated seconds that each execution takes.
            per_second: Starts a second, on average; None for as many as the server takes.
        """
        self.workflow_ids = [f"{self._prefix}{number:06}" for number in range(count)]

        async def start(workflow_id: str, pipeline: str) -> None:
            await self._client.start_workflow(
                self.workflow_type,
                self._input(pipeline, seconds),
                id=workflow_id,
                task_queue=DEFAULT_TASK_QUEUE,
            )

        pairs = list(zip(self.workflow_ids, islice(cycle(pipelines), count), strict=True))
        if per_second is None:
            all_started = at_most(REQUESTS_AT_ONCE, lambda pair: start(*pair), pairs)
        else:
            all_started = at_moments(random_moments(count, count / per_second), lambda pair: start(*pair), pairs)
        starting = asyncio.create_task(all_started)
        await self._until(lambda: self.count(f"{EXECUTION_ARN_ATTRIBUTE.name} IS NOT NULL"), count, "started")
        await starting

    def _input(self, pipeline: str, seconds: int) -> dict[str, Any]:
        return {"pipeline_name": pipeline, "parameters": {"Seconds": seconds}}

    async def until_closed(self, count: int) -> None:
        """Wait until so many runs are closed."""
        await self._until(lambda: self.count('ExecutionStatus != "Running"'), count, "closed")

    async def count(self, condition: str) -> int:
        """Count the runs that a condition of Temporal's list filter holds for."""
        found = await self._client.count_workflows(f"{self._mine} AND {condition}")
        return found.count

    async def closed(self) -> AsyncIterator[ClosedRun]:
        """Read all closed runs."""
        async for found in self._client.list_workflows(f'{self._mine} AND ExecutionStatus != "Running"'):
            assert found.close_time is not None  # noqa: S101 — the filter asks for closed ones
            yield ClosedRun(
                workflow_id=found.id,
                execution_arn=found.typed_search_attributes.get(EXECUTION_ARN_ATTRIBUTE),
                status=found.status,
                closed_at=found.close_time,
                history_events=found.history_length,
                history_bytes=found.raw_info.history_size_bytes,
            )

    async def history_sizes(self, workflow_ids: Sequence[str]) -> list[HistorySize]:
        """Read how long the histories of some runs are now."""

        async def size(workflow_id: str) -> HistorySize:
            found = await self._client.get_workflow_handle(workflow_id).describe()
            return HistorySize(found.history_length, found.raw_info.history_size_bytes)

        return await at_most(REQUESTS_AT_ONCE, size, workflow_ids)

    async def watches_begun(self, workflow_ids: Sequence[str], since: float) -> dict[str, float]:
        """Read when the watches of some runs were given to a worker, of those that were after an epoch second."""

        async def begun_at(workflow_id: str) -> float:
            found = await self._client.get_workflow_handle(workflow_id).describe()
            watches = [one for one in found.raw_description.pending_activities if one.activity_type.name == self.watch]
            return max((watch.last_started_time.ToNanoseconds() / 1e9 for watch in watches), default=0.0)

        begun = zip(workflow_ids, await at_most(REQUESTS_AT_ONCE, begun_at, workflow_ids), strict=True)
        return {workflow_id: moment for workflow_id, moment in begun if moment > since}

    async def arns(self) -> dict[str, str]:
        """The ARN of each run's execution, by workflow id."""
        found: dict[str, str] = {}
        async for run in self._client.list_workflows(self._mine):
            arn = run.typed_search_attributes.get(EXECUTION_ARN_ATTRIBUTE)
            if arn is not None:
                found[run.id] = arn
        return found

    async def executions(self) -> Mapping[str, dict[str, Any]]:
        """All executions of the stand-in, by ARN."""
        listed = await asyncio.to_thread(self._standin.executions)
        return {found["execution_arn"]: found for found in listed}

    async def end_execution(self, arn: str, status: str = "Succeeded") -> None:
        """Let an execution end now with its steps."""
        failure = None if status == "Succeeded" else "AlgorithmError: the benchmark wants it to fail"
        await asyncio.to_thread(end_execution, self._standin, arn, failure)

    async def cancel(self, workflow_id: str) -> float:
        """Signal a run to stop; the epoch second at which the signal was sent."""
        sent_at = time.time()
        await self._client.get_workflow_handle(workflow_id).signal(CANCEL_SIGNAL, {"reason": "benchmark"})
        return sent_at

    @property
    def _mine(self) -> str:
        return f'WorkflowId STARTS_WITH "{self._prefix}"'

    async def _until(self, count: Callable[[], Any], wanted: int, what: str) -> None:
        """Wait for a count, for as long as it moves.

        Raises:
            BenchmarkFailedError: It stood still for two minutes.
        """
        most, moved, announced = -1, time.monotonic(), time.monotonic()
        while (now_there := await count()) < wanted:
            now = time.monotonic()
            if now_there > most:
                most, moved = now_there, now
            if now - moved > _PATIENCE_SECONDS:
                raise BenchmarkFailedError(
                    f"{now_there} of {wanted} runs are {what}, and no more for {now - moved:.0f} s"
                )
            if now - announced > _ANNOUNCE_EVERY_SECONDS:
                announced = now
                announce(f"{now_there} of {wanted} runs are {what}")
            await asyncio.sleep(_LOOK_EVERY_SECONDS)


class JobFleet(Fleet):
    """Runs of training jobs whose workflow ids begin alike."""

    workflow_type = WorkflowType.JOB_RUN
    watch = ActivityType.WATCH_JOB

    def __init__(self, client: Client, standin: StandinProcess, prefix: str) -> None:
        super().__init__(client, standin, prefix)
        self._sagemaker = sagemaker_client(standin)
        standin.control(
            "POST", "/jobs/script", {"kind": "training-job", "name_prefix": "", "seconds": FOR_EVER_SECONDS}
        )

    def _input(self, pipeline: str, seconds: int) -> dict[str, Any]:  # noqa: ARG002 — jobs have no pipeline, and end when told
        request = JOB_SAMPLES["CreateTrainingJob"]
        return {"job": "training", "request": {**request, "StoppingCondition": {"MaxRuntimeInSeconds": 2_419_200}}}

    async def executions(self) -> Mapping[str, dict[str, Any]]:
        """All training jobs of the stand-in, by ARN; the moments of stops and ends are real epoch seconds."""
        listed = await asyncio.to_thread(self._standin.control, "GET", "/jobs?kind=training-job")
        return {found["arn"]: found for found in listed}

    async def end_execution(self, arn: str, status: str = "Stopped") -> None:  # noqa: ARG002 — see base class
        """Let a job end now: it is stopped by another client."""
        name = arn.rpartition("/")[2]
        await asyncio.to_thread(self._sagemaker.stop_training_job, TrainingJobName=name)
