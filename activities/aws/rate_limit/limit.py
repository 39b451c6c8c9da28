"""The rate limit of a platform: every SageMaker call of this process waits for a turn."""

import asyncio
import math

import structlog

from activities.aws.rate_limit.adaptive_rate import AdaptiveRate
from activities.aws.rate_limit.token_bucket import TokenBucket
from activities.aws.rate_limit.turns import Priority, Turns, Waiter

log = structlog.get_logger(__name__)


class RateLimit:
    """Gives turns, as fast as the platform's `rate_limit` and AWS's throttling allow; belongs to one event loop."""

    def __init__(self, platform: str, ceiling: float | None = None) -> None:
        """Begin at the full speed.

        Args:
            platform: The platform's name, for log events.
            ceiling: The allowed rate, in calls per second; None for as many as AWS accepts.
        """
        self._platform = platform
        self._adaptive = AdaptiveRate(ceiling or math.inf)
        self._bucket = TokenBucket(self.rate)
        self._turns = Turns()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def rate(self) -> float:
        """The present rate, in calls per second; infinite if it is not limited."""
        return self._adaptive.rate

    @property
    def is_slowed(self) -> bool:
        """Whether calls are made more slowly than the platform allows, because AWS has throttled."""
        return self._adaptive.is_slowed

    async def turn(self, priority: Priority) -> float:
        """Wait for a turn.

        Returns:
            When it came, for `refused` (seconds of the event loop's clock).
        """
        loop = asyncio.get_running_loop()
        if self._turns or not self._bucket.take(loop.time()):
            await self._wait(loop.create_future(), priority)
        now = loop.time()
        self._adaptive.called(now)
        return now

    def answered(self) -> None:
        """Record an answer of AWS other than a throttling."""
        if not self.is_slowed:
            return
        now = asyncio.get_running_loop().time()
        self._adaptive.answered(now)
        self._bucket.set_rate(self.rate, now)
        self._serve()
        if not self.is_slowed:
            log.info("platform.recovered", platform=self._platform, calls_per_second=self._logged_rate)

    def refused(self, turn_at: float) -> None:
        """Record a throttled call.

        Args:
            turn_at: When its turn came.
        """
        now, was_slowed = asyncio.get_running_loop().time(), self.is_slowed
        if not self._adaptive.refused(turn_at, now):
            return
        self._bucket.set_rate(self.rate, now)
        self._bucket.empty(now)
        if not was_slowed:
            log.warning("platform.throttled", platform=self._platform, calls_per_second=self._logged_rate)

    @property
    def _logged_rate(self) -> float | None:
        return None if self.rate == math.inf else round(self.rate, 2)

    async def _wait(self, waiter: Waiter, priority: Priority) -> None:
        self._turns.add(waiter, priority)
        if self._timer is None:
            self._serve()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self._turns.remove(waiter, priority)
            else:  # it was given its turn in the same moment: the turn goes to the next waiter
                self._bucket.give_back()
                self._serve()
            raise

    def _serve(self) -> None:
        """Give the turns that are due, and set the timer for the next one."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._turns and self._bucket.take(loop.time()):
            waiter = self._turns.pop()
            if waiter.cancelled():  # but is still in the queue
                self._bucket.give_back()
            else:
                waiter.set_result(None)
        if self._turns:
            self._timer = loop.call_at(self._bucket.next_at(loop.time()), self._serve)
