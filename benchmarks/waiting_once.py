"""One measurement of `benchmarks.waiting`: an installation, its open runs left alone, then stopped and ended."""

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus

from benchmarks.command import announce
from benchmarks.fleet import Fleet, HistorySize, JobFleet
from benchmarks.installation import Installation, used_by
from benchmarks.pacing import at_moments, random_moments
from benchmarks.usage import Usage
from benchmarks.waiting_figures import Latencies, Steady, Waited
from worker.settings import Settings

WARM_UP_RUNS: Final = 20
PROVING_RUNS: Final = 40
"""For each worker: it needs twenty ends, and the server does not share runs out evenly."""
PROVING_SECONDS: Final = 30
"""Simulated, so that a run is watched before it ends."""
STARTS_PER_SECOND_BESIDE_EVENTS: Final = 6.0
"""With several workers. A run has fourteen events, each of which goes through several of them: a burst takes the CPU
from the server, which then loses started activities until their heartbeat timeout (160 starts and four workers)."""
CLOCK_SCALE: Final = 10.0
"""A stop takes the stand-in 5 simulated seconds, which is not waited for; no figure depends on it."""
SAMPLED_HISTORIES: Final = 100
DEFAULT_HEARTBEAT_TIMEOUT: Final[float] = Settings.model_fields["heartbeat_timeout"].default


@dataclass(frozen=True)
class Options:
    """What is measured; seconds are real."""

    runs: int = 100
    pipelines: int = 1
    interval: float = 5.0
    minutes: float = 3.0
    ended: int = 1_000
    ends_per_second: float = 10.0
    stopped: int = 100
    stops_per_second: float = 5.0
    workers: int = 1
    heartbeat_timeout: float = DEFAULT_HEARTBEAT_TIMEOUT
    jobs: bool = False
    reconcile_interval: float | None = None


async def wait_once(options: Options) -> Waited:
    """Measure in a new installation."""
    settings = {"poll_interval": options.interval, "heartbeat_timeout": options.heartbeat_timeout}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        Installation(
            Path(folder),
            settings=settings,
            workers=options.workers,
            clock_scale=CLOCK_SCALE,
            reconcile_interval=options.reconcile_interval,
        ) as installation,
    ):
        installation.start()
        client = await installation.connect()
        pipelines = installation.create_pipelines(options.pipelines)
        await warm_up(client, installation, pipelines, options)
        idle = used_by(installation.workers)

        fleet = (JobFleet if options.jobs else Fleet)(client, installation.standin, "waiting-")
        began = time.monotonic()
        await fleet.start(options.runs, pipelines, per_second=pace(options))
        start_seconds = time.monotonic() - began
        announce(f"{options.runs} runs are open, {options.runs / start_seconds:.1f} were started a second")
        steady = await left_alone(installation, fleet, options, idle)
        installation.check()
        arns = await fleet.arns()
        # The stand-in does not keep when it accepted the stop of a job.
        stop_seconds = [] if options.jobs else await stop_some(fleet, arns, options)
        latencies = await end_some(fleet, arns, options)
        return Waited(
            runs=options.runs,
            pipelines=options.pipelines,
            interval=options.interval,
            starts_per_second=options.runs / start_seconds,
            steady=steady,
            latencies=replace(latencies, stop_seconds=stop_seconds),
        )


async def warm_up(client: Client, installation: Installation, pipelines: list[str], options: Options) -> None:
    """Let some short runs end; beside events, so many that events prove themselves in each worker."""
    proves = options.reconcile_interval is not None
    count = PROVING_RUNS * options.workers if proves else WARM_UP_RUNS
    announce(f"{options.workers} worker(s) ready, warming up with {count} short runs")
    fleet = Fleet(client, installation.standin, "warm-up-")
    await fleet.start(count, pipelines, seconds=PROVING_SECONDS if proves else 1, per_second=pace(options))
    await fleet.until_closed(count)


def pace(options: Options) -> float | None:
    """Return how many runs are started a second; None for as many as the server takes."""
    return STARTS_PER_SECOND_BESIDE_EVENTS if options.reconcile_interval is not None and options.workers > 1 else None


async def left_alone(installation: Installation, fleet: Fleet, options: Options, idle: Usage) -> Steady:
    """Measure what open runs cost while nothing happens to them."""
    sample = fleet.workflow_ids[:: max(1, options.runs // SAMPLED_HISTORIES)]
    # The first polls, and what the starts and their events left to be done, are over by then.
    await asyncio.sleep(2 * (options.reconcile_interval or options.interval))
    histories = await fleet.history_sizes(sample)
    announce(f"measuring for {options.minutes:g} min")
    began, calls = time.monotonic(), installation.calls()
    workers, server = used_by(installation.workers), used_by([installation.temporal])
    await asyncio.sleep(options.minutes * 60)
    calls_after = installation.calls()
    workers_after, server_after = used_by(installation.workers), used_by([installation.temporal])
    minutes = (time.monotonic() - began) / 60
    grown = await fleet.history_sizes(sample)
    return Steady(
        runs=options.runs,
        interval=options.interval,
        minutes=minutes,
        calls={name: count - calls.get(name, 0) for name, count in calls_after.items() if count > calls.get(name, 0)},
        worker_cpu_seconds=workers_after.cpu_seconds - workers.cpu_seconds,
        server_cpu_seconds=server_after.cpu_seconds - server.cpu_seconds,
        rss_bytes=workers_after.rss_bytes,
        idle_rss_bytes=idle.rss_bytes,
        histories=[
            HistorySize(after.events - before.events, after.size_bytes - before.size_bytes)
            for before, after in zip(histories, grown, strict=True)
        ],
    )


async def stop_some(fleet: Fleet, arns: dict[str, str], options: Options) -> list[float]:
    """Stop runs by signal; seconds from each signal to the stop that AWS accepted."""
    chosen = [run for run in fleet.workflow_ids[:: max(1, options.runs // max(1, options.stopped))] if run in arns]
    chosen = chosen[: min(options.stopped, options.runs // 2)]
    announce(f"stopping {len(chosen)} runs")
    sent = await at_moments(random_moments(len(chosen), len(chosen) / options.stops_per_second), fleet.cancel, chosen)
    await fleet.until_closed(len(chosen))
    executions = await fleet.executions()
    return [executions[arns[run]]["stop_accepted_at"] - sent_at for run, sent_at in zip(chosen, sent, strict=True)]


async def end_some(fleet: Fleet, arns: dict[str, str], options: Options) -> Latencies:
    """End executions that still run, and see when their runs close."""
    closed_before = {run.workflow_id async for run in fleet.closed()}
    open_runs = [run for run in fleet.workflow_ids if run not in closed_before and run in arns]
    # From all over the list: the newest executions stand on its first page.
    chosen = open_runs[:: max(1, len(open_runs) // max(1, options.ended))][: options.ended]
    announce(f"ending {len(chosen)} executions")
    window = max(options.interval, len(chosen) / options.ends_per_second)
    await at_moments(random_moments(len(chosen), window), fleet.end_execution, [arns[run] for run in chosen])
    await fleet.until_closed(len(closed_before) + len(chosen))
    executions = await fleet.executions()
    ended = [run async for run in fleet.closed() if run.workflow_id not in closed_before]
    completed = [run for run in ended if run.status is WorkflowExecutionStatus.COMPLETED]
    return Latencies(
        ended=len(chosen),
        completed=len(completed),
        detection_seconds=[
            run.closed_at.timestamp() - executions[arns[run.workflow_id]]["ended_at"] for run in completed
        ],
        closed_histories=[HistorySize(run.history_events, run.history_bytes) for run in ended],
    )
