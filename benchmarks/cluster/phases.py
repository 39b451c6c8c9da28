"""The life of many runs on one Temporal installation, and what was measured of it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus

from benchmarks.cluster.servers import Cluster, Servers
from benchmarks.command import announce
from benchmarks.fleet import ClosedRun, Fleet
from benchmarks.installation import create_pipelines
from benchmarks.pacing import at_moments, random_moments
from benchmarks.usage import usage
from worker.local.process import Process
from worker.local.standin_process import StandinProcess
from worker.local.temporal_server import NAMESPACE
from worker.local.worker_process import WorkerProcess, embedded_environment
from workflows.payloads import data_converter

WORKERS: Final = 3
PIPELINES: Final = 10
FAILED_SHARE: Final = 10
"""Every tenth execution fails, so that true ends are more than one kind."""

RESTARTED_AFTER_SECONDS: Final = 5.0
"""A supervisor's pause before it starts a killed process again."""

STUCK: Final = "TemporalReportedProblems IS NOT NULL"


@dataclass(frozen=True)
class Options:
    """What is measured; seconds are real."""

    runs: int = 500
    interval: float = 5.0
    minutes: float = 1.0
    ends_per_second: float = 10.0
    shards: int = 64


@dataclass
class Measured:
    """What was seen of one installation.

    Attributes:
        start_seconds: From the first request until every run has its execution.
        start_cpu: CPU seconds meanwhile, by part.
        wait_cpu: CPU seconds while all runs are open and nothing else happens, by part.
        wait_seconds: How long that was.
        end_to_closed: Seconds from an execution's end to its run's, while everything works.
        end_to_closed_killed: The same for the ends while processes are killed.
        events: Of the histories of closed runs.
        history_bytes: Of the same.
        executions: That the stand-in accepted.
        true_ends: Runs that closed as their execution ended.
        stuck: Runs whose workflow tasks fail.
    """

    start_seconds: float = 0.0
    start_cpu: Mapping[str, float] = field(default_factory=dict)
    wait_cpu: Mapping[str, float] = field(default_factory=dict)
    wait_seconds: float = 0.0
    end_to_closed: Sequence[float] = ()
    end_to_closed_killed: Sequence[float] = ()
    events: Sequence[int] = ()
    history_bytes: Sequence[int] = ()
    executions: int = 0
    true_ends: int = 0
    stuck: int = 0


