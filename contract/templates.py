"""Templates in texts: `{scheduled_time}`, `{scheduled_time-1d@Europe/Berlin:%Y-%m-%d}`, `{schedule}`.

They are rendered in workflow code, which is replayed: from the nominal time of the schedule and never from a clock,
with a table of codes instead of the C library's, and without a locale. The grammar of one template:

    { scheduled_time [offset …] [@Zone] [:format] }      offset: + or -, a number, and one of s m h d w; at most 8
    { schedule }                                         {{ and }} stand for a brace

Workflow code runs on the event loop of all runs, so what one input may have rendered is bounded.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from contract.time_zones import time_zone

DEFAULT_ZONE: Final = "UTC"
MAX_RENDERED_BYTES: Final = 1024 * 1024
"""Of all rendered texts of an input, as much as a job's request may have."""
MAX_TEMPLATES: Final = 2000
"""Of all texts of an input."""

_BRACES: Final = re.compile(r"(?P<doubled>(?:\{\{|\}\})++)|\{(?P<template>[^{}]*)\}|[{}]")
_OFFSETS: Final = re.compile(r"(?:[+-][0-9]{1,6}[smhdw]){0,8}")
_OFFSET: Final = re.compile(r"([+-][0-9]+)([smhdw])")
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_OF_THE_CALENDAR: Final = frozenset("dw")

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day_of_year(time: datetime) -> int:
    return time.timetuple().tm_yday


_CODES: Final[Mapping[str, Callable[[datetime], str]]] = {
    "Y": lambda time: f"{time.year:04}",
    "y": lambda time: f"{time.year % 100:02}",
    "m": lambda time: f"{time.month:02}",
    "d": lambda time: f"{time.day:02}",
    "H": lambda time: f"{time.hour:02}",
    "M": lambda time: f"{time.minute:02}",
    "S": lambda time: f"{time.second:02}",
    "j": lambda time: f"{_day_of_year(time):03}",
    # Weeks begin on Sundays, and the days before the first Sunday are in week 0.
    "U": lambda time: f"{(_day_of_year(time) + 6 - time.isoweekday() % 7) // 7:02}",
    "V": lambda time: f"{time.isocalendar().week:02}",
    "u": lambda time: f"{time.isoweekday()}",
    "a": lambda time: _DAYS[time.weekday()],
    "b": lambda time: _MONTHS[time.month - 1],
    "z": lambda time: time.isoformat()[-6:].replace(":", ""),
    "s": lambda time: f"{int(time.timestamp())}",
}
"""What `strftime` writes for each code, in the C locale."""

_UNKNOWN_CODE: Final = re.compile(rf"%(?![{''.join(_CODES)}])(.|$)", re.DOTALL)


class ScheduledStart(BaseModel):
    """Which start of which schedule a run is; both unknown for a run that no schedule started."""

    model_config = ConfigDict(frozen=True)

    time: datetime | None = None
    """The nominal time, which is neither that of the start nor that with the jitter."""
    schedule: str | None = None


class TooMuchTextError(ValueError):
    """An input has more templates, or more text when they are filled in, than the event loop should be held up for."""


@dataclass
class Allowance:
    """How much of an input may still be rendered.

    Attributes:
        templates: How many templates.
        size: How many bytes of rendered text.
    """

    templates: int = MAX_TEMPLATES
    size: int = MAX_RENDERED_BYTES

    def take_template(self) -> None:
        """Count a template.

        Raises:
            TooMuchTextError: It is one too many.
        """
        self.templates -= 1
        if self.templates < 0:
            raise TooMuchTextError(
                f"the input has more than {MAX_TEMPLATES} templates; render large texts elsewhere, and pass them by S3 "
                "address"
            )

    def check(self, size: int) -> None:
        """Compare a size with what is left.

        Raises:
            TooMuchTextError: It is greater.
        """
        if size > self.size:
            raise TooMuchTextError(
                f"with its templates filled in, the input has more than {MAX_RENDERED_BYTES} bytes of text; pass large "
                "data by S3 address"
            )

    def take_text(self, text: str) -> None:
        """Count a rendered text.

        Raises:
            TooMuchTextError: It does not fit any more.
        """
        self.take_bytes(len(text.encode(errors="surrogatepass")))

    def take_bytes(self, size: int) -> None:
        """Count a rendered text of this size.

        Raises:
            TooMuchTextError: It does not fit any more.
        """
        self.check(size)
        self.size -= size


