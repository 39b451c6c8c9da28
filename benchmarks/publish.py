"""Puts results into documents, so that what a document says is what was measured."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.command import run_command
from benchmarks.figures import COLUMNS
from benchmarks.machine import Machine
from benchmarks.report import RESULTS, saved_report
from worker.cli.screen import progress

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "performance.md"

_PLACE: Final = re.compile(r"(<!-- (figures|bars|behaviour): ([\w ,-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COMMAND: Final = re.compile(r"^`python -m [^`]+`", re.MULTILINE)
_HAS_VERDICT: Final = re.compile(r"\| [✓✗] \|")
_PIPE_IN_A_CELL: Final = r"\|"


def main(
    documents: Annotated[list[Path] | None, typer.Argument(help="docs/performance.md if left out.")] = None,
    results: Annotated[Path, typer.Option(help="Folder with the results.")] = RESULTS,
) -> None:
    """Fill in the tables of a document from the results that there are; the others stay as they are.

    A table stands between two comments, the second of them `<!-- end -->`. The first one names the results:
    `<!-- figures: waiting-100 -->` for all figures of one, `<!-- behaviour: peers -->` for what it reports in words,
    `<!-- bars: waiting-100, storm -->` for the figures with a bar of several tables of the document.
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
    return _with_bars(_with_results(text, results))


def _with_results(text: str, results: Path) -> str:
    def fill(place: re.Match[str]) -> str:
        kind, name = place[2], place[3].strip()
        if kind == "bars" or (found := saved_report(name, results)) is None:
            return place[0]
        return _filled(place, {"figures": _all_figures, "behaviour": _behaviour}[kind](found))

    return _PLACE.sub(fill, text)


def _with_bars(text: str) -> str:
    """Repeat the rows with a bar from the document itself: what was not measured again has no result any more."""
    tables = {place[3].strip(): place[0] for place in _PLACE.finditer(text) if place[2] == "figures"}

    def fill(place: re.Match[str]) -> str:
        if place[2] != "bars":
            return place[0]
        rows = [row for name in _names(place) for row in _rows_with_a_bar(tables.get(name, ""))]
        return _filled(place, [*_table((*COLUMNS, "command"), []), *rows]) if rows else place[0]

    return _PLACE.sub(fill, text)


def _rows_with_a_bar(figures: str) -> Iterator[str]:
    command = _COMMAND.search(figures)
    for line in figures.splitlines():
        if command is not None and _HAS_VERDICT.search(line):
            yield f"{line} {command[0]} |"


def _filled(place: re.Match[str], lines: Iterable[str]) -> str:
    return place[1] + "\n".join(["", *lines, "", place[4]])


def _names(place: re.Match[str]) -> list[str]:
    return [name.strip() for name in place[3].split(",")]


def _all_figures(result: Mapping[str, Any]) -> Iterator[str]:
    began, ended = result["began"], result["ended"]
    yield f"`{result['command']}`, {began['at'][:10]}, on {Machine(**result['machine'])}."
    yield f"Load {began['load']:.1f} before, {ended['load']:.1f} after. {' '.join(result['notes'])}"
    yield ""
    yield from _table(COLUMNS, [figure["cells"] for figure in result["figures"]])


def _behaviour(result: Mapping[str, Any]) -> Iterator[str]:
    words = result["behaviour"]
    return _table(words["columns"], words["rows"]) if words else iter(())


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    for row in rows:
        yield f"| {' | '.join(cell.strip().replace('|', _PIPE_IN_A_CELL) for cell in row)} |"


if __name__ == "__main__":
    run_command(main)
