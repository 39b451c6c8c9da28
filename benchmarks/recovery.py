"""How soon open runs are followed again after their worker was killed or drained, and that none was started twice."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.command import BenchmarkFailedError, OutputOption, announce, numbers, run_benchmark, run_command
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.fleet import Fleet
from benchmarks.installation import Installation
from benchmarks.machine import Moment
from benchmarks.pacing import at_most
from benchmarks.quantiles import median
from benchmarks.report import Report
from worker.local.worker_process import WorkerProcess

_LOOK_EVERY_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 180.0


@dataclass(frozen=True)
class Options:
    """What is measured; seconds are real."""

    runs: int = 100
    interval: float = 5.0
    heartbeat_timeouts: tuple[int, ...] = (60, 10)


@dataclass(frozen=True)
class Recovered:
    """What became of the runs with one heartbeat timeout.

    Attributes:
        seconds: From each signal to AWS's first answer about a run to the new worker, by run.
        worker_starts: Seconds from each signal until the new worker was ready.
    """

    seconds: Mapping[signal.Signals, Sequence[float]]
    worker_starts: Mapping[signal.Signals, float]
    executions: int
    completed: int


def main(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Runs that are open at once.")] = 100,
    interval: Annotated[float, typer.Option(min=1.0, help="Poll interval in seconds.")] = 5.0,
    heartbeat_timeouts: Annotated[
        str, typer.Option(help="Seconds after which the server gives a silent worker's watches to another one.")
    ] = "60,10",
    output: OutputOption = None,
) -> None:
    """Measure how soon runs are followed again: first after SIGTERM, as in a deployment, then after SIGKILL.

    A new worker is started at the moment of the signal, so its own start is part of the time. A run counts as followed
    again when the new worker has its watch and AWS has been asked for its status after that.

    **Examples**

    - `python -m benchmarks.recovery`: four to five minutes

    - `python -m benchmarks.recovery --runs 20 --interval 1 --heartbeat-timeouts 5`: the short form
    """
    options = Options(runs=runs, interval=interval, heartbeat_timeouts=tuple(numbers(heartbeat_timeouts)))
    run_benchmark(measure(options), output)


async def measure(options: Options) -> Report:
    """Measure once for each heartbeat timeout, each in an installation of its own."""
    began = Moment()
    figures: list[Figure] = []
    for timeout in options.heartbeat_timeouts:
        figures += figures_of(await recover(options, timeout), options, timeout)
    return Report(
        name="recovery",
        options=asdict(options),
        figures=figures,
        began=began,
        notes=["Seconds from the signal to AWS's first answer about a run to the new worker, whose start is included."],
    )


async def recover(options: Options, heartbeat_timeout: int) -> Recovered:
    """Take the worker away twice, then let every execution end."""
    settings = {"poll_interval": options.interval, "heartbeat_timeout": heartbeat_timeout}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        Installation(Path(folder), settings=settings) as installation,
    ):
        installation.start()
        fleet = Fleet(await installation.connect(), installation.standin, "recovery-")
        await fleet.start(options.runs, installation.create_pipelines(1))
        arns = await fleet.arns()
        [worker] = installation.workers
        seconds: dict[signal.Signals, list[float]] = {}
        worker_starts: dict[signal.Signals, float] = {}
        for how in (signal.SIGTERM, signal.SIGKILL):
            await asyncio.sleep(2 * options.interval)
            announce(f"{how.name} with a heartbeat timeout of {heartbeat_timeout} s")
            signalled_at = time.time()
            worker = replaced(installation, worker, how)
            worker_starts[how] = time.time() - signalled_at
            seconds[how] = await until_followed(fleet, arns, signalled_at)
        await at_most(1, fleet.end_execution, list(arns.values()))
        await fleet.until_closed(options.runs)
        return Recovered(
            seconds=seconds,
            worker_starts=worker_starts,
            executions=len(await fleet.executions()),
            completed=await fleet.count('ExecutionStatus = "Completed"'),
        )


def replaced(installation: Installation, worker: WorkerProcess, how: signal.Signals) -> WorkerProcess:
    """Signal a worker and start another one at once, which is ready when this returns."""
    if worker.pid is None:
        raise worker.failed("ended")
    successor = installation.new_worker(f"after-{how.name}")
    installation.workers.append(successor)
    os.kill(worker.pid, how)
    successor.start()
    return successor


async def until_followed(fleet: Fleet, arns: Mapping[str, str], since: float) -> list[float]:
    """Wait until every run is followed again.

    Args:
        fleet: The runs.
        arns: Of their executions, by workflow id.
        since: Epoch second of the signal.

    Returns:
        Seconds from there on, for each run.

    Raises:
        BenchmarkFailedError: Some were not, within three minutes.
    """
    watched: dict[str, float] = {}
    followed: dict[str, float] = {}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while len(followed) < len(arns):
        if time.monotonic() > deadline:
            raise BenchmarkFailedError(f"{len(arns) - len(followed)} of {len(arns)} runs are not followed again")
        watched |= await fleet.watches_begun([run for run in arns if run not in watched], since)
        executions = await fleet.executions()
        for run, begun_at in watched.items():
            shown_at = executions[arns[run]]["last_shown_at"] or 0.0
            if run not in followed and shown_at > begun_at:
                followed[run] = shown_at - since
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return [*followed.values()]


def figures_of(recovered: Recovered, options: Options, heartbeat_timeout: int) -> list[Figure]:
    """Compute the figures for one heartbeat timeout."""
    condition = f"heartbeat timeout {heartbeat_timeout} s"
    baselines = {
        signal.SIGTERM: Baseline("the worker's start", recovered.worker_starts[signal.SIGTERM]),
        signal.SIGKILL: Baseline("the timeout", heartbeat_timeout),
    }
    return [
        *(
            Figure(f"new worker ready after {how.name}, {condition}", seconds, "s")
            for how, seconds in recovered.worker_starts.items()
        ),
        *(
            Figure(f"followed again after {how.name}, {which}, {condition}", value, "s", baseline=baselines[how])
            for how, seconds in recovered.seconds.items()
            for which, value in (("median", median(seconds)), ("last run", max(seconds, default=None)))
        ),
        Figure(f"executions per run, {condition}", recovered.executions / options.runs, "executions", Bar(1)),
        Figure(f"runs completed, {condition}", recovered.completed, "runs", Bar(options.runs, at_least=True)),
    ]


if __name__ == "__main__":
    run_command(main)
