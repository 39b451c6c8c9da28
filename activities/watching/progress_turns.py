"""When a change of a job's secondary status or counters is returned: soon at first, then ever more rarely."""

from typing import Final

LEAST_PAUSE_SECONDS: Final = 5.0

PART_OF_THE_AGE: Final = 0.05
"""Each return costs the history about six events: with pauses that grow with the job's age, a job of days has a few
hundred of them at the most."""


class ProgressTurns:
    """What was returned of a job's progress, and when another change may be returned. Times are in seconds.

    Attributes:
        seen: Mark of the progress that is no news; None before the first.
    """

    __slots__ = ("_not_before", "seen")

    def __init__(self, seen: str | None, age: float, now: float) -> None:
        """Begin with what was returned before.

        Args:
            seen: Mark of the progress that was returned, if any was; that was just now.
            age: How old the job is.
            now: The time on the event loop's clock.
        """
        self.seen = seen
        self._not_before = now if seen is None else now + max(LEAST_PAUSE_SECONDS, PART_OF_THE_AGE * age)

    def is_news(self, mark: str | None, now: float) -> bool:
        """Return whether progress with this mark is to be returned now."""
        return mark is not None and mark != self.seen and now >= self._not_before
