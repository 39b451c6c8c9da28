"""A service that admits so many calls a second, and clients that ask it through rate limits."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Final

from activities.aws.rate_limit.limit import RateLimit
from activities.aws.rate_limit.turns import Priority

LATENCY_SECONDS: Final = 0.05


def now() -> float:
    """The event loop's clock."""
    return asyncio.get_running_loop().time()


@dataclass
class Server:
    """Admits `rate` calls a second, and one second's worth at once after a pause; in its storm it refuses most."""

    rate: float
    storm: tuple[float, float] = (0.0, 0.0)
    """When it begins and ends."""
    admitted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens = self.rate
        self._filled_at = 0.0
        self._random = random.Random(0)  # noqa: S311 — repeatable chance, no secret

    async def call(self) -> bool:
        """Ask; whether it was admitted."""
        came_at = now()
        self._tokens = min(self._tokens + (came_at - self._filled_at) * self.rate, self.rate)
        self._filled_at = came_at
        is_admitted = self._tokens >= 1 and not self._is_storming(came_at)
        self._tokens -= is_admitted
        (self.admitted if is_admitted else self.refused).append(came_at)
        await asyncio.sleep(LATENCY_SECONDS)
        return is_admitted

    def _is_storming(self, instant: float) -> bool:
        return self.storm[0] <= instant < self.storm[1] and self._random.random() < 0.9


def per_second(instants: list[float], begin: float, end: float) -> float:
    """How many of the instants lie in a stretch of time, per second of it."""
    return sum(begin <= instant < end for instant in instants) / (end - begin)


async def ask(limit: RateLimit, server: Server, priority: Priority = Priority.POLL) -> None:
    """One call, again and again until it is admitted."""
    while True:
        turn_at = await limit.turn(priority)
        if await server.call():
            limit.answered()
            return
        limit.refused(turn_at)
