"""Calls over time: samples of a counter, and the rates between them."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping


class Timeline:
    """Samples of how many calls there were in all; moments are seconds of the monotonic clock."""

    def __init__(self, calls: Callable[[], Mapping[str, int]], clock: Callable[[], float] = time.monotonic) -> None:
        """Take the first sample.

        Args:
            calls: Calls so far, by operation.
            clock: Returns the moment of a sample.
        """
        self._calls = calls
        self._clock = clock
        self._moments: list[float] = []
        self._totals: list[int] = []
        self.marks: dict[str, float] = {}
        self.take()

    @property
    def start(self) -> float:
        """The moment of the first sample."""
        return self._moments[0]

    def take(self) -> None:
        """Take a sample now."""
        total = sum(self._calls().values())
        self._moments.append(self._clock())
        self._totals.append(total)

    def mark(self, name: str) -> None:
        """Remember this moment, with a sample."""
        self.take()
        self.marks[name] = self._moments[-1]

    async def sample(self, seconds: float, every: float, *, until: Callable[[], object | None] = lambda: None) -> None:
        """Take samples for some seconds, or until something is no longer None."""
        ends = self._clock() + seconds
        while self._clock() < ends and until() is None:
            await asyncio.sleep(every)
            self.take()

    def rate(self, begin: float, end: float) -> float:
        """Calls per second between two moments, from the last samples before them.

        Raises:
            ValueError: No time passed between those samples.
        """
        first, last = self._at(begin), self._at(end)
        passed = self._moments[last] - self._moments[first]
        if passed <= 0:
            raise ValueError(f"no two samples between {begin} and {end}")
        return (self._totals[last] - self._totals[first]) / passed

    def first_window(self, seconds: float, rate: float, *, after: float) -> float | None:
        """Find the first sample after a moment from which on, for some seconds, the rate was reached; None if none."""
        for begin in self._moments:
            if begin < after or begin + seconds > self._moments[-1]:
                continue
            if self.rate(begin, begin + seconds) >= rate:
                return begin
        return None

    def _at(self, moment: float) -> int:
        return max(0, bisect_right(self._moments, moment) - 1)
