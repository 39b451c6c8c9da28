"""Times and durations as people read them.

Not by `strftime`, which imports a module at each call: in Temporal's sandbox an import costs as much as a line of text.
"""

from datetime import UTC, datetime


def date_text(at: datetime) -> str:
    """Write an instant, such as `2026-11-21 10:02:03 UTC`."""
    return f"{at.astimezone(UTC).isoformat(' ')[:19]} UTC"


def clock_text(at: datetime) -> str:
    """Write the time of day of an instant in UTC, such as `10:02:03`."""
    return at.astimezone(UTC).isoformat()[11:19]


def duration_text(start: datetime, end: datetime) -> str:
    """Write the time between two instants, such as `1:02:03` or `0:42`; a clock that went back counts as none."""
    seconds = max(0, int((end - start).total_seconds()))
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
