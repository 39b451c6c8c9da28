"""One field of a cron expression: numbers, names, lists, ranges that may wrap, and steps, as the set of its values."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from temporalio.client import ScheduleRange

_ITEM: Final = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d{1,4}))?")

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class CronField:
    """What one field may hold.

    Attributes:
        name: Its name in errors.
        lowest: The lowest value.
        highest: The highest value.
        names: Values by name, in capitals.
        is_step_from_one_value: Whether `5/15` means 5, 20, 35, … as AWS has it; Unix's programs disagree about it.
    """

    name: str
    lowest: int
    highest: int
    names: dict[str, int] = field(default_factory=dict)
    is_step_from_one_value: bool = True

    def read(self, text: str) -> frozenset[int]:
        """Return the values that a text means.

        Raises:
            ValueError: Naming the field, and what is wrong with it.
        """
        return frozenset(value for item in text.split(",") for value in self._item(item))

    def value(self, text: str) -> int:
        """Read one number or name.

        Raises:
            ValueError: It is neither, or out of range.
        """
        number = self.names.get(text.upper(), int(text) if text.isascii() and text.isdigit() else None)
        if number is None or not self.lowest <= number <= self.highest:
            names = f", or {'-'.join((next(iter(self.names)), list(self.names)[-1]))}" if self.names else ""
            raise ValueError(f"{self.name} has '{text[:20]}', it must be {self.lowest} to {self.highest}{names}")
        return number

    def _item(self, text: str) -> Iterable[int]:
        found = _ITEM.fullmatch(text)
        if found is None:
            raise ValueError(
                f"{self.name} has '{text[:20]}', which cannot be read; write numbers, lists (1,2), ranges (1-5) and "
                "steps (0/15)"
            )
        first, last, step = found["first"], found["last"], found["step"]
        if first == "*":
            if last is not None:
                raise ValueError(f"{self.name} has '{text[:20]}': a range needs a number before the '-'")
            values: Sequence[int] = range(self.lowest, self.highest + 1)
        elif last is None:
            values = self._from(self.value(first), goes_on=step is not None)
        else:
            values = self._range(self.value(first), self.value(last))
        return values[:: self._step(step)] if step else values

    def _from(self, first: int, *, goes_on: bool) -> Sequence[int]:
        if goes_on and not self.is_step_from_one_value:
            raise ValueError(f"{self.name} has a step from one value; write the range, {first}-{self.highest}/…")
        return range(first, self.highest + 1 if goes_on else first + 1)

    def _range(self, first: int, last: int) -> Sequence[int]:
        """Return a range, which goes on at the lowest value where it ends before it begins."""
        if first <= last:
            return range(first, last + 1)
        return [*range(first, self.highest + 1), *range(self.lowest, last + 1)]

    def _step(self, text: str) -> int:
        step = int(text)
        if not 1 <= step <= self.highest - self.lowest + 1:
            raise ValueError(
                f"{self.name} has a step of {step}, which must be 1 to {self.highest - self.lowest + 1}; for longer "
                "intervals write rate(…)"
            )
        return step


def month_field(*, is_step_from_one_value: bool = True) -> CronField:
    """Return the field of the months."""
    names = {name: number for number, name in enumerate(_MONTHS, 1)}
    return CronField("month", 1, 12, names, is_step_from_one_value)


def weekday_names(first: int) -> dict[str, int]:
    """Return the weekdays by name, where Sunday has the number `first`."""
    return {name: number for number, name in enumerate(_WEEKDAYS, first)}


def ranges(values: Iterable[int]) -> list[ScheduleRange]:
    """Write a set of values as few ranges: those with a common step as one, others by neighbours."""
    ordered = sorted(values)
    if len(ordered) > 2 and len(steps := {after - before for before, after in itertools.pairwise(ordered)}) == 1:  # noqa: PLR2004 — two values have no common step
        return [ScheduleRange(ordered[0], ordered[-1], steps.pop())]
    found: list[ScheduleRange] = []
    for value in ordered:
        if found and found[-1].end == value - 1:
            found[-1] = ScheduleRange(found[-1].start, value, 1)
        else:
            found.append(ScheduleRange(value, value, 1))
    return found
