"""How many calls per second AWS puts up with, learned from its answers and refusals.

Nobody has published the request rates of the Pipelines calls, so there is no telling them in advance. Each throttling
halves the rate (multiplicative decrease); afterwards it follows the curve of CUBIC, TCP's congestion control (RFC
9438), whose shape here does not depend on the rate: quickly back to just below what was refused, slowly past it, then
faster and faster, so that the full speed is back within a minute however long a storm has lasted.
"""

import math
from typing import Final

LEAST_RATE: Final = 0.5
"""Calls per second that are made whatever AWS says, so that it is noticed when a storm is over."""

REGAINED_SECONDS: Final = 5.0
"""After this long the rate is back at the one that was refused; after thrice as long at five times that."""

RECOVERED_SECONDS: Final = 36.0
"""After this long without a refusal AWS does not limit the rate any more (it would be a hundred times the refused)."""

LONGEST_EVIDENCE_SECONDS: Final = 5.0
"""How far back an answer tells that AWS would have taken more: an idle minute says nothing about a burst after it."""

WINDOW_SECONDS: Final = 5.0
SHORTEST_WINDOW_SECONDS: Final = 1.0


class AdaptiveRate:
    """Calls per second: as many as are allowed until AWS throttles, then what AWS puts up with.

    All times are seconds of one monotonic clock.
    """

    def __init__(self, ceiling: float = math.inf) -> None:
        """Begin at the full speed.

        Args:
            ceiling: Most calls per second, whatever AWS says.
        """
        self.rate = ceiling
        """Calls per second now."""
        self._ceiling = ceiling
        self._least = min(LEAST_RATE, ceiling / 2)
        self._calls = _Meter()
        self._refused_rate = ceiling
        self._refused_at = -math.inf
        self._answered_until = -math.inf
        self._answered_seconds = 0.0

    @property
    def is_slowed(self) -> bool:
        """Whether AWS has throttled lately."""
        return self.rate < self._ceiling

    def called(self, now: float) -> None:
        """Count a call that is made now."""
        self._calls.count(now)

    def answered(self, now: float) -> None:
        """Take note of an answer: the rate may rise."""
        if not self.is_slowed:
            return
        self._answered_seconds += min(now - self._answered_until, LONGEST_EVIDENCE_SECONDS)
        self._answered_until = now
        self.rate = self._risen()

    def refused(self, called_at: float, now: float) -> bool:
        """Take note of a throttled call; tell whether that halved the rate.

        Calls that were made before the last halving tell nothing new, so a burst of refusals counts once.
        """
        if called_at < self._refused_at:
            return False
        # Half of what is allowed would change nothing where less was asked for.
        asked_for = min(self.rate, self._calls.per_second(now))
        self._refused_rate = max(asked_for, 2 * self._least)
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
    """Events per second over the last seconds: those of this window, and of the one before as far as it reaches."""

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
