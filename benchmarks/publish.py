"""Puts results into documents, so that what a document says is what was measured."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.command import run_command
from benchmarks.figures import COLUMNS
from benchmarks.machine import Machine
from benchmarks.report import RESULTS, cells_with_a_bar, saved_report
from worker.cli.screen import progress

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "performance.md"

_PLACE: Final = re.compile(r"(<!-- (figures|bars|behaviour): ([\w ,-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PIPE_IN_A_CELL: Final = r"\|"


def main(
    documents: Annotated[list[Path] | None, typer.Argument(help="docs/performance.md if left out.")] = None,
    results: Annotated[Path, typer.Option(help="Folder with the results.")] = RESULTS,
) -> None:
    """Fill in the tables of a document from the results that there are; the others stay as they are.

    A table stands between two comments, the second of them `<!-- end -->`. The first one names the results:
    `<!-- figures: waiting-100 -->` for all figures of one, `<!-- behaviour: peers -->` for what it reports in words,
    `<!-- bars: waiting-100, storm -->` for the figures of several that have a bar.
    """
    for document in documents or [DOCUMENT]:
        text = document.read_text(encoding="utf-8")
        document.write_text(filled_in(text, results), encoding="utf-8")
        progress.print(f"{document}: {', '.join(names_in(text))}")


def names_in(text: str) -> list[str]:
    """The results that a document names."""
    return sorted({name for place in _PLACE.finditer(text) for name in _names(place)})


def filled_in(text: str, results: Path) -> str:
    """Return a document with the tables of the results that there are."""

    def fill(place: re.Match[str]) -> str:
        found = [result for name in _names(place) if (result := saved_report(name, results)) is not None]
        if not found:
            return place[0]
        lines = {"figures": _all_figures, "bars": _figures_with_a_bar, "behaviour": _behaviour}[place[2]](found)
        return place[1] + "\n".join(["", *lines, "", place[4]])

    return _PLACE.sub(fill, text)


def _names(place: re.Match[str]) -> list[str]:
    return [name.strip() for name in place[3].split(",")]


def _all_figures(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    [result] = found
    began, ended = result["began"], result["ended"]
    yield f"`{result['command']}`, {began['at'][:10]}, on {Machine(**result['machine'])}."
    yield f"Load {began['load']:.1f} before, {ended['load']:.1f} after. {' '.join(result['notes'])}"
    yield ""
    yield from _table(COLUMNS, [figure["cells"] for figure in result["figures"]])


def _figures_with_a_bar(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    rows = [(*cells, f"`{result['command']}`") for result in found for cells in cells_with_a_bar(result)]
    return _table((*COLUMNS, "command"), rows)


def _behaviour(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    reported = (result["behaviour"] for result in found if result["behaviour"])
    return chain.from_iterable(_table(words["columns"], words["rows"]) for words in reported)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    for row in rows:
        yield f"| {' | '.join(cell.strip().replace('|', _PIPE_IN_A_CELL) for cell in row)} |"


if __name__ == "__main__":
    run_command(main)
