"""Expressions of EventBridge and Unix cron, translated into Temporal's calendars."""

import re
from datetime import datetime, timedelta

import pytest

from tests.unit.worker import cron_oracle
from worker.schedules.expressions import read_expression
from worker.schedules.translation import Interval, Translation

CRON = [
    # The examples of EventBridge's user guides.
    *("cron(0 10 * * ? *)", "cron(15 12 * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(0 8 1 * ? *)"),
    *("cron(0/15 * * * ? *)", "cron(0/10 * ? * MON-FRI *)", "cron(0/5 8-17 ? * MON-FRI *)"),
    *("cron(0/30 20-2 ? * MON-FRI *)", "cron(0 10 ? * 6L 2022-2023)", "cron(15 10 ? * 6L 2022-2033)"),
    # Numbers, names, lists, ranges and steps in each field.
    *("cron(5,35 * * * ? *)", "cron(1-59/7 * * * ? *)", "cron(* 0-23/4 * * ? *)", "cron(*/20 */6 * * ? *)"),
    *("cron(0 0 1,15 * ? *)", "cron(0 0 10-20 * ? *)", "cron(0 0 1/5 * ? *)", "cron(0 0 2-30/7 * ? *)"),
    *("cron(0 0 31 * ? *)", "cron(0 0 30 * ? *)", "cron(0 0 29 2 ? *)", "cron(0 0 29,30,31 2 ? *)"),
    *("cron(0 0 1 1,4,7,10 ? *)", "cron(0 0 1 JAN,JUN ? *)", "cron(0 0 1 MAR-MAY ? *)", "cron(0 0 1 2/3 ? *)"),
    *("cron(0 0 ? * 1 *)", "cron(0 0 ? * 2 *)", "cron(0 0 ? * 7 *)", "cron(0 0 ? * SUN,SAT *)", "cron(0 0 ? * 2-6 *)"),
    *("cron(0 0 ? * 2/2 *)", "cron(0 0 ? * * *)", "cron(0 0 1 * ? 2024)", "cron(0 0 1 * ? 2022-2030/2)"),
    *("cron(0 0 1 * ? 2021,2023,2028)", "cron(0 0 1 * ? 1970-2199)", "cron(0 0 1 * ? 2020/4)"),
    # Ranges that wrap.
    *("cron(50-10 * * * ? *)", "cron(0 22-4/3 * * ? *)", "cron(0 0 28-3 * ? *)", "cron(0 0 1 NOV-FEB ? *)"),
    *("cron(0 0 ? * FRI-MON *)", "cron(0 0 ? * 6-2 *)", "cron(0 0 ? * 7-1,4 *)"),
    # The n-th of a weekday, and a month's last one.
    *("cron(0 0 ? * 2#1 *)", "cron(0 0 ? * FRI#2 *)", "cron(0 0 ? * 1#3 *)", "cron(0 0 ? * 7#4 *)"),
    *("cron(0 0 ? * 3#5 *)", "cron(0 0 ? 2 3#5 *)", "cron(0 0 ? 2 SUN#5 2032)"),
    *(
        "cron(0 0 ? * 1L *)",
        "cron(0 0 ? * 6L *)",
        "cron(0 0 ? * SATL *)",
        "cron(0 0 ? 2 2L *)",
        "cron(0 0 ? 2,4,5 4L *)",
    ),
    "cron(0 0 ? * L *)",
    # The last day, the nearest workday, the last workday.
    *("cron(0 0 L * ? *)", "cron(0 0 L 2 ? *)", "cron(0 0 L 1-6 ? 2023-2028)", "cron(0 0 L FEB ? 2024)"),
    *("cron(0 0 1W * ? *)", "cron(0 0 2W * ? *)", "cron(0 0 15W * ? *)", "cron(0 0 27W * ? *)", "cron(0 0 28W * ? *)"),
    *("cron(0 0 29W * ? *)", "cron(0 0 30W * ? *)", "cron(0 0 31W * ? *)", "cron(0 0 28W 2 ? 2025-2027)"),
    *("cron(0 0 LW * ? *)", "cron(0 0 LW 2 ? *)", "cron(0 0 LW 12 ? 2029/3)", "cron(59 23 LW 3-10 ? *)"),
]


