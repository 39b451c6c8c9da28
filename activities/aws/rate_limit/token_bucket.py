"""A token bucket, which bounds the turns in any period."""

import math
from typing import Final

BURST_SECONDS: Final = 1.0
"""A full bucket holds the tokens of so many seconds, and at least one."""

ROUNDING: Final = 1e-9


class TokenBucket:
    """Gives at most `burst + rate * t` tokens in any `t` seconds; at an infinite rate, any number.

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
        # A timer set for the next token must find it, in spite of rounding.
        if self._tokens < 1 - ROUNDING:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        """Return a token that was not used."""
        self._tokens = min(self._tokens + 1, self._burst)

    def next_at(self, now: float) -> float:
        """Return the time of the next token."""
        if self._rate == math.inf:
            return now
        self._fill(now)
        return now + max(1 - self._tokens, 0) / self._rate

    def set_rate(self, rate: float, now: float) -> None:
        """Fill at another rate from now on; a bucket that was unlimited begins empty."""
        if self._rate == math.inf:
            self.empty(now)
        elif rate != math.inf:
            self._fill(now)
        self._rate = rate

    def empty(self, now: float) -> None:
        """Remove all tokens."""
        self._tokens = 0.0
        self._filled_at = now

    @property
    def _burst(self) -> float:
        return max(self._rate * BURST_SECONDS, 1.0)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, self._burst)
        self._filled_at = now
