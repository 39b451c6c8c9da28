"""What a person can correct about a schedule."""


class ScheduleError(Exception):
    """A schedule cannot be applied, read or repeated; the text has the reason and the remedy."""
