"""What the commands of all benchmarks have in common."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.report import Report
from worker.cli.screen import progress
from worker.local.process import ProcessFailedError

OutputOption = Annotated[
    Path | None,
    typer.Option("--output", help="File for the result as JSON; benchmarks/results/ by default.", show_default=False),
]

_BEGAN: Final = time.monotonic()


def announce(what: str) -> None:
    """Print a line of progress to stderr, with the seconds since the start."""
    progress.print(f"{time.monotonic() - _BEGAN:7.1f} s  {what}")


class BenchmarkFailedError(Exception):
    """The measurement could not be finished; the text says what did not happen."""


def run_command(main: Callable[..., None]) -> None:
    """Run a command from the process's arguments; its docstring is its help."""
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_show_locals=False)
    app.command()(main)
    app()


def run_benchmark(measuring: Coroutine[Any, Any, Report], output: Path | None) -> None:
    """Measure, print the table to stdout and save the result. A bar that is not reached is a finding, no error.

    Raises:
        typer.Exit: With 1: the measurement could not be finished.
    """
    try:
        report = asyncio.run(measuring)
    except (BenchmarkFailedError, ProcessFailedError) as error:
        progress.print(str(error))
        raise typer.Exit(1) from None
    report.print()
    announce(f"written to {report.save(output)}")


def numbers(text: str) -> list[int]:
    """Read `1,2,4`.

    Raises:
        typer.BadParameter: Something in it is not a positive whole number.
    """
    found = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) for part in found):
        raise typer.BadParameter(f"'{text}' should be positive whole numbers with commas between them, such as 1,2,4")
    return [int(part) for part in found]
