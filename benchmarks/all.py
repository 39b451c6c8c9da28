"""All benchmarks one after the other, each a process of its own, and at the end what was reached of the bars."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.command import announce, run_command
from benchmarks.figures import COLUMNS
from benchmarks.report import RESULTS, cells_with_a_bar, own_command, saved_report
from worker.cli.screen import results, table

SHORT_RESULTS: Final = RESULTS / "short"


@dataclass(frozen=True)
class Part:
    """One benchmark.

    Attributes:
        name: Of its result.
        command: Module and options.
        minutes: What it takes on two cores.
    """

    name: str
    command: str
    minutes: float


_BESIDE_EVENTS: Final = "--minutes 0.85 --ended 60 --ends-per-second 3 --stopped 5 --events"
"""As long as an interval beside events, in which each open run is polled once."""

FULL: Final = (
    Part("waiting-100", "waiting --runs 100 --minutes 1.5 --ended 100 --stopped 20", 2.5),
    Part("waiting-1000", "waiting --runs 1000 --minutes 2 --ended 200", 4),
    Part(
        "waiting-1000-workers-1-2-4",
        "waiting --runs 1000 --workers 1,2,4 --minutes 0.5 --ended 20 --stopped 5",
        5,
    ),
    Part(
        "waiting-1000-heartbeat-120",
        "waiting --runs 1000 --minutes 2 --ended 20 --stopped 5 --heartbeat-timeout 120",
        3.5,
    ),
    Part("waiting-1000-events", f"waiting --runs 1000 {_BESIDE_EVENTS}", 9),
    Part("throughput", "throughput --rounds 3", 3.5),
    Part("recovery", "recovery", 3),
    Part("storm", "storm", 7),
    Part("peers", "peers --minutes 0.75 --burst 25", 12),
    Part("waiting-jobs-1000", "waiting --jobs --runs 1000 --minutes 1 --ended 200", 4),
    Part("peers-jobs", "peers --jobs --runs 1000 --minutes 1 --cases none", 12),
    Part("peers-jobs-cases", "peers --jobs --no-figures --burst 25", 12),
    Part("polling-10000", "polling --executions 10000", 2),
    # The longest comes last, so that an interrupted command has measured all the others.
    Part("waiting-10000", "waiting --runs 10000 --minutes 1 --ended 300 --stopped 60", 9),
)
BY_HAND: Final = (
    Part("cluster-500", "cluster --runs 500 --ends-per-second 5", 10),
    Part("cluster-2000", "cluster --runs 2000 --minutes 0.5 --ends-per-second 15", 19),
    Part("waiting-100-workers-1-2-4-events", f"waiting --runs 100 --workers 1,2,4 {_BESIDE_EVENTS}", 17),
    Part("waiting-1000-workers-2-4-events", f"waiting --runs 1000 --workers 2,4 {_BESIDE_EVENTS}", 22),
)
"""Measured by their own commands only: the first two need Go and PostgreSQL, and the others take long."""

SHORT: Final = (
    Part("waiting-100", "waiting --runs 100 --minutes 0.5 --ended 100 --stopped 20", 1.5),
    Part("throughput", "throughput --runs 60 --rounds 2", 0.5),
    Part("recovery", "recovery --runs 20 --interval 1 --heartbeat-timeouts 5", 1),
    Part("storm", "storm --runs 20 --pipelines 20 --interval 1 --minutes 0.5", 1.5),
    Part("peers", "peers --runs 20 --interval 1 --minutes 0.25 --cases none", 3),
)


def main(
    *,
    short: Annotated[bool, typer.Option("--short", help="The short forms; they leave the long results alone.")] = False,
    parts: Annotated[str, typer.Option(help="Only these, by name, with commas between them.", show_default=False)] = "",
    again: Annotated[bool, typer.Option("--again", help="Measure again what has a result already.")] = False,
) -> None:
    """Measure everything and end with the bars. A part that has a result of the same command is not measured again.

    So an interrupted command goes on when it is called again. The parts and their minutes are printed before the first
    measurement. `python -m benchmarks.publish` puts the results into docs/performance.md.

    **Examples**

    - `python -m benchmarks.all`: about 90 minutes

    - `python -m benchmarks.all --parts throughput,storm --again`

    - `python -m benchmarks.all --short`: about eight minutes
    """
    plan, folder = (SHORT, SHORT_RESULTS) if short else (FULL, RESULTS)
    chosen = named(parts, plan)
    due = [part for part in chosen if again or not has_result(part, folder)]
    announce(f"{len(due)} of {len(chosen)} parts are due, about {sum(part.minutes for part in due):g} min")
    for part in chosen:
        announce(f"  {part.name}: {f'{part.minutes:g} min' if part in due else 'has its result'}")
    failed = [part.name for part in due if not measured(part, folder)]
    show_bars(chosen, folder)
    if short:
        left_out = [part.name for part in FULL if part.name not in {known.name for known in SHORT}]
        announce(f"not in the short form: {', '.join(left_out)}; the cases of peers; the bars' own sizes")
    if failed:
        announce(f"not measured: {', '.join(failed)}")
        raise typer.Exit(1)


def named(parts: str, plan: Sequence[Part]) -> list[Part]:
    """Choose parts by their names; all if none is named.

    Raises:
        typer.BadParameter: A name is not known.
    """
    wanted = {name.strip() for name in parts.split(",") if name.strip()}
    known = [part.name for part in plan]
    if unknown := wanted.difference(known):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: there are only {', '.join(known)}")
    return [part for part in plan if not wanted or part.name in wanted]


def has_result(part: Part, folder: Path) -> bool:
    """Whether a result of this very command is there."""
    result = saved_report(part.name, folder)
    return result is not None and result["command"] == own_command([sys.executable, *_arguments(part, folder)])


def measured(part: Part, folder: Path) -> bool:
    """Measure a part, its output between ours; whether there is a result now."""
    announce(f"{part.name}: {part.command}")
    arguments = _arguments(part, folder)
    return subprocess.run([sys.executable, *arguments], check=False).returncode == 0  # noqa: S603 — our own module


def show_bars(parts: Sequence[Part], folder: Path) -> None:
    """Print each figure that has a bar."""
    shown = table("part", *COLUMNS)
    for part in parts:
        result = saved_report(part.name, folder)
        for cells in cells_with_a_bar(result) if result else ():
            shown.add_row(part.name, *cells)
    results.print(shown)


def _arguments(part: Part, folder: Path) -> list[str]:
    module, *options = part.command.split()
    # By default the result goes where the document's is expected; its command then has no path in it.
    elsewhere = [] if folder == RESULTS else ["--output", str(folder / f"{part.name}.json")]
    return ["-m", f"benchmarks.{module}", *options, *elsewhere]


if __name__ == "__main__":
    run_command(main)
