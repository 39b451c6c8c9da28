"""The rate of calls that AWS accepts, learned from its answers and refusals.

The request rates of the Pipelines operations are not published. Each throttling halves the rate (multiplicative
decrease). Afterwards the rate follows the curve of CUBIC, TCP's congestion control (RFC 9438): quickly back to just
below the refused rate, slowly past it, then faster and faster. The curve takes the same time at every rate, so that the
full speed is back within a minute, however long AWS throttled.
"""

import math
from typing import Final

LEAST_RATE: Final = 0.5
"""Calls per second that are made even while AWS refuses all of them, so that the end of the throttling is noticed."""

REGAINED_SECONDS: Final = 5.0
"""Seconds of answers after which the rate is the refused one again; after three times as long, five times that."""

RECOVERED_SECONDS: Final = 36.0
"""Seconds of answers after which the limit ends; the curve would be at a hundred times the refused rate."""

LONGEST_EVIDENCE_SECONDS: Final = 5.0
"""The longest time that one answer counts for: an idle minute is no evidence that AWS would accept a burst after it."""

WINDOW_SECONDS: Final = 5.0
SHORTEST_WINDOW_SECONDS: Final = 1.0


class AdaptiveRate:
    """Calls per second: the allowed rate until AWS throttles, then the rate that AWS accepts.

    All times are seconds of one monotonic clock.
    """

    def __init__(self, ceiling: float = math.inf) -> None:
        """Begin at the full speed.

        Args:
            ceiling: The allowed rate, in calls per second.
        """
        self.rate = ceiling
        """The present rate, in calls per second."""
        self._ceiling = ceiling
        self._least = min(LEAST_RATE, ceiling / 2)
        self._calls = _Meter()
        self._refused_rate = ceiling
        self._refused_at = -math.inf
        self._answered_until = -math.inf
        self._answered_seconds = 0.0

    @property
    def is_slowed(self) -> bool:
        """Whether the rate is limited after a throttling."""
        return self.rate < self._ceiling

    def called(self, now: float) -> None:
        """Count a call made now."""
        self._calls.count(now)

    def answered(self, now: float) -> None:
        """Record an answer: the rate may rise."""
        if not self.is_slowed:
            return
        self._answered_seconds += min(now - self._answered_until, LONGEST_EVIDENCE_SECONDS)
        self._answered_until = now
        self.rate = self._risen()

    def refused(self, called_at: float, now: float) -> bool:
        """Record a throttled call, and return whether the rate was halved.

        Calls that were made before the last halving are no news, so a burst of refusals counts once.
        """
        if called_at < self._refused_at:
            return False
        # Where fewer calls were made than allowed, half of the allowed rate would change nothing.
        demand = min(self.rate, self._calls.per_second(now))
        self._refused_rate = max(demand, 2 * self._least)
        self._refused_at = self._answered_until = now
        self._answered_seconds = 0.0
        self.rate = self._risen()
        return True

    def _risen(self) -> float:
        if self._answered_seconds >= RECOVERED_SECONDS:
            return self._ceiling
        distance = self._answered_seconds / REGAINED_SECONDS - 1
        return min(self._refused_rate * (1 + distance**3 / 2), self._ceiling)


class _Meter:
    """Events per second over a sliding window: the events of this window and a share of those of the window before."""

    def __init__(self) -> None:
        self._began = -math.inf
        self._before = 0
        self._since = 0

    def count(self, now: float) -> None:
        self._move_on(now)
        self._since += 1

    def per_second(self, now: float) -> float:
        self._move_on(now)
        elapsed = now - self._began
        if not self._before:
            return self._since / max(elapsed, SHORTEST_WINDOW_SECONDS)
        return (self._since + self._before * (1 - elapsed / WINDOW_SECONDS)) / WINDOW_SECONDS

    def _move_on(self, now: float) -> None:
        elapsed = now - self._began
        if elapsed < WINDOW_SECONDS:
            return
        just_ended = elapsed < 2 * WINDOW_SECONDS
        self._before = self._since if just_ended else 0
        self._began = self._began + WINDOW_SECONDS if just_ended else now
        self._since = 0
