"""Where output goes: results to stdout, logs and progress to stderr; rich on a terminal, plain lines elsewhere."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from contract.run import RunStatus
from worker.printable import printable

# Nothing wraps outside of a terminal: a line stays a line for grep and awk.
_PLAIN_COLUMNS: Final = 4096

STYLES: Final = {
    RunStatus.RUNNING: "cyan",
    RunStatus.SUCCESS: "green",
    RunStatus.FAILED: "red",
    RunStatus.CANCELLED: "yellow",
    RunStatus.UNKNOWN: "magenta",
}


class _SafeConsole(Console):
    """Prints no control character of a text. The escapes of styles and of moves on the screen are added after this."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def _console(*, stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    # Data is never markup: a failure's text may have brackets.
    return _SafeConsole(
        stderr=stderr, width=None if terminal else _PLAIN_COLUMNS, markup=False, highlight=False, emoji=False
    )


results: Final = _console(stderr=False)
progress: Final = _console(stderr=True)


def print_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


def print_result(document: BaseModel, shown: RenderableType, *, as_json: bool) -> None:
    """Print a command's result to stdout: as one JSON document, or what is shown of it, without breaking a line."""
    if as_json:
        print_json(document.model_dump(mode="json"))
    else:
        print_whole_lines(shown)


def print_whole_lines(shown: RenderableType) -> None:
    """Print to stdout without breaking any line, so that addresses can be clicked and copied."""
    results.print(shown, soft_wrap=True)


def status_text(status: RunStatus | None) -> Text:
    """Write a status in its colour; a dash where none is known."""
    return Text(status or "-", style=STYLES.get(status, "") if status else "dim")


def fact_lines(facts: Sequence[tuple[str, Text]]) -> list[Text]:
    """Write each fact as a line, the values below each other."""
    width = max((len(name) for name, _ in facts), default=0)
    return [Text.assemble((f"  {name:<{width}}  ", "dim"), value) for name, value in facts]


def fact_grid(facts: Sequence[tuple[str, Text]]) -> Table:
    """Write each fact with its value, which goes on below its own beginning where it is too long for one line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in facts:
        grid.add_row("", name, value)
    return grid


def table(*columns: str) -> Table:
    """Begin a table: ruled lightly on a terminal, bare columns elsewhere."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, no_wrap=not results.is_terminal, overflow="fold")
    return made
