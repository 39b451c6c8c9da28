"""Times that options of `schedule` give."""

from datetime import datetime

from worker.cli.outcome import CommandError
from worker.schedules.bounds import read_bound


def time_option(text: str, option: str) -> datetime:
    """Read a time of an option, with a zone or without; a date is its midnight.

    Raises:
        CommandError: The text is no time, or one that no schedule has.
    """
    try:
        return read_bound(text)
    except ValueError as error:
        raise CommandError(f"{option} '{text[:40]}' {error}.") from None