def render(text: str, start: ScheduledStart, zone: str = DEFAULT_ZONE, allowance: Allowance | None = None) -> str:
    """Return a text with its templates filled in.

    Args:
        text: The text.
        start: What the templates stand for.
        zone: The zone of templates that name none.
        allowance: What the text and its templates are counted against; one of their own by default.

    Raises:
        TooMuchTextError: The allowance is used up.
        ValueError: A template is unknown or cannot be filled in; with the remedy, and without quoting the text, which
            may be a secret.
    """
    allowance = allowance or Allowance()
    filled_chars = 0

    def replacement(found: re.Match[str]) -> str:
        nonlocal filled_chars
        if found["doubled"]:
            return found["doubled"][::2]
        if found["template"] is None:
            raise ValueError(
                f"the brace at character {found.start() + 1} belongs to no template; a brace itself is written twice, "
                "{{ or }}"
            )
        allowance.take_template()
        filled = _fill(found["template"], found.start() + 1, start, zone)
        filled_chars += len(filled)
        allowance.check(filled_chars)  # Before the whole text stands in memory: a template of ten characters grows.
        return filled

    rendered = _BRACES.sub(replacement, text)
    allowance.take_text(rendered)
    return rendered


def _fill(template: str, position: int, start: ScheduledStart, zone: str) -> str:
    head, has_format, pattern = template.partition(":")
    head, has_zone, named_zone = head.partition("@")
    name = _NAME.match(head)
    match name and name[0]:
        case "schedule":
            if head != "schedule" or has_format or has_zone:
                raise ValueError("{schedule} takes no offset, zone or format; write {schedule}")
            return _schedule(start)
        case "scheduled_time":
            time = _shifted(_time(start), head.removeprefix("scheduled_time"), named_zone if has_zone else zone)
            return _formatted(time, pattern) if has_format else _rfc3339(time)
    raise ValueError(
        f"the template at character {position} is unknown; there are {{scheduled_time}} and {{schedule}}, and a brace "
        "itself is written twice, {{ or }}"
    )


def _schedule(start: ScheduledStart) -> str:
    if start.schedule is None:
        raise ValueError("{schedule} has no value, for no schedule started this run; write the schedule's name instead")
    return start.schedule


def _time(start: ScheduledStart) -> datetime:
    if start.time is None:
        raise ValueError(
            "{scheduled_time} has no value, for no schedule started this run; give `scheduled_time` in the input, such "
            'as "2026-07-04T02:00:00Z"'
        )
    return start.time


def _shifted(time: datetime, offsets: str, zone: str) -> datetime:
    """Move a time, and put it into a zone. A day is one of the zone's calendar, which has 23 to 25 hours."""
    if not _OFFSETS.fullmatch(offsets):
        raise ValueError(
            "{scheduled_time…} has an offset that cannot be read; write a sign, a number and one of s m h d w, such as "
            "{scheduled_time-1d}; at most 8 offsets in one template"
        )
    try:
        local = time.astimezone(time_zone(zone))
    except ValueError as error:
        raise ValueError(f"the part behind @ in {{scheduled_time@…}} {error}") from None
    try:
        for amount, unit in _OFFSET.findall(offsets):
            delta = timedelta(**{_UNITS[unit]: int(amount)})
            # Arithmetic within a zone is that of its clock on the wall; in UTC it is that of elapsed time.
            moved = local + delta if unit in _OF_THE_CALENDAR else local.astimezone(UTC) + delta
            local = moved.astimezone(UTC).astimezone(local.tzinfo)
    except OverflowError:
        raise ValueError("{scheduled_time…} has an offset that leaves the years 1 to 9999") from None
    return local


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _formatted(time: datetime, pattern: str) -> str:
    """Write a time. Each code is computed once and not each time that it occurs: two megabytes have a million codes."""
    if "%" not in pattern:
        raise ValueError("the format of {scheduled_time:…} has no code; write one, such as {scheduled_time:%Y-%m-%d}")
    if unknown := _UNKNOWN_CODE.search(pattern):
        raise ValueError(
            f"the format of {{scheduled_time:…}} has %{unknown[1] if unknown[1].isalnum() else ''}, which is unknown; "
            f"there are {' '.join(f'%{code}' for code in _CODES)}"
        )
    # None of the values has a percent sign, which would make another code.
    for code, write in _CODES.items():
        if f"%{code}" in pattern:
            pattern = pattern.replace(f"%{code}", write(time))
    return pattern
