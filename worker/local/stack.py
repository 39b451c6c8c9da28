"""The whole embedded stack: Temporal with its Web UI, the SageMaker stand-in, and a worker."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from temporalio.client import Client

from worker.local.process import Process
from worker.local.standin_process import StandinProcess, require_standin
from worker.local.temporal_server import FOR_ONE_MACHINE, NAMESPACE, TemporalServer
from worker.local.worker_process import WorkerProcess, embedded_environment
from workflows.payloads import data_converter

SHORT_INTERVALS: Final[Mapping[str, object]] = {
    # The stand-in's clock runs fast and it throttles no calls, so polls are frequent; a killed worker is noticed soon.
    "poll_interval": 1.0,
    "heartbeat_timeout": 5.0,
    "drain_timeout": 5.0,
    "log_format": "json",
}
"""Settings of the embedded worker."""


class Stack:
    """All processes of the embedded stack; as a context manager it stops them at its end, also after an error."""

    def __init__(  # noqa: PLR0913 — each is an option of the command `local`, and all have defaults
        self,
        folder: Path,
        *,
        keep_data: bool = False,
        clock_scale: float = 30.0,
        port: int = 0,
        ui_port: int = 0,
        settings: Mapping[str, object] | None = None,
        events: bool = False,
    ) -> None:
        """Prepare the processes without starting any.

        Args:
            folder: For logs, and for data if they are kept.
            keep_data: Whether Temporal and the stand-in keep their data in the folder, over restarts.
            clock_scale: Simulated seconds of SageMaker per real second.
            port: Preferred port of Temporal, 0 for any.
            ui_port: Preferred port of the Web UI, 0 for any.
            settings: Settings of the worker that differ from `SHORT_INTERVALS`.
            events: Whether the stand-in sends its events to a queue that the worker reads.
        """
        logs, data = folder / "logs", folder / "data"
        if keep_data:
            data.mkdir(parents=True, exist_ok=True)
        self.temporal = TemporalServer(
            logs / "temporal.log",
            database=data / "temporal.sqlite" if keep_data else None,
            port=port,
            ui_port=ui_port,
            dynamic_config=FOR_ONE_MACHINE,
        )
        self.standin = StandinProcess(
            logs / "standin.log",
            data=data / "standin.jsonl" if keep_data else None,
            clock_scale=clock_scale,
            events=events,
        )
        own = {"events_queue_url": self.standin.queue_url} if events else {}
        self.worker = WorkerProcess(
            logs / "worker.log",
            embedded_environment(
                self.temporal.address, self.standin.endpoint_url, {**SHORT_INTERVALS, **own, **(settings or {})}
            ),
        )

    @property
    def processes(self) -> tuple[TemporalServer, StandinProcess, WorkerProcess]:
        """All of them, in the order in which they start."""
        return self.temporal, self.standin, self.worker

    def start(self, *, with_worker: bool = True, on_ready: Callable[[Process], Any] = lambda _: None) -> Self:
        """Start everything, each waited for until it is ready.

        Args:
            with_worker: Whether to start the worker as well.
            on_ready: Called with each process once it is ready.

        Raises:
            ProcessFailedError: Something is not installed, or a process does not start; the others are stopped again.
        """
        require_standin()
        try:
            for process in self.processes:
                if with_worker or process is not self.worker:
                    process.start()
                    on_ready(process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop every process, the worker first, so that it can still report to Temporal."""
        for process in reversed(self.processes):
            process.stop()

    def check(self, *, with_worker: bool = True) -> None:
        """Check that every process still runs.

        Raises:
            ProcessFailedError: Naming the process that ended, with the end of its log.
        """
        for process in self.processes:
            if with_worker or process is not self.worker:
                process.check()

    async def connect(self) -> Client:
        """Connect to the stack's Temporal server, also if the environment names another one."""
        return await Client.connect(self.temporal.address, namespace=NAMESPACE, data_converter=data_converter)

    def __enter__(self) -> Self:
        """Start nothing; `start` does."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()
