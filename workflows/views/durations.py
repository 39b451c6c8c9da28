"""Durations as people read them."""

from datetime import datetime


def duration_text(start: datetime, end: datetime) -> str:
    """Write the time between two instants, such as `1:02:03` or `0:42`; a clock that went back counts as none."""
    seconds = max(0, int((end - start).total_seconds()))
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
