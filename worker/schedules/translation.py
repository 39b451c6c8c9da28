"""What an expression means in Temporal's terms."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio.client import ScheduleCalendarSpec


@dataclass(frozen=True)
class Interval:
    """Times at a constant distance.

    Attributes:
        every: The distance.
        begins_with_the_schedule: Whether the times are counted from the schedule's start; otherwise from 1970, so that
            `every 2h` means the even hours of UTC.
    """

    every: timedelta
    begins_with_the_schedule: bool


@dataclass(frozen=True)
class Translation:
    """The times of one expression, and what of it is not as a reader expects.

    Attributes:
        calendars: Times by calendar and clock.
        interval: Times at a constant distance.
        once: The one time, by the clock of the schedule's zone.
        notes: What differs, as sentences.
    """

    calendars: Sequence[ScheduleCalendarSpec] = ()
    interval: Interval | None = None
    once: datetime | None = None
    notes: Sequence[str] = field(default=())
