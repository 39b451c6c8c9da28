"""A token bucket: how many turns may be taken in any stretch of time."""

import math
from typing import Final

BURST_SECONDS: Final = 1.0
"""An idle bucket holds the tokens of this long, and one at least."""

ROUNDING: Final = 1e-9


class TokenBucket:
    """In any `t` seconds it gives at most `burst + rate * t` tokens; without a limit, as many as are asked for.

    All times are seconds of one monotonic clock, all rates are tokens per second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._burst
        self._filled_at = -math.inf

    def take(self, now: float) -> bool:
        """Take a token, if there is one."""
        if self._rate == math.inf:
            return True
        self._fill(now)
        # A timer that is right to the last digit must not find a token that lacks the last digit.
        if self._tokens < 1 - ROUNDING:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        """Give back a token that was taken for nothing."""
        self._tokens = min(self._tokens + 1, self._burst)

    def next_at(self, now: float) -> float:
        """Tell when the next token will be there."""
        if self._rate == math.inf:
            return now
        self._fill(now)
        return now + max(1 - self._tokens, 0) / self._rate

    def set_rate(self, rate: float, now: float) -> None:
        """Fill at another rate from now on; an unlimited bucket that gets a limit is empty first."""
        if self._rate == math.inf:
            self.empty(now)
        elif rate != math.inf:
            self._fill(now)
        self._rate = rate

    def empty(self, now: float) -> None:
        """Take all tokens away."""
        self._tokens = 0.0
        self._filled_at = now

    @property
    def _burst(self) -> float:
        return max(self._rate * BURST_SECONDS, 1.0)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, self._burst)
        self._filled_at = now
