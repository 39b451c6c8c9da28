"""Whether the list of a group may be read, after what AWS answered."""

from activities.watching.pace import LONGEST_PAUSE_SECONDS, REFUSED_FOR_SECONDS, jittered, slowed_down


class ListAvailability:
    """The backoff of one group. Times are those of the event loop's clock, in seconds.

    Attributes:
        deferred_until: No poll of the group begins before: AWS throttles, or cannot be reached.
        refused_until: Until then executions are described instead of listed.
    """

    def __init__(self, least_seconds: float = 0.0) -> None:
        """Begin with a list that may be read.

        Args:
            least_seconds: How long the next list must wait after one.
        """
        self.deferred_until = 0.0
        self.refused_until = 0.0
        self._deferrals = 0
        self._least_seconds = least_seconds
        self._not_before = 0.0

    def begins(self, now: float) -> None:
        """Record that the list is read."""
        self._not_before = now + self._least_seconds

    def may_be_read(self, now: float) -> bool:
        """Return whether the list may be read now."""
        return now >= max(self.refused_until, self._not_before)

    def is_due_after(self, now: float) -> float | None:
        """Return when a list may be read that only has to wait a little; None if it may be read, or was refused."""
        return self._not_before if self.refused_until <= now < self._not_before else None

    def answered(self) -> None:
        """Record that AWS answered the list."""
        self.refused_until, self._deferrals = 0.0, 0

    def defer(self, now: float, interval: float) -> bool:
        """Defer all polls, beginning with the shortest interval; return whether the list was answered before."""
        self.deferred_until = now + jittered(slowed_down(interval, self._deferrals, LONGEST_PAUSE_SECONDS))
        self._deferrals += 1
        return self._deferrals == 1

    def refuse(self, now: float) -> bool:
        """Read no list for a while after AWS refused it; return whether the list was answered before."""
        is_first = not self.refused_until
        self.refused_until = now + REFUSED_FOR_SECONDS
        return is_first
