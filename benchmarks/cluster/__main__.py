"""Temporal's real server, as a cluster on PostgreSQL, beside the development server in the same run."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.cluster.binaries import Binaries, built, default_cache, stack_version
from benchmarks.cluster.figures import figures_of
from benchmarks.cluster.phases import WORKERS, Measured, Options, live_through
from benchmarks.cluster.servers import EACH_SERVICE, Cluster, Development
from benchmarks.command import OutputOption, run_benchmark, run_command
from benchmarks.machine import Moment
from benchmarks.report import Report

_NOTES: Final = (
    f"Each of the server's services runs {EACH_SERVICE} times, beside {WORKERS} workers; during the second half of the "
    "ends one process of each service and one worker are killed with SIGKILL and started again after 5 s. The "
    "development server loses a worker only, since it keeps its data in memory. Every tenth execution fails."
)


def main(  # noqa: PLR0913 — options
    *,
    runs: Annotated[int, typer.Option(min=2, help="Runs that are open at once.")] = 500,
    interval: Annotated[float, typer.Option(min=0.1, help="Poll interval in seconds.")] = 5.0,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long the cost of waiting is measured.")] = 1.0,
    ends_per_second: Annotated[float, typer.Option(min=0.1, help="Ends of executions, on average.")] = 10.0,
    shards: Annotated[int, typer.Option(min=1, help="History shards of the cluster.")] = 64,
    version: Annotated[
        str, typer.Option(help="Of Temporal's server; docker-compose.yml's by default.", show_default=False)
    ] = "",
    cache: Annotated[
        Path | None, typer.Option(help="Folder for the server's programs, built once.", show_default=False)
    ] = None,
    output: OutputOption = None,
) -> None:
    """Measure runs on Temporal's real server on PostgreSQL, beside the development server in the same run.

    Frontend, history, matching and worker services are processes of their own, each twice, on an empty PostgreSQL; the
    schema and the namespace are set up by the scripts of the compose stack (deploy/temporal). Needs PostgreSQL (the
    package postgresql of Debian), and Go with access to a module proxy for the first time: the server and its SQL tool
    are then built into ~/.cache/polysync-sagemaker, which takes about ten minutes on two cores and 3 GB.

    **Examples**

    - `python -m benchmarks.cluster`: 500 runs, about six minutes

    - `python -m benchmarks.cluster --runs 2000 --minutes 0.5 --ends-per-second 15`: about 19 minutes
    """
    options = Options(runs, interval, minutes, ends_per_second, shards)
    run_benchmark(measure(options, version or stack_version(), cache or default_cache()), output)


async def measure(options: Options, version: str, cache: Path) -> Report:
    """Measure on the development server, then on the cluster."""
    binaries = built(version, cache)
    began = Moment()
    development, cluster = await on_both(options, binaries)
    return Report(
        name=f"cluster-{options.runs}",
        options={**asdict(options), "version": version},
        figures=figures_of(options.runs, development, cluster),
        began=began,
        notes=[f"Temporal's server {version}.", _NOTES],
    )


async def on_both(options: Options, binaries: Binaries) -> tuple[Measured, Measured]:
    """Measure one installation after the other, each in an empty folder."""
    found = []
    for make in (Development, lambda folder: Cluster(folder, binaries, options.shards)):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            found.append(await live_through(make(Path(folder)), Path(folder), options))
    development, cluster = found
    return development, cluster


if __name__ == "__main__":
    run_command(main)
