"""The days of a cron expression, `L`, `W` and `#` among them, as days of the month and weekdays that must both hold.

Temporal's calendars know neither the last day of a month nor its nearest weekday, but a day of the month, a weekday, a
month and a year at once: each rule becomes one calendar for each length of a month in which it means other days.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""The years of Temporal's calendars (server: service/worker/scheduler)."""

Days = frozenset[int]
Alternative = tuple[Days, Days]
"""Days of the month and weekdays (0 is Sunday), of which a day must have both."""
DayRule = Callable[[int], Iterable[Alternative]]
"""Returns the alternatives in a month that has so many days."""

EVERY_WEEKDAY: Final = frozenset(range(7))
_WORKDAYS: Final = frozenset(range(1, 6))
_FRIDAY: Final = frozenset({5})
_MONDAY: Final = frozenset({1})
_FEBRUARY: Final = 2
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_LEAP_YEARS: Final = frozenset(
    year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
)
_COMMON_YEARS: Final = frozenset(range(FIRST_YEAR, LAST_YEAR + 1)) - _LEAP_YEARS


def days(month_days: Days, weekdays: Days = EVERY_WEEKDAY) -> DayRule:
    """Return the rule for some days of the month that are one of some weekdays."""
    return lambda _: [(month_days, weekdays)]


def last_day() -> DayRule:
    """Return the rule for the last day of the month: `L`."""
    return lambda length: [(frozenset({length}), EVERY_WEEKDAY)]


def last_weekday(weekday: int) -> DayRule:
    """Return the rule for the month's last one of a weekday: `6L`."""
    return lambda length: [(frozenset(range(length - 6, length + 1)), frozenset({weekday}))]


def nth_weekday(weekday: int, number: int) -> DayRule:
    """Return the rule for the n-th one of a weekday: `2#1`."""
    week = frozenset(range(7 * (number - 1) + 1, min(7 * number, 31) + 1))
    return days(week, frozenset({weekday}))


def last_workday() -> DayRule:
    """Return the rule for the month's last day from Monday to Friday: `LW`."""
    return lambda length: [
        (frozenset({length}), _WORKDAYS),
        (frozenset({length - 1, length - 2}), _FRIDAY),
    ]


def nearest_workday(day: int) -> DayRule:
    """Return the rule for the day from Monday to Friday that is nearest to a day, in the same month: `15W`.

    The rule at the month's edges is that of Quartz, whose syntax this is: Saturday the 1st goes to Monday the 3rd.
    """

    def alternatives(length: int) -> Iterator[Alternative]:
        if day > length:
            return
        yield frozenset({day}), _WORKDAYS
        # On a Saturday the Friday before, on a Sunday the Monday after, unless that is another month.
        fridays = {day - 1} if day > 1 else set()
        mondays = {day + 1} if day < length else set()
        if day == 1:
            mondays.add(day + 2)
        if day == length:
            fridays.add(day - 2)
        if fridays:
            yield frozenset(fridays), _FRIDAY
        if mondays:
            yield frozenset(mondays), _MONDAY

    return alternatives


@dataclass(frozen=True)
class DatePattern:
    """Dates that one calendar of Temporal describes; an empty set of years means all of them."""

    month_days: Days
    weekdays: Days
    months: Days
    years: Days

    @property
    def exists(self) -> bool:
        """Whether there is such a day of the month in any of its months, which there is not for February 30."""
        has_leap_years = not self.years or bool(self.years & _LEAP_YEARS)
        return any(min(self.month_days) <= _length(month, is_leap=has_leap_years) for month in self.months)


def date_patterns(rule: DayRule, months: Days, years: Days | None) -> list[DatePattern]:
    """Return the dates of a rule in some months and years; none if there is no such day.

    Args:
        rule: The rule.
        months: The months.
        years: The years, of which there is one at least; None means all.
    """
    found: dict[Alternative, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for month in months:
        for is_leap in (False, True):
            for alternative in rule(_length(month, is_leap=is_leap)):
                found[alternative][is_leap].add(month)
    patterns = [
        DatePattern(month_days, weekdays, frozenset(months_found), years_found)
        for (month_days, weekdays), (in_common, in_leap) in found.items()
        for months_found, years_found in (
            (in_common & in_leap, years or frozenset()),
            (in_common - in_leap, _COMMON_YEARS & (years or _COMMON_YEARS)),
            (in_leap - in_common, _LEAP_YEARS & (years or _LEAP_YEARS)),
        )
        if months_found and (years_found or years is None)
    ]
    return [pattern for pattern in patterns if pattern.exists]


def _length(month: int, *, is_leap: bool) -> int:
    return _LENGTHS[month - 1] + (is_leap and month == _FEBRUARY)
