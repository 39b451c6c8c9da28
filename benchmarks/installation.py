"""The processes that a benchmark measures: Temporal, the SageMaker stand-in, workers."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from temporalio.client import Client

from benchmarks.standin import received_calls, sagemaker_client
from benchmarks.usage import Usage, usage
from sagemaker_standin.samples import SAMPLES
from worker.local.process import Process
from worker.local.standin_process import StandinProcess
from worker.local.temporal_server import NAMESPACE, TemporalServer
from worker.local.worker_process import WorkerProcess, embedded_environment
from workflows.payloads import data_converter

ENOUGH: Final = 100_000

# Defaults: temporal, common/dynamicconfig/constants.go.
RAISED_LIMITS: Final[Mapping[str, object]] = {
    # Requests a second: 2,400 for the host and as many for the namespace, 10 for lists and counts.
    "frontend.rps": ENOUGH,
    "frontend.namespaceRPS": ENOUGH,
    "frontend.namespaceRPS.visibility": ENOUGH,
    # Long polls at once, by kind: 1,200. Each poller of a worker is one, and each wait for a result.
    "frontend.namespaceCount": ENOUGH,
    # Requests a second inside the server: 3,000 and 1,200.
    "history.rps": ENOUGH,
    "matching.rps": ENOUGH,
    # Its queries a second; the development server sets the first two to 10,000 and 45,000 itself, the third is 3,000.
    "frontend.persistenceMaxQPS": ENOUGH,
    "history.persistenceMaxQPS": ENOUGH,
    "matching.persistenceMaxQPS": ENOUGH,
}
"""The development server's limits, which protect a shared server and would be measured in place of the worker."""

PIPELINE_DEFINITION: Final = SAMPLES["quick-check"]
"""One step, which takes as many simulated seconds as the parameter `Seconds` says."""

_ROLE: Final = "arn:aws:iam::111122223333:role/SageMakerPipelineRole"


class Installation:
    """Temporal, the stand-in and workers as processes; as a context manager it ends them."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, object],
        workers: int = 1,
        clock_scale: float = 1.0,
        reconcile_interval: float | None = None,
    ) -> None:
        """Prepare the processes without starting any.

        Args:
            folder: For logs.
            settings: Settings of the workers, by name; the product's defaults otherwise.
            workers: How many there are.
            clock_scale: Simulated seconds of SageMaker per real second.
            reconcile_interval: Seconds between two polls beside events; None for no events.
        """
        self._folder = folder
        self._settings = {"log_format": "json", **settings}
        self.temporal = TemporalServer(folder / "temporal.log", dynamic_config=RAISED_LIMITS)
        has_events = reconcile_interval is not None
        self.standin = StandinProcess(folder / "standin.log", clock_scale=clock_scale, events=has_events)
        if has_events:
            # The interval beside events has no setting of its own.
            self._settings["platforms_file"] = folder / "platforms.toml"
            (folder / "platforms.toml").write_text(
                f'[platforms.default.events]\nqueue_url = "{self.standin.queue_url}"\n'
                f"reconcile_interval = {reconcile_interval}\n",
                encoding="utf-8",
            )
        self.workers = [self.new_worker(f"worker-{number}") for number in range(1, workers + 1)]

    @property
    def processes(self) -> tuple[TemporalServer | StandinProcess | WorkerProcess, ...]:
        """All of them, in the order in which they start."""
        return self.temporal, self.standin, *self.workers

    @property
    def worker_environment(self) -> dict[str, str]:
        """Environment of a worker of this installation."""
        return embedded_environment(self.temporal.address, self.standin.endpoint_url, self._settings)

    def new_worker(self, name: str) -> WorkerProcess:
        """Prepare a worker; it is the caller's to start and to stop."""
        return WorkerProcess(self._folder / f"{name}.log", self.worker_environment, name)

    def start(self) -> Self:
        """Start everything.

        Raises:
            worker.local.process.ProcessFailedError: Something does not start.
        """
        for process in self.processes:
            process.start()
        return self

    def check(self) -> None:
        """See whether everything still runs.

        Raises:
            worker.local.process.ProcessFailedError: Naming the process that ended.
        """
        for process in self.processes:
            process.check()

    async def connect(self) -> Client:
        """Connect to the installation's Temporal server."""
        return await Client.connect(self.temporal.address, namespace=NAMESPACE, data_converter=data_converter)

    def create_pipelines(self, count: int) -> list[str]:
        """Create pipelines of `PIPELINE_DEFINITION`; their names."""
        return create_pipelines(self.standin, count)

    def calls(self) -> dict[str, int]:
        """Calls of SageMaker's operations that the stand-in has received so far."""
        return received_calls(self.standin)

    def kill(self) -> None:
        """End everything with SIGKILL: nothing is needed any more, and to hand over thousands of watches takes long."""
        for process in reversed(self.processes):
            process.kill()

    def __enter__(self) -> Self:
        """Leave the starting to `start`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.kill()


def create_pipelines(standin: StandinProcess, count: int) -> list[str]:
    """Create pipelines of `PIPELINE_DEFINITION`; their names."""
    client = sagemaker_client(standin)
    names = [f"benchmark-{number}" for number in range(1, count + 1)]
    for name in names:
        client.create_pipeline(
            PipelineName=name,
            PipelineDefinition=PIPELINE_DEFINITION,
            RoleArn=_ROLE,
            ClientRequestToken=str(uuid.uuid4()),
        )
    client.close()
    return names


def used_by(processes: Sequence[Process]) -> Usage:
    """Read what some processes use together.

    Raises:
        ProcessLookupError: One of them does not run.
    """
    return sum((usage(process.pid) for process in processes), Usage())
