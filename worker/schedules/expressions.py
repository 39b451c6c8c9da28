"""The expressions of a schedule: EventBridge's `cron(…)`, `rate(…)` and `at(…)`, Unix cron, `@daily`, `every 2h`."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import ScheduleCalendarSpec, ScheduleRange

from worker.schedules.cron import read_aws_cron, read_unix_cron
from worker.schedules.day_rules import FIRST_YEAR, LAST_YEAR
from worker.schedules.durations import MAX_DURATION, read_duration
from worker.schedules.translation import Interval, Translation

MAX_EXPRESSION_CHARS: Final = 256
"""EventBridge Scheduler's own limit (shape ScheduleExpression)."""

FORMS: Final = "cron(0 2 * * ? *), rate(6 hours), at(2026-12-24T18:00:00), Unix cron (0 2 * * 1-5), @daily, or every 2h"

_RATE: Final = re.compile(r"(\d{1,9})\s+(minute|hour|day)s?")
_RATE_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}

_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FUNCTION: Final = re.compile(r"(cron|rate|at)\s*\((.*)\)", re.IGNORECASE)
_EVERY: Final = re.compile(r"@?every\s+(\S+)", re.IGNORECASE)


def read_expression(text: str) -> Translation:
    """Translate an expression.

    Raises:
        ValueError: It cannot be read, or cannot be translated exactly; with the remedy.
    """
    expression = text.strip()
    if len(expression) > MAX_EXPRESSION_CHARS:
        raise ValueError(f"has {len(expression)} characters, at most {MAX_EXPRESSION_CHARS} are taken")
    if found := _FUNCTION.fullmatch(expression):
        inner = found[2].strip()
        reader: Callable[[str, str], Translation] = {"cron": read_aws_cron, "rate": _rate, "at": _at}[found[1].lower()]
        return reader(inner, expression)
    if found := _EVERY.fullmatch(expression):
        return Translation(interval=_interval(read_duration(found[1].lower()), begins_with_the_schedule=False))
    if expression.startswith("@"):
        return _nickname(expression)
    match len(expression.split()):
        case 5:
            return read_unix_cron(expression, expression)
        case 6:
            raise ValueError(f"six fields are EventBridge's, and stand in parentheses: cron({expression})")
    raise ValueError(f"cannot be read; write one of {FORMS}")


def _nickname(text: str) -> Translation:
    cron = _NICKNAMES.get(text.lower())
    if cron is None:
        raise ValueError(f"is none of {', '.join(_NICKNAMES)}")
    return read_unix_cron(cron, text)


def _rate(inner: str, _: str) -> Translation:
    found = _RATE.fullmatch(inner.lower())
    if found is None:
        raise ValueError("rate(…) takes a number and minutes, hours or days, such as rate(6 hours)")
    every = timedelta(seconds=int(found[1]) * _RATE_SECONDS[found[2]])
    return Translation(interval=_interval(every, begins_with_the_schedule=True))


def _interval(every: timedelta, *, begins_with_the_schedule: bool) -> Interval:
    if not timedelta(seconds=1) <= every <= MAX_DURATION:
        raise ValueError("must be at least one second, and at most a hundred years")
    return Interval(every, begins_with_the_schedule)


def _at(inner: str, comment: str) -> Translation:
    try:
        time = datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 — by the clock of the schedule's zone
    except ValueError:
        raise ValueError(
            "at(…) takes a date and a time, at(yyyy-mm-ddThh:mm:ss), without a zone: that is --time-zone (time_zone)"
        ) from None
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"at(…) takes the years {FIRST_YEAR} to {LAST_YEAR}, which Temporal's calendars have")

    def only(value: int) -> list[ScheduleRange]:
        return [ScheduleRange(value, value, 1)]

    calendar = ScheduleCalendarSpec(
        second=only(time.second),
        minute=only(time.minute),
        hour=only(time.hour),
        day_of_month=only(time.day),
        month=only(time.month),
        year=only(time.year),
        comment=comment,
    )
    return Translation(calendars=[calendar], once=time)
