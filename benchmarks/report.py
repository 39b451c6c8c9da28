"""What a benchmark found: a table for people, JSON for the record."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from benchmarks.figures import COLUMNS, Figure
from benchmarks.machine import Machine, Moment
from worker.cli.screen import results, table

RESULTS: Final = Path(__file__).parent / "results"
"""Where results go by default; not under version control."""


@dataclass(frozen=True)
class TextTable:
    """What figures cannot express."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Report:
    """The figures of one run of a benchmark.

    Attributes:
        name: Of the file with the result, and of the table in `docs/performance.md`.
        options: As given or by default.
        notes: What one must know to read the figures.
        began: When the measurement began, and how busy the machine was before it.
        behaviour: What was seen to happen, in words.
    """

    name: str
    options: dict[str, Any]
    figures: Sequence[Figure]
    began: Moment
    notes: Sequence[str] = ()
    behaviour: TextTable | None = None
    machine: Machine = field(default_factory=Machine)
    ended: Moment = field(default_factory=Moment)
    command: str = field(default_factory=lambda: own_command(sys.orig_argv))

    def print(self) -> None:
        """Print the table to stdout."""
        shown = table(*COLUMNS)
        for figure in self.figures:
            *cells, verdict, ratio = figure.cells()
            shown.add_row(*cells, Text(verdict, "green" if figure.is_reached else "red"), ratio)
        results.print(shown)
        if self.behaviour is not None:
            words = table(*self.behaviour.columns)
            for row in self.behaviour.rows:
                words.add_row(*row)
            results.print(f"\n{self.behaviour.title}", words)
        for line in (*self.notes, str(self.machine), f"load {self.began.load:.1f} before, {self.ended.load:.1f} after"):
            results.print(line, style="dim")

    def save(self, path: Path | None) -> Path:
        """Write everything as JSON to a path, by default `benchmarks/results/<name>.json`, and return the path."""
        target = path or RESULTS / f"{self.name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {**asdict(figure), "reached": figure.is_reached, "ratio": figure.ratio, "cells": figure.cells()}
            for figure in self.figures
        ]
        target.write_text(json.dumps({**asdict(self), "figures": rows}, indent=2) + "\n", encoding="utf-8")
        return target


def saved_report(name: str, folder: Path) -> dict[str, Any] | None:
    """Read what `Report.save` has written into a folder; None if there is no such result."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def cells_with_a_bar(result: Mapping[str, Any]) -> list[Sequence[str]]:
    """The rows of a saved report's figures that have a bar (`Figure.cells`)."""
    return [figure["cells"] for figure in result["figures"] if figure["bar"] is not None]


def own_command(arguments: Sequence[str]) -> str:
    """Write the command that was given, without where this machine keeps its Python."""
    return " ".join(["python", *arguments[1:]])
