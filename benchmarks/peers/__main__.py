"""`python -m benchmarks.peers`."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from benchmarks.command import OutputOption, announce, run_benchmark, run_command
from benchmarks.machine import Moment
from benchmarks.peers.cases import Case, cases
from benchmarks.peers.costs import Load, measure
from benchmarks.peers.environments import EnvironmentUnavailableError, environment_python
from benchmarks.peers.executions import Executions
from benchmarks.peers.followed import Followed
from benchmarks.peers.peer import DRIVERS, Driver, Peer, PeerError
from benchmarks.peers.polysync import Polysync
from benchmarks.peers.report import AIRFLOW, OURS, SDK, Result, behaviour_of, figures_of, notes_of
from benchmarks.peers.system import System
from benchmarks.peers.training_jobs import TrainingJobs
from benchmarks.report import RESULTS, Report
from worker.local.process import ProcessFailedError

ALL: Final = "all"
NONE: Final = "none"
LOGS: Final = RESULTS / "logs"

Systems: TypeAlias = Mapping[str, tuple[str, Callable[[Path, type[Followed]], System]]]


@dataclass(frozen=True)
class Options:
    """What is asked for; without a load no costs are measured."""

    kind: type[Followed]
    load: Load | None
    systems: Collection[str]
    cases: Mapping[str, Case]


def ours(folder: Path, kind: type[Followed]) -> System:
    """Our worker."""
    return Polysync(folder, kind)


def airflow(folder: Path, kind: type[Followed]) -> System:
    """Airflow's triggers, in its own environment."""
    return Peer(Driver(AIRFLOW, environment_python("airflow"), DRIVERS / "airflow_triggers.py"), folder, kind)


def sdk(folder: Path, kind: type[Followed]) -> System:
    """The SDK's wait(), in its own environment."""
    return Peer(Driver(SDK, environment_python("sagemaker"), DRIVERS / "sagemaker_waits.py"), folder, kind)


OF_BOTH: Final[Systems] = {"ours": (OURS, ours), "airflow": (AIRFLOW, airflow)}
SYSTEMS: Final[Mapping[type[Followed], Systems]] = {
    Executions: {**OF_BOTH, "sdk": (SDK, sdk)},
    TrainingJobs: OF_BOTH,
}
"""What follows what, by the option's word."""


def main(  # noqa: PLR0913 — options
    *,
    jobs: Annotated[bool, typer.Option("--jobs", help="Training jobs instead of pipeline executions.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="How many are followed at once.")] = 100,
    interval: Annotated[int, typer.Option(min=1, help="Seconds between two polls; Airflow takes whole ones.")] = 5,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long the steady state is measured.")] = 3.0,
    figures: Annotated[bool, typer.Option(help="Measure what following costs.")] = True,
    systems: Annotated[str, typer.Option(help=f"{ALL}, or some of {','.join(SYSTEMS[Executions])}.")] = ALL,
    tried: Annotated[
        str,
        typer.Option(
            "--cases", help=f"{ALL}, {NONE}, or some of {','.join(cases(Executions, 0, 0))}.", metavar="CASES"
        ),
    ] = ALL,
    burst: Annotated[
        float, typer.Option(min=1, help="Seconds of throttling in that case; boto's own retries outlast some 15.")
    ] = 60.0,
    long_interval: Annotated[
        int, typer.Option(min=1, help="Seconds between two polls in the case of 62 polls; with 30 it takes 31 minutes.")
    ] = 1,
    output: OutputOption = None,
) -> None:
    """Measure the worker beside Apache Airflow's deferrable triggers and the SageMaker Python SDK's `wait()`.

    All follow the same timed executions on the same stand-in, one system after the other; with `--jobs` training jobs,
    which the SDK is left out of. The first run makes an environment for each peer under `benchmarks/.venvs`: some
    400 MB for Airflow, some 1 GB for the SDK, from your package index. A peer whose environment cannot be made is left
    out, and that is said.

    **Examples**

    - `python -m benchmarks.peers`: all of it, some 25 minutes

    - `python -m benchmarks.peers --minutes 1 --burst 25`: some 12 minutes

    - `python -m benchmarks.peers --runs 20 --interval 1 --minutes 0.25 --cases none`: figures in small

    - `python -m benchmarks.peers --jobs --runs 1000 --minutes 1 --cases none`: what 1,000 training jobs cost

    - `python -m benchmarks.peers --jobs --no-figures --cases long-wait --long-interval 30`: one case
    """
    kind = TrainingJobs if jobs else Executions
    known = cases(kind, burst, long_interval)
    options = Options(
        kind=kind,
        load=Load(runs=runs, interval=interval, minutes=minutes) if figures else None,
        systems=chosen(systems, SYSTEMS[kind]),
        cases={name: known[name] for name in chosen(tried, known)},
    )
    run_benchmark(measure_all(options), output)


def chosen(text: str, known: Collection[str]) -> list[str]:
    """Read `all`, `none` or some of what is known, with commas between them.

    Raises:
        typer.BadParameter: Something in it is not known.
    """
    if text in {ALL, NONE}:
        return list(known) if text == ALL else []
    named = [part.strip() for part in text.split(",")]
    if unknown := [name for name in named if name not in known]:
        raise typer.BadParameter(f"'{', '.join(unknown)}' should be {ALL}, {NONE} or some of {','.join(known)}")
    return named


async def measure_all(options: Options) -> Report:
    """Examine the systems, one after the other."""
    began = Moment()
    results = {}
    for system in options.systems:
        name, make = SYSTEMS[options.kind][system]
        results[name] = await examine(name, make, options, LOGS / system)
    return Report(
        name=f"peers{'-jobs' if options.kind is TrainingJobs else ''}{'' if options.load else '-cases'}",
        options={
            "load": options.load and asdict(options.load),
            "systems": list(options.systems),
            "cases": list(options.cases),
        },
        figures=figures_of(results, options.kind.noun),
        began=began,
        notes=notes_of(results),
        behaviour=behaviour_of(results, {name: case.title for name, case in options.cases.items()}),
    )


async def examine(name: str, make: Callable[[Path, type[Followed]], System], options: Options, folder: Path) -> Result:
    """Measure one system, and try the cases on it; its logs stay in the folder."""
    try:
        system = await asyncio.to_thread(make, folder, options.kind)
    except EnvironmentUnavailableError as unavailable:
        announce(f"{name} is skipped: {unavailable}")
        return Result(problem=f"skipped: {unavailable}")
    result = Result()
    try:
        await system.start()
        result.version = system.version
        if options.load is not None:
            announce(f"{name} follows {options.load.runs} {options.kind.noun}s")
            result.costs = await measure(system, options.load)
        for word, case in options.cases.items():
            announce(f"{name}: {case.title}")
            result.cases[word] = await case.attempt(system)
    except (PeerError, ProcessFailedError, TimeoutError) as error:
        result.problem = str(error)
        announce(f"{name}: {error}")
    finally:
        await system.stop()
    return result


if __name__ == "__main__":
    run_command(main)
