"""What open runs cost while nothing happens to them, how soon their ends are seen, and how soon a stop is sent."""

from dataclasses import asdict, replace
from typing import Annotated

import typer

from benchmarks.command import OutputOption, numbers, run_benchmark, run_command
from benchmarks.machine import Moment
from benchmarks.report import Report
from benchmarks.waiting_events import Pair, figures_of_events
from benchmarks.waiting_figures import figures_of, figures_of_workers
from benchmarks.waiting_once import DEFAULT_HEARTBEAT_TIMEOUT, Options, wait_once


def main(  # noqa: PLR0913 — options
    *,
    runs: Annotated[int, typer.Option(min=1, help="Runs that are open at once.")] = 100,
    pipelines: Annotated[int, typer.Option(min=1, help="Pipelines that they are spread over.")] = 1,
    interval: Annotated[float, typer.Option(min=1.0, help="Poll interval in seconds.")] = 5.0,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long they are left alone and measured.")] = 3.0,
    ended: Annotated[int, typer.Option(min=0, help="Runs whose execution is ended, to measure the detection.")] = 1_000,
    ends_per_second: Annotated[
        float, typer.Option(min=0.1, help="Ends a second. The dev server closes 20 to 60 workflows a second.")
    ] = 10.0,
    stopped: Annotated[int, typer.Option(min=0, help="Runs that are stopped by signal before that.")] = 100,
    stops_per_second: Annotated[float, typer.Option(min=0.1, help="Signals a second.")] = 5.0,
    workers: Annotated[
        str, typer.Option(help="Worker processes; several counts are measured one after the other.")
    ] = "1",
    heartbeat_timeout: Annotated[
        float,
        typer.Option(min=1, help="The worker's HEARTBEAT_TIMEOUT in seconds: watches beat twice in it."),
    ] = DEFAULT_HEARTBEAT_TIMEOUT,
    jobs: Annotated[
        bool,
        typer.Option(help="Runs of training jobs instead; they end because another client stops them."),
    ] = False,
    events: Annotated[
        bool,
        typer.Option(help="Measure each number of workers twice, without events and with events that replace polls."),
    ] = False,
    reconcile_interval: Annotated[
        float, typer.Option(min=1.0, help="Seconds between two polls beside events; 10 intervals as by default.")
    ] = 50.0,
    output: OutputOption = None,
) -> None:
    """Measure what waiting costs: many open runs, a real worker, Temporal's dev server, the SageMaker stand-in.

    The runs are started and left alone; history, AWS calls, CPU and memory are read at both ends of that time. Then
    some are stopped by signal and some executions end, at random moments, so that no burst is measured.

    **Examples**

    - `python -m benchmarks.waiting --runs 1000 --minutes 3`

    - `python -m benchmarks.waiting --runs 10000 --ended 1000`: about twenty minutes on two cores

    - `python -m benchmarks.waiting --runs 1000 --workers 1,2,4`: whether calls multiply by the number of workers

    - `python -m benchmarks.waiting --runs 1000 --jobs`: the same for training jobs

    - `python -m benchmarks.waiting --runs 1000 --workers 1,2,4 --events`: what events change
    """
    counts = numbers(workers)
    options = Options(
        runs=runs,
        pipelines=pipelines,
        interval=interval,
        minutes=minutes,
        ended=ended,
        ends_per_second=ends_per_second,
        stopped=stopped,
        stops_per_second=stops_per_second,
        workers=counts[0],
        heartbeat_timeout=heartbeat_timeout,
        jobs=jobs,
    )
    if events:
        run_benchmark(with_and_without_events(options, counts, reconcile_interval), output)
    else:
        run_benchmark(measure(options, counts), output)


async def measure(options: Options, worker_counts: list[int]) -> Report:
    """Measure once for each number of workers, each in an installation of its own."""
    began = Moment()
    found = {count: await wait_once(replace(options, workers=count)) for count in worker_counts}
    first = found[worker_counts[0]]
    several = figures_of_workers({count: waited.steady for count, waited in found.items()})
    return Report(
        name=name_of(options, worker_counts),
        options={**asdict(options), "workers": worker_counts},
        figures=[*figures_of(first), *(several if len(worker_counts) > 1 else [])],
        began=began,
        notes=[
            f"Ends came at random moments, {options.ends_per_second:g} a second on average.",
            "Detection is from the stand-in's moment of the end to Temporal's close time.",
            *([f"All but the last rows: {worker_counts[0]} worker(s)."] if len(worker_counts) > 1 else []),
        ],
    )


async def with_and_without_events(options: Options, worker_counts: list[int], reconcile_interval: float) -> Report:
    """Measure each number of workers twice."""
    began = Moment()
    found = {
        count: Pair(
            await wait_once(replace(options, workers=count)),
            await wait_once(replace(options, workers=count, reconcile_interval=reconcile_interval)),
        )
        for count in worker_counts
    }
    return Report(
        name=f"{name_of(options, worker_counts)}-events",
        options={**asdict(options), "workers": worker_counts, "reconcile_interval": reconcile_interval},
        figures=figures_of_events(found),
        began=began,
        notes=[
            f"Polls every {options.interval:g} s without events, and every {reconcile_interval:g} s beside them.",
            "End → run closed is from the stand-in's moment of the end to Temporal's close time.",
        ],
    )


def name_of(options: Options, worker_counts: list[int]) -> str:
    """Name a result after what is not as usual."""
    parts = [f"waiting-jobs-{options.runs}" if options.jobs else f"waiting-{options.runs}"]
    if worker_counts != [1]:
        parts.append(f"workers-{'-'.join(str(count) for count in worker_counts)}")
    if options.heartbeat_timeout != DEFAULT_HEARTBEAT_TIMEOUT:
        parts.append(f"heartbeat-{options.heartbeat_timeout:g}")
    return "-".join(parts)


if __name__ == "__main__":
    run_command(main)
