"""What a storm of throttling does to open runs: whether any fails, how far the calls fall, how soon they are back."""

import asyncio
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.command import OutputOption, announce, run_benchmark, run_command
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.fleet import Fleet
from benchmarks.installation import Installation
from benchmarks.machine import Moment
from benchmarks.pacing import at_most
from benchmarks.report import Report
from benchmarks.timeline import Timeline

BAR_BACK_SECONDS: Final = Bar(60)
FALLS_TO: Final = 0.5
"""Share of the former calls that is left one interval after the storm began, at most."""

WATCHED_AFTERWARDS_SECONDS: Final = 120.0
INTERVALS_BEFORE: Final = 4
_SAMPLE_EVERY_SECONDS: Final = 0.25


@dataclass(frozen=True)
class Options:
    """What is measured; seconds are real."""

    runs: int = 100
    pipelines: int = 100
    interval: float = 5.0
    minutes: float = 5.0
    refused: float = 0.9


def main(  # noqa: PLR0913 — options
    *,
    runs: Annotated[int, typer.Option(min=1, help="Runs that are open at once.")] = 100,
    pipelines: Annotated[
        int, typer.Option(min=1, help="Pipelines that they are spread over; one for each run asks AWS most often.")
    ] = 100,
    interval: Annotated[float, typer.Option(min=1.0, help="Poll interval in seconds.")] = 5.0,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long the storm lasts.")] = 5.0,
    refused: Annotated[float, typer.Option(min=0, max=1, help="Share of all calls that is refused.")] = 0.9,
    output: OutputOption = None,
) -> None:
    """Measure a storm of throttling: AWS refuses most calls for some minutes, whatever they are.

    Bars: no run fails, the calls fall by half within one interval, and full speed is back within a minute. After the
    storm every execution ends, so that each run proves that it was still followed.

    **Examples**

    - `python -m benchmarks.storm`: 90 % refused for 5 minutes, about 8 minutes in all

    - `python -m benchmarks.storm --runs 20 --pipelines 20 --interval 1 --minutes 0.5`: the short form
    """
    options = Options(runs=runs, pipelines=pipelines, interval=interval, minutes=minutes, refused=refused)
    run_benchmark(measure(options), output)


async def measure(options: Options) -> Report:
    """Measure in a new installation."""
    began = Moment()
    settings = {"poll_interval": options.interval}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        Installation(Path(folder), settings=settings) as installation,
    ):
        installation.start()
        fleet = Fleet(await installation.connect(), installation.standin, "storm-")
        await fleet.start(options.runs, installation.create_pipelines(options.pipelines))
        announce(f"{options.runs} runs are open")
        timeline = await through_the_storm(installation, options)
        failed = await fleet.count('ExecutionStatus = "Failed"')
        announce("ending all executions")
        arns = await fleet.arns()
        await at_most(1, fleet.end_execution, list(arns.values()))
        await fleet.until_closed(options.runs)
        completed = await fleet.count('ExecutionStatus = "Completed"')
    return Report(
        name="storm",
        options=asdict(options),
        figures=figures_of(timeline, options, failed=failed, completed=completed),
        began=began,
        notes=["Full speed is the start of the first interval after the storm with 90 % of the calls before it."],
    )


async def through_the_storm(installation: Installation, options: Options) -> Timeline:
    """Sample the calls before, during and after the storm."""
    timeline = Timeline(installation.calls)
    # The first polls are over by then.
    await asyncio.sleep(2 * options.interval)
    await timeline.sample(INTERVALS_BEFORE * options.interval, _SAMPLE_EVERY_SECONDS)
    announce("the storm begins")
    storm = {"operation": "*", "effect": "throttle", "probability": options.refused}
    fault = installation.standin.control("POST", "/faults", storm)["id"]
    timeline.mark("storm")
    await timeline.sample(options.minutes * 60, _SAMPLE_EVERY_SECONDS)
    announce("the storm is over")
    installation.standin.control("DELETE", f"/faults/{fault}")
    timeline.mark("calm")
    await timeline.sample(WATCHED_AFTERWARDS_SECONDS, _SAMPLE_EVERY_SECONDS, until=lambda: _back(timeline, options))
    return timeline


def figures_of(timeline: Timeline, options: Options, *, failed: int, completed: int) -> list[Figure]:
    """Compute the figures from the sampled calls."""
    storm, calm, interval = timeline.marks["storm"], timeline.marks["calm"], options.interval
    before = timeline.rate(timeline.start, storm)
    usual = Baseline("before", before)
    fallen = Bar(before * FALLS_TO)
    return [
        Figure("calls before the storm", before, "calls/s"),
        Figure("calls in its first interval", timeline.rate(storm, storm + interval), "calls/s", baseline=usual),
        Figure(
            "calls in its second interval",
            timeline.rate(storm + interval, storm + 2 * interval),
            "calls/s",
            fallen,
            usual,
        ),
        Figure("calls in the whole storm", timeline.rate(storm, calm), "calls/s", baseline=usual),
        Figure("full speed after the storm", _back(timeline, options), "s", BAR_BACK_SECONDS),
        Figure("failed runs", failed, "runs", Bar(0)),
        Figure("runs completed after their execution's end", completed, "runs", Bar(options.runs, at_least=True)),
    ]


def _back(timeline: Timeline, options: Options) -> float | None:
    calm = timeline.marks["calm"]
    wanted = 0.9 * timeline.rate(timeline.start, timeline.marks["storm"])
    reached = timeline.first_window(options.interval, wanted, after=calm)
    return None if reached is None else reached - calm


if __name__ == "__main__":
    run_command(main)
