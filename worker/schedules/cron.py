"""`cron(…)` of EventBridge and the five fields of Unix cron, translated into Temporal's structured calendars.

Neither text is ever handed to Temporal, which has cron strings of its own: it counts weekdays from 0, so that
EventBridge's `2` (Monday) would be Tuesday, and it wants both of the two day fields to hold, where Unix wants one.

Sources: Amazon EventBridge Scheduler User Guide, "Schedule types"; crontab(5).
"""

import re
from typing import Final

from temporalio.client import ScheduleCalendarSpec

from worker.schedules.cron_fields import CronField, month_field, ranges, weekday_names
from worker.schedules.day_rules import (
    EVERY_WEEKDAY,
    FIRST_YEAR,
    LAST_YEAR,
    DayRule,
    date_patterns,
    days,
    last_day,
    last_weekday,
    last_workday,
    nearest_workday,
    nth_weekday,
)
from worker.schedules.translation import Translation

_MINUTE: Final = CronField("minutes", 0, 59)
_HOUR: Final = CronField("hours", 0, 23)
_DAY: Final = CronField("day-of-month", 1, 31)
_MONTH: Final = month_field()
_WEEKDAY: Final = CronField("day-of-week", 1, 7, weekday_names(1))
_YEAR: Final = CronField("year", 1970, 2199)

_UNIX: Final = (
    CronField("minute", 0, 59, is_step_from_one_value=False),
    CronField("hour", 0, 23, is_step_from_one_value=False),
    CronField("day of month", 1, 31, is_step_from_one_value=False),
    month_field(is_step_from_one_value=False),
    CronField("day of week", 0, 7, weekday_names(0), is_step_from_one_value=False),
)

_EVERY_DAY: Final = frozenset(range(1, 32))
_SPECIAL_IN_A_LIST: Final = "cannot stand in a list; give --when (or when) once for each"
_MAX_NTH: Final = 5


def read_aws_cron(inner: str, comment: str) -> Translation:
    """Translate what stands in the parentheses of `cron(…)`.

    Args:
        inner: Minutes, hours, day-of-month, month, day-of-week, year.
        comment: What the calendars carry as their comment.

    Raises:
        ValueError: Naming the field, and what is wrong with it.
    """
    fields = inner.split()
    if len(fields) != 6:  # noqa: PLR2004 — the fields of EventBridge
        raise ValueError(
            f"cron(…) has {len(fields)} fields, it must have 6: minutes hours day-of-month month day-of-week year; "
            "five fields of Unix cron stand without cron( )"
        )
    minutes, hours, day, month, weekday, year = fields
    notes: list[str] = []
    if (day == "?") == (weekday == "?"):
        raise ValueError(
            "exactly one of day-of-month and day-of-week must be '?': write a day in one of them, and '?' in the other"
        )
    rule = _weekday_rule(weekday.upper(), notes) if day == "?" else _day_rule(day.upper(), notes)
    years = None if year == "*" else _years(_YEAR.read(year), notes)
    times = (_MINUTE.read(minutes), _HOUR.read(hours))
    return Translation(calendars=_calendars(times, rule, _MONTH.read(month), years, comment), notes=notes)


def read_unix_cron(text: str, comment: str) -> Translation:
    """Translate minute, hour, day of month, month and day of week.

    Raises:
        ValueError: Naming the field, and what is wrong with it.
    """
    fields = text.split()
    if special := re.search(r"[?#]|\dL|\bL\b|W\b", text.upper().replace("WED", "")):
        raise ValueError(
            f"Unix cron has no '{special[0]}'; write EventBridge's form, cron(minutes hours day-of-month month "
            "day-of-week year)"
        )
    if fields[2] != "*" and fields[4] != "*":
        raise ValueError(
            "day of month and day of week are both set, and Unix cron runs where either holds; give --when (or when) "
            "twice, each with '*' in one of the two"
        )
    minutes, hours, month_days, months, weekdays = (
        field.read(given) for field, given in zip(_UNIX, fields, strict=True)
    )
    rule = days(month_days, frozenset(day % 7 for day in weekdays))
    return Translation(calendars=_calendars((minutes, hours), rule, months, None, comment))


def _calendars(
    times: tuple[frozenset[int], frozenset[int]],
    rule: DayRule,
    months: frozenset[int],
    years: frozenset[int] | None,
    comment: str,
) -> list[ScheduleCalendarSpec]:
    patterns = date_patterns(rule, months, years)
    if not patterns:
        raise ValueError("never happens: there is no such day in these months and years")
    minutes, hours = (ranges(values) for values in times)
    return [
        ScheduleCalendarSpec(
            minute=minutes,
            hour=hours,
            day_of_month=ranges(pattern.month_days),
            month=ranges(pattern.months),
            year=ranges(pattern.years),
            day_of_week=ranges(pattern.weekdays),
            comment=comment,
        )
        for pattern in patterns
    ]


def _years(years: frozenset[int], notes: list[str]) -> frozenset[int]:
    known = years & frozenset(range(FIRST_YEAR, LAST_YEAR + 1))
    if not known:
        raise ValueError(f"year must be {FIRST_YEAR} to {LAST_YEAR}, which Temporal's calendars have")
    if max(years) > LAST_YEAR:
        notes.append(f"Temporal's calendars end with the year {LAST_YEAR}: there are no runs after it.")
    return known


def _day_rule(text: str, notes: list[str]) -> DayRule:
    if "," in text and re.search("[LW]", text):
        raise ValueError(f"day-of-month has '{text[:20]}': L and W {_SPECIAL_IN_A_LIST}")
    if text == "L":
        return last_day()
    if text == "LW":
        return last_workday()
    if found := re.fullmatch(r"(\w+)W", text):
        day = _DAY.value(found[1])
        notes.append(
            f"{text} stays in its month, as in Quartz: Saturday the 1st goes to Monday the 3rd; a month without a day "
            f"{day} has no run. AWS does not document its own rule."
        )
        return nearest_workday(day)
    return days(_DAY.read(text))


def _weekday_rule(text: str, notes: list[str]) -> DayRule:
    is_special = "#" in text or re.search(r"L\b", text)
    if "," in text and is_special:
        raise ValueError(f"day-of-week has '{text[:20]}': L and # {_SPECIAL_IN_A_LIST}")
    if text == "L":
        notes.append("L in day-of-week is Saturday, the week's last day; for a month's last Friday write 6L.")
        return days(_EVERY_DAY, frozenset({6}))
    if found := re.fullmatch(r"(\w+)#(\w+)", text):
        number = int(found[2]) if found[2].isascii() and found[2].isdigit() else 0
        if not 1 <= number <= _MAX_NTH:
            raise ValueError(f"day-of-week has '{text[:20]}': the number behind # must be 1 to {_MAX_NTH}")
        return nth_weekday(_WEEKDAY.value(found[1]) - 1, number)
    if found := re.fullmatch(r"(\w+)L", text):
        return last_weekday(_WEEKDAY.value(found[1]) - 1)
    weekdays = frozenset(day - 1 for day in _WEEKDAY.read(text))
    return days(_EVERY_DAY, weekdays & EVERY_WEEKDAY)
