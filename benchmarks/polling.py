"""One process polls many executions, without Temporal: what of the latencies of 10,000 runs is the worker's own."""

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.command import OutputOption, announce, run_benchmark, run_command
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.machine import Moment
from benchmarks.polling_once import Options, Seconds, measured, started
from benchmarks.quantiles import quantile
from benchmarks.report import Report
from worker.local.standin_process import REGION, StandinProcess
from worker.platform_calls import open_platform_calls
from worker.settings import Settings

BAR_OF_ENDS: Final = 1.5
"""Intervals, as with Temporal (`benchmarks.waiting`)."""
BAR_OF_STOPS: Final = 1.0
"""Seconds, as with Temporal."""


def main(  # noqa: PLR0913 — options
    *,
    executions: Annotated[int, typer.Option(min=1, help="Executions of one pipeline that are polled at once.")] = 1_000,
    interval: Annotated[float, typer.Option(min=1.0, help="Poll interval in seconds.")] = 5.0,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long is measured.")] = 60.0,
    ended: Annotated[int, typer.Option(min=0, help="Executions that end meanwhile, at random moments.")] = 300,
    stopped: Annotated[int, typer.Option(min=0, help="Executions that are stopped meanwhile.")] = 60,
    output: OutputOption = None,
) -> None:
    """Measure polls and stops of many executions in one process, with the SageMaker stand-in and without Temporal.

    Beside `python -m benchmarks.waiting` with as many runs, it shows which part of its latencies is the worker's own,
    and which is that of Temporal's server and of the workflows.

    **Example**

    - `python -m benchmarks.polling --executions 10000`: about two minutes
    """
    os.environ |= {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
    run_benchmark(measure(Options(executions, interval, seconds, ended, stopped)), output)


async def measure(options: Options) -> Report:
    """Start the executions, poll them for an interval, and measure from then on."""
    began, found = Moment(), Seconds()
    with tempfile.TemporaryDirectory() as folder:
        standin = StandinProcess(Path(folder) / "standin.log")
        try:
            standin.start()
            created = await started(standin, options.executions)
            announce(f"{options.executions} executions run")
            calls = open_platform_calls(Settings(region=REGION, endpoint_url=standin.endpoint_url))
            cpu = await measured(standin, calls, created, options, found)
            calls.close()
        finally:
            standin.kill()
    return Report(
        name=f"polling-{options.executions}",
        options=asdict(options),
        figures=_figures(found, cpu, options),
        began=began,
        notes=["No Temporal and no workflows: pollers, threads, boto3 and the stand-in alone."],
    )


def _figures(found: Seconds, cpu: float, options: Options) -> list[Figure]:
    interval = Baseline("the interval", options.interval)
    run_minutes = options.executions * options.seconds / 60
    return [
        Figure("a list, all of its pages, p50", quantile(found.lists, 0.5), "s", baseline=interval),
        Figure("a list, all of its pages, longest", max(found.lists, default=None), "s", baseline=interval),
        Figure("end → news, p50", quantile(found.ends, 0.5), "s", baseline=interval),
        Figure("end → news, p99", quantile(found.ends, 0.99), "s", Bar(BAR_OF_ENDS * options.interval), interval),
        Figure("stop begun → accepted, p50", quantile(found.stops, 0.5), "s"),
        Figure("stop begun → accepted, p99", quantile(found.stops, 0.99), "s", Bar(BAR_OF_STOPS)),
        Figure("event loop late, p99", quantile(found.late, 0.99), "s"),
        Figure("event loop late, longest", max(found.late, default=None), "s"),
        Figure("full garbage collections", len(found.collections), "collections"),
        Figure("full garbage collection, longest", max(found.collections, default=None), "s"),
        Figure("CPU of the process per execution and minute", 1000 * cpu / run_minutes, "ms"),
        Figure("executions whose end was found", len(found.ends), "executions", Bar(options.ended, at_least=True)),
    ]


if __name__ == "__main__":
    run_command(main)