class Site:
    """One Temporal installation with a stand-in and workers."""

    def __init__(self, folder: Path, servers: Servers, interval: float) -> None:
        """Prepare the processes; the workers are spread over the frontends."""
        self.servers = servers
        self.standin = StandinProcess(folder / "standin.log", clock_scale=1.0)
        settings = {"log_format": "json", "poll_interval": interval}
        self.workers = [
            WorkerProcess(
                folder / f"worker-{number}.log",
                embedded_environment(
                    servers.addresses[number % len(servers.addresses)], self.standin.endpoint_url, settings
                ),
                f"worker {number + 1}",
            )
            for number in range(WORKERS)
        ]

    @property
    def parts(self) -> dict[str, Sequence[Process]]:
        """All processes whose CPU time counts, by what they are."""
        return {**self.servers.parts, "workers": self.workers}

    async def start(self) -> Client:
        """Start everything and connect."""
        self.standin.start()
        await self.servers.start()
        # One after the other: at once, they would take each other's time to get ready.
        for worker in self.workers:
            await worker.start_meanwhile()
        return await Client.connect(self.servers.addresses[0], namespace=NAMESPACE, data_converter=data_converter)

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each part has used so far."""
        return {
            part: sum(usage(process.pid).cpu_seconds for process in processes) for part, processes in self.parts.items()
        }

    def kill(self) -> None:
        """End everything with SIGKILL."""
        for processes in (*self.parts.values(), [self.standin]):
            for process in reversed(processes):
                process.kill()

    async def lose_processes(self) -> None:
        """Kill the last process of each service and one worker, and start them again a little later."""
        services = self.servers.services.values() if isinstance(self.servers, Cluster) else []
        lost = [*(processes[-1] for processes in services), self.workers[-1]]
        for process in lost:
            process.kill()
        announce(f"killed: {', '.join(process.name for process in lost)}")
        await asyncio.sleep(RESTARTED_AFTER_SECONDS)
        await asyncio.gather(*(process.start_meanwhile() for process in lost))
        announce("started again")


async def live_through(servers: Servers, folder: Path, options: Options) -> Measured:
    """Start many runs, let them wait, end one half, and the other half while processes are killed."""
    site, runs = Site(folder, servers, options.interval), options.runs
    try:
        client = await site.start()
        fleet = Fleet(client, site.standin, f"{servers.name.replace(' ', '-')}-")
        announce(f"{servers.name}: starting {runs} runs")
        measured = Measured()
        await start(site, fleet, runs, measured)
        await wait(site, options, measured)
        arns = list((await fleet.arns()).values())
        expected = {arn: "Failed" if place % FAILED_SHARE == 0 else "Succeeded" for place, arn in enumerate(arns)}
        half = runs // 2
        await end(fleet, arns[:half], expected, options)
        await fleet.until_closed(half)
        announce(f"{servers.name}: {half} runs have ended; now with killed processes")
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(site.lose_processes())
            meanwhile.create_task(end(fleet, arns[half:], expected, options))
        await fleet.until_closed(runs)
        await take_stock(client, fleet, expected, arns[:half], measured)
    finally:
        site.kill()
    return measured


async def start(site: Site, fleet: Fleet, runs: int, measured: Measured) -> None:
    """Start the runs and measure how long it takes and what it costs."""
    pipelines = create_pipelines(site.standin, PIPELINES)
    before, began = site.cpu(), time.monotonic()
    await fleet.start(runs, pipelines)
    measured.start_seconds = time.monotonic() - began
    measured.start_cpu = difference(site.cpu(), before)


async def wait(site: Site, options: Options, measured: Measured) -> None:
    """Measure what open runs cost while nothing happens to them."""
    # The first polls of the last runs are over by then.
    await asyncio.sleep(2 * options.interval)
    before, began = site.cpu(), time.monotonic()
    await asyncio.sleep(options.minutes * 60)
    measured.wait_seconds = time.monotonic() - began
    measured.wait_cpu = difference(site.cpu(), before)


async def end(fleet: Fleet, arns: Sequence[str], expected: Mapping[str, str], options: Options) -> None:
    """End executions at random moments, so many a second on average."""
    moments = random_moments(len(arns), len(arns) / options.ends_per_second)
    await at_moments(moments, lambda arn: fleet.end_execution(arn, expected[arn]), arns)


async def take_stock(
    client: Client, fleet: Fleet, expected: Mapping[str, str], undisturbed: Sequence[str], measured: Measured
) -> None:
    """Read what became of all runs."""
    executions = await fleet.executions()
    closed = [run async for run in fleet.closed()]
    calm = set(undisturbed)
    after = {run: run.closed_at.timestamp() - executions[run.execution_arn or ""]["ended_at"] for run in closed}
    measured.end_to_closed = [seconds for run, seconds in after.items() if run.execution_arn in calm]
    measured.end_to_closed_killed = [seconds for run, seconds in after.items() if run.execution_arn not in calm]
    measured.events = [run.history_events for run in closed]
    measured.history_bytes = [run.history_bytes for run in closed]
    measured.executions = len(executions)
    measured.true_ends = len({run.execution_arn for run in closed if is_true(run, expected)})
    measured.stuck = (await client.count_workflows(STUCK)).count


def is_true(run: ClosedRun, expected: Mapping[str, str]) -> bool:
    """Whether a run closed as its execution ended."""
    ends = {"Succeeded": WorkflowExecutionStatus.COMPLETED, "Failed": WorkflowExecutionStatus.FAILED}
    ended = expected.get(run.execution_arn or "")
    return ended is not None and run.status is ends[ended]


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Subtract part by part."""
    return {part: after[part] - before[part] for part in after}