def test_there_are_so_many_translations() -> None:
    """Each is another one."""
    assert len(set(CRON)) == len(CRON) >= 75


def assert_exact(expression: str) -> None:
    """The calendars have exactly the expression's dates of twenty years, and its times of the day."""
    calendars = read_expression(expression).calendars
    assert list(cron_oracle.calendar_dates(calendars)) == list(cron_oracle.dates_of(expression))
    minutes, hours = expression.removeprefix("cron(").split()[:2]
    wanted = (cron_oracle.values(minutes, 0, 59), cron_oracle.values(hours, 0, 23), {0})
    for each in calendars:
        assert tuple(cron_oracle.numbers(field) for field in (each.minute, each.hour, each.second)) == wanted
        assert each.comment == expression


@pytest.mark.parametrize("expression", CRON)
def test_translates_exactly(expression: str) -> None:
    """Against a brute force that asks each day of twenty years."""
    assert_exact(expression)


@pytest.mark.parametrize(
    ("unix", "aws"),
    [
        ("0 2 * * *", "cron(0 2 * * ? *)"),
        ("*/15 9-17 * * 1-5", "cron(*/15 9-17 ? * 2-6 *)"),
        ("0 0 * * 0", "cron(0 0 ? * 1 *)"),
        ("0 0 * * 7", "cron(0 0 ? * 1 *)"),
        ("0 0 * * 5-7", "cron(0 0 ? * FRI-SUN *)"),
        ("0 0 * * fri-mon", "cron(0 0 ? * FRI-MON *)"),
        ("30 6 1,15 */3 *", "cron(30 6 1,15 1,4,7,10 ? *)"),
        ("0 12 * jul wed", "cron(0 12 ? JUL WED *)"),
        ("@yearly", "cron(0 0 1 1 ? *)"),
        ("@annually", "cron(0 0 1 1 ? *)"),
        ("@monthly", "cron(0 0 1 * ? *)"),
        ("@weekly", "cron(0 0 ? * 1 *)"),
        ("@daily", "cron(0 0 * * ? *)"),
        ("@midnight", "cron(0 0 * * ? *)"),
        ("@Hourly", "cron(0 * * * ? *)"),
    ],
)
def test_unix_cron_and_its_nicknames(unix: str, aws: str) -> None:
    """As the EventBridge expression with that meaning, and with a comment of their own."""

    def without_comment(translation: Translation) -> str:
        return re.sub("comment='[^']*'", "", repr(translation.calendars))

    assert without_comment(read_expression(unix)) == without_comment(read_expression(aws))
    assert {each.comment for each in read_expression(unix).calendars} == {unix}


@pytest.mark.parametrize(
    ("expression", "seconds", "begins_with_the_schedule"),
    [
        ("rate(1 minute)", 60, True),
        ("rate(5 minutes)", 300, True),
        ("rate( 1 hour )", 3600, True),
        ("Rate(7 days)", 604800, True),
        ("every 2h", 7200, False),
        ("@every 1h30m", 5400, False),
        ("every 1w", 604800, False),
    ],
)
def test_intervals(expression: str, seconds: int, begins_with_the_schedule: bool) -> None:  # noqa: FBT001 — a case
    """A rate is counted from the schedule's start, `every` from midnight UTC."""
    interval = Interval(timedelta(seconds=seconds), begins_with_the_schedule)
    assert read_expression(expression) == Translation(interval=interval)


def test_a_single_time() -> None:
    """One calendar with a second and a year."""
    translation = read_expression("at(2026-12-24T18:05:09)")
    assert translation.once == datetime(2026, 12, 24, 18, 5, 9)  # noqa: DTZ001 — the zone is the schedule's
    (found,) = translation.calendars
    fields = (found.year, found.month, found.day_of_month, found.hour, found.minute, found.second)
    assert [sorted(cron_oracle.numbers(field)) for field in fields] == [[2026], [12], [24], [18], [5], [9]]


