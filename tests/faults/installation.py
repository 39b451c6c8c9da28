"""A whole installation of real processes, and its workers, any of which may die."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from temporalio.client import Client

from contract.names import WorkflowType
from contract.pipeline_document import PipelineRunDocument
from tests.faults.durations import CLOCK_SCALE, PATIENCE_SECONDS
from tests.faults.run import Run
from tests.standin.definitions import JsonObject, job, parameter
from tests.standin.process import StandinClient
from worker.local.process import Process
from worker.local.stack import SHORT_INTERVALS, Stack
from worker.local.worker_process import WorkerProcess, embedded_environment

Found = TypeVar("Found")

PLANTED_KEY = "PLANTEDsecretaccesskey0000000000000000001"
"""The secret access key of every worker; it must show up nowhere."""

FOR_EVER = 1_000_000
"""Simulated seconds that no case waits for."""

_LAUNCHES_AT_ONCE = 2
"""A starting worker takes a second of a core; more of them at once would only all be late."""

HEARTBEAT_TIMEOUT = 6
"""A worker that gets no processor for some seconds must keep its watches: each takeover begins with new patience."""

_SETTINGS = {
    **SHORT_INTERVALS,
    "poll_interval": 1,
    "heartbeat_timeout": HEARTBEAT_TIMEOUT,
    "log_level": "DEBUG",
    "aws_threads": 8,
}


async def until(look: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds something; the event loop goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError(f"nothing found within {seconds} s")


async def has_ended(process: Process) -> None:
    """Wait until a process has ended."""
    await until(lambda: not process.is_running)


class Crew:
    """Workers on a task queue of their own, so that one case may kill them while the others go on."""

    def __init__(self, installation: "Installation", settings: JsonObject, environment: dict[str, str]) -> None:
        self.installation = installation
        self.task_queue = f"sagemaker-{uuid.uuid4().hex[:8]}"
        self.workers: list[WorkerProcess] = []
        self._settings = {**settings, "task_queue": self.task_queue}
        self._environment = environment

    async def hire(self, **settings: object) -> WorkerProcess:
        """Start one more worker, with settings that differ from the crew's."""
        worker = self.installation.worker({**self._settings, **settings}, self._environment)
        self.workers.append(worker)
        await self.installation.launch(worker)
        return worker

    async def run(self, pipeline: str, **fields: object) -> Run:
        """Start a run of a pipeline that no other run has."""
        return await self.start({"pipeline_name": pipeline, **fields}, pipeline)

    async def start(self, argument: object, pipeline: str = "", **options: Any) -> Run:
        """Start a run with exactly this argument."""
        handle = await self.installation.client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            argument,
            id=f"run-{uuid.uuid4().hex[:12]}",
            task_queue=self.task_queue,
            result_type=PipelineRunDocument,
            **options,
        )
        return Run(handle, pipeline)


class Installation:
    """Temporal on its database and the stand-in on its journal; workers come in crews.

    Attributes:
        calm: a crew for all cases that leave their worker alone, and AWS's pace as well.
        secrets: what must show up nowhere.
    """

    def __init__(self, folder: Path, *, launches: asyncio.Semaphore | None = None) -> None:
        self.stack = Stack(folder, keep_data=True, clock_scale=CLOCK_SCALE)
        self.standin = StandinClient(self.stack.standin.endpoint_url)
        self.logs = folder / "logs"
        self.secrets = [PLANTED_KEY]
        self.client: Client
        self.calm: Crew
        self.launches = launches or asyncio.Semaphore(_LAUNCHES_AT_ONCE)
        self._workers: list[WorkerProcess] = []

    async def open(self) -> None:
        """Start the servers and connect."""
        await self.launch(self.stack.temporal)
        await self.launch(self.stack.standin)
        self.client = await self.stack.connect()

    def close(self) -> None:
        """Kill everything that still runs."""
        for process in (*self._workers, *self.stack.processes):
            process.kill()
        self.standin.close_clients()

    async def launch(self, process: Process) -> None:
        """Start a process, few at a time."""
        async with self.launches:
            await process.start_meanwhile()

    def worker(self, settings: JsonObject, environment: dict[str, str]) -> WorkerProcess:
        """Prepare a worker of this installation, with a log of its own."""
        composed = embedded_environment(self.stack.temporal.address, self.standin.url, {**_SETTINGS, **settings})
        log = self.logs / f"worker-{len(self._workers)}.log"
        worker = WorkerProcess(log, {**composed, "AWS_SECRET_ACCESS_KEY": PLANTED_KEY, **environment})
        self._workers.append(worker)
        return worker

    @asynccontextmanager
    async def crew(
        self, *, workers: int = 1, environment: dict[str, str] | None = None, **settings: object
    ) -> AsyncIterator[Crew]:
        """Workers for one case."""
        crew = Crew(self, settings, environment or {})
        try:
            for _ in range(workers):
                await crew.hire()
            yield crew
        finally:
            for worker in crew.workers:
                worker.kill()
        logs = {process.log.name: process.log.read_bytes() for process in (*crew.workers, self.stack.temporal)}
        assert self.secrets_in(logs) == []

    def secrets_in(self, told: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Which of the planted secrets stand where in what was told."""
        return [(where, secret) for where, text in told.items() for secret in self.secrets if secret.encode() in text]

    def pipeline(self, steps: Sequence[JsonObject] = (), *, seconds: float = 60, fail: str = "") -> str:
        """Create a pipeline, of one job of simulated `seconds` unless steps are given; its name."""
        return self.standin.create(
            steps or [job("Train", seconds=seconds, fail=fail)], [parameter("Note", default="none")]
        )

    def the_execution(self, pipeline: str) -> JsonObject:
        """The one execution of a pipeline: fails if there are none or several."""
        executions = self.standin.executions(pipeline)
        assert len(executions) == 1, executions
        return executions[0]

    def hold(self, operation: str, pipeline: str) -> str:
        """Hold the next reply to an operation back, after it took effect; the fault's id."""
        return self.standin.fault(operation, "hold_reply", pipeline=pipeline, times=1)

    async def holds(self, fault: str) -> None:
        """Wait until the reply is being held back: the operation has taken effect, and nobody knows."""
        await until(lambda: self.standin.fault_state(fault)["holding"])

    def lift(self, fault: str) -> None:
        """End a fault; replies that it holds go out."""
        self.standin.control("DELETE", f"/faults/{fault}")
