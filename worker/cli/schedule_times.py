"""Times that options of `schedule` give."""

from datetime import datetime

from worker.cli.outcome import CommandError


def time_option(text: str, option: str) -> datetime:
    """Read a time of an option, with a zone or without; a date is its midnight.

    Raises:
        CommandError: It is none.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{option} '{text[:40]}' must be a time, such as 2026-07-04T02:00:00 in the schedule's zone, or with Z."
        ) from None