@pytest.mark.parametrize(
    ("expression", "note"),
    [
        ("cron(0 0 15W * ? *)", "as in Quartz"),
        ("cron(0 0 31W * ? *)", "a month without a day 31 has no run"),
        ("cron(0 0 ? * L *)", "Saturday"),
        ("cron(0 0 1 * ? 2090-2150)", "end with the year 2100"),
    ],
)
def test_what_a_reader_may_not_expect_is_noted(expression: str, note: str) -> None:
    """One sentence for each."""
    (found,) = read_expression(expression).notes
    assert note in found


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "cannot be read; write one of cron(0 2 * * ? *)"),
        ("tomorrow", "cannot be read"),
        ("0 8 * * 2 *", "stand in parentheses: cron(0 8 * * 2 *)"),
        ("cron(0 8 * * 2)", "cron(…) has 5 fields, it must have 6"),
        ("cron(0 8 * * 2 *)", "exactly one of day-of-month and day-of-week must be '?'"),
        ("cron(0 8 ? * ? *)", "exactly one of day-of-month and day-of-week must be '?'"),
        ("cron(60 8 * * ? *)", "minutes has '60', it must be 0 to 59"),
        ("cron(0 24 * * ? *)", "hours has '24', it must be 0 to 23"),
        ("cron(0 8 0 * ? *)", "day-of-month has '0', it must be 1 to 31"),
        ("cron(0 8 * 13 ? *)", "month has '13', it must be 1 to 12, or JAN-DEC"),
        ("cron(0 8 ? * 8 *)", "day-of-week has '8', it must be 1 to 7, or SUN-SAT"),
        ("cron(0 8 ? * MONDAY *)", "day-of-week has 'MONDAY'"),
        ("cron(0 8 * * ? 1969)", "year has '1969', it must be 1970 to 2199"),
        ("cron(0 8 * * ? 1999)", "year must be 2000 to 2100"),
        ("cron(0 8 * * ? 2150)", "year must be 2000 to 2100"),
        ("cron(0/0 8 * * ? *)", "minutes has a step of 0, which must be 1 to 60"),
        ("cron(0/90 8 * * ? *)", "for longer intervals write rate(…)"),
        ("cron(0 8 1,L * ? *)", "L and W cannot stand in a list"),
        ("cron(0 8 ? * 2#1,3#2 *)", "L and # cannot stand in a list"),
        ("cron(0 8 ? * 2#6 *)", "the number behind # must be 1 to 5"),
        ("cron(0 8 L-3 * ? *)", "day-of-month has 'L'"),
        ("cron(0 8 32W * ? *)", "day-of-month has '32'"),
        ("cron(0 8 1-5W * ? *)", "day-of-month has '5W'"),
        ("cron(0 *-5 * * ? *)", "a range needs a number before the '-'"),
        ("cron(0 8 30 2 ? *)", "never happens"),
        ("cron(0 8 29 2 ? 2023)", "never happens"),
        ("cron(0 8 31W 4,6 ? *)", "never happens"),
        ("0 10 1 * 1", "Unix cron runs where either holds"),
        ("0 10 ? * 1", "Unix cron has no '?'"),
        ("0 10 L * *", "Unix cron has no 'L'"),
        ("0 10 * * 5L", "Unix cron has no '5L'"),
        ("0 10 15W * *", "Unix cron has no 'W'"),
        ("5/15 * * * *", "write the range, 5-59/…"),
        ("61 * * * *", "minute has '61', it must be 0 to 59"),
        ("@reboot", "is none of @yearly"),
        ("rate(0 minutes)", "at least one second"),
        ("rate(5 seconds)", "rate(…) takes a number and minutes, hours or days"),
        ("rate(1.5 hours)", "rate(…) takes a number and minutes, hours or days"),
        ("every 2 hours", "cannot be read"),
        ("every day", "must be a duration"),
        ("at(2026-12-24)", "at(…) takes a date and a time"),
        ("at(2026-12-24T18:00:00Z)", "without a zone"),
        ("at(1999-12-24T18:00:00)", "at(…) takes the years 2000 to 2100"),
        ("x" * 257, "has 257 characters, at most 256 are taken"),
    ],
)
def test_what_is_not_exact_is_refused(expression: str, why: str) -> None:
    """With the field and the remedy."""
    with pytest.raises(ValueError, match=re.escape(why)):
        read_expression(expression)
