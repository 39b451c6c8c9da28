"""Durations as people write them: `90s`, `10m`, `1h30m`, `2d`, `1w`."""

import re
from datetime import timedelta
from typing import Final

_SECONDS: Final = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WHOLE: Final = re.compile(r"(?:\d{1,9}[wdhms])+")
_PART: Final = re.compile(r"(\d+)([wdhms])")
MAX_DURATION: Final = timedelta(days=36525)
"""A hundred years; more would leave the years that Temporal's calendars have."""


def read_duration(text: str) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: The text is no duration, or the duration is longer than `MAX_DURATION`.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError("must be a duration in w, d, h, m and s, such as 90s, 10m, 1h30m or 2d")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds > MAX_DURATION.total_seconds():
        raise ValueError(f"must be at most {MAX_DURATION.days}d, a hundred years")
    return timedelta(seconds=seconds)


def duration_text(duration: timedelta) -> str:
    """Write a duration as `read_duration` reads it, in whole seconds."""
    left, parts = int(duration.total_seconds()), []
    for unit, seconds in _SECONDS.items():
        if unit != "w" and (number := left // seconds):
            parts.append(f"{number}{unit}")
            left -= number * seconds
    return "".join(parts) or "0s"
