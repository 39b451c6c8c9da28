"""A measured figure beside the bar that it should reach and the baseline that it is compared with."""

import math
from dataclasses import dataclass
from typing import Final

_SIGNIFICANT_DIGITS: Final = 3


@dataclass(frozen=True)
class Bar:
    """What a figure should reach: at most `limit`, or at least."""

    limit: float
    at_least: bool = False

    def is_reached_by(self, value: float) -> bool:
        """Compare a value with the bar."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number_text(self.limit)}"


@dataclass(frozen=True)
class Baseline:
    """What a figure is compared with, measured in the same run or computed."""

    name: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What it is, with its condition.
        value: In `unit`; None if it could not be measured.
        bar: What it should reach, if anything was agreed.
        baseline: What it is compared with, if anything makes sense.
    """

    name: str
    value: float | None
    unit: str
    bar: Bar | None = None
    baseline: Baseline | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether the bar is reached; None without a bar. What could not be measured did not reach it."""
        if self.bar is None:
            return None
        return self.value is not None and self.bar.is_reached_by(self.value)

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the baseline; None where there is nothing to divide."""
        if self.value is None or self.baseline is None or not self.baseline.value:
            return None
        return self.value / self.baseline.value

    def cells(self) -> tuple[str, str, str, str, str, str]:
        """The row in a table: figure, value, unit, bar, verdict, ratio."""
        verdict = {True: "✓", False: "✗", None: ""}[self.is_reached]
        ratio = ""
        if self.ratio is not None and self.baseline is not None:
            ratio = f"{number_text(self.ratio)} of {self.baseline.name}"
        return self.name, number_text(self.value), self.unit, str(self.bar or ""), verdict, ratio


COLUMNS: Final = ("figure", "value", "unit", "bar", "", "beside the baseline")


def number_text(value: float | None) -> str:
    """Write a number with three significant digits, a whole one with all of its own; a dash where there is none."""
    if value is None:
        return "-"
    if value == round(value):
        return f"{value:,.0f}"
    digits = _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(0, digits)}f}"
