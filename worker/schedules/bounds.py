"""Times between which a schedule or a backfill has its starts."""

from datetime import datetime

from worker.schedules.day_rules import FIRST_YEAR, LAST_YEAR


def read_bound(text: str) -> datetime:
    """Read a time, with a zone or without; a date is its midnight.

    Raises:
        ValueError: The text is no time, or its year is none of those that a schedule has.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time, such as 2026-07-04T02:00:00 in the schedule's zone, or with Z") from None
    return in_bounds(time)


def in_bounds(time: datetime) -> datetime:
    """Return a time as it is, if a schedule can have it.

    Raises:
        ValueError: It is outside the years of Temporal's calendars. The first and the last day that Python knows could
            not be converted into each zone either.
    """
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"must be a time of the years {FIRST_YEAR} to {LAST_YEAR}, which Temporal's calendars have")
    return time
