"""The dates of EventBridge's cron expressions by brute force: each day is asked, and nothing is translated."""

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

from temporalio.client import ScheduleCalendarSpec, ScheduleRange

FIRST: Final = date(2020, 1, 1)
LAST: Final = date(2039, 12, 31)
"""Twenty years, five of which are leap years."""

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@cache
def all_days() -> Sequence[date]:
    """Each day of the twenty years."""
    return [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]


@cache
def values(text: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> set[int]:
    """The values of a field without L, W and #."""

    def number(word: str) -> int:
        return names.index(word) + lowest if word in names else int(word)

    found = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        first, _, last = body.partition("-")
        at = lowest if first == "*" else number(first)
        end = number(last) if last else (highest if first == "*" or step else at)
        steps = 0
        while True:
            if steps % int(step or 1) == 0:
                found.add(at)
            if at == end:
                break
            at, steps = (at + 1 if at < highest else lowest), steps + 1
    return found


@cache
def workdays(year: int, month: int) -> Sequence[int]:
    """The days from Monday to Friday of a month."""
    length = calendar.monthrange(year, month)[1]
    return [day for day in range(1, length + 1) if date(year, month, day).weekday() < 5]


def is_weekday(text: str, day: date) -> bool:
    """Whether a day-of-week field holds."""
    number = day.isoweekday() % 7 + 1
    if "#" in text:
        weekday, _, which = text.partition("#")
        return values(weekday, 1, 7, WEEKDAYS) == {number} and (day.day - 1) // 7 + 1 == int(which)
    if text == "L":
        return number == 7
    if text.endswith("L"):
        return values(text[:-1], 1, 7, WEEKDAYS) == {number} and (day + timedelta(days=7)).month != day.month
    return number in values(text, 1, 7, WEEKDAYS)


def is_month_day(text: str, day: date) -> bool:
    """Whether a day-of-month field holds."""
    if text == "L":
        return (day + timedelta(days=1)).day == 1
    if text == "LW":
        return day.day == workdays(day.year, day.month)[-1]
    if text.endswith("W"):
        wanted = int(text[:-1])
        if wanted > calendar.monthrange(day.year, day.month)[1]:
            return False
        return day.day == min(workdays(day.year, day.month), key=lambda each: abs(each - wanted))
    return day.day in values(text, 1, 31)


def dates_of(expression: str) -> Iterator[date]:
    """The dates of `cron(…)`."""
    _, _, month_day, month, weekday, year = expression.removeprefix("cron(").removesuffix(")").split()
    months = values(month, 1, 12, MONTHS)
    years = None if year == "*" else values(year, 1970, 2199)
    for day in all_days():
        if day.month not in months or (years is not None and day.year not in years):
            continue
        if is_weekday(weekday, day) if month_day == "?" else is_month_day(month_day, day):
            yield day


def numbers(ranges: Sequence[ScheduleRange]) -> set[int]:
    """The values of Temporal's ranges."""
    return {n for each in ranges for n in range(each.start, max(each.start, each.end) + 1, each.step or 1)}


def calendar_dates(calendars: Sequence[ScheduleCalendarSpec]) -> Iterator[date]:
    """The dates of Temporal's calendars, as its documentation defines them: all fields must hold."""
    read = [
        tuple(numbers(field) for field in (each.day_of_month, each.month, each.day_of_week, each.year))
        for each in calendars
    ]
    for day in all_days():
        weekday = day.isoweekday() % 7
        if any(
            day.day in days and day.month in months and weekday in weekdays and (not years or day.year in years)
            for days, months, weekdays, years in read
        ):
            yield day
