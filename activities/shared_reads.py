"""Reads that concurrent callers share, and whose results are kept for a time (single-flight, TTL, LRU)."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedReads(Generic[K, V]):
    """A bounded cache of reads; belongs to one event loop."""

    def __init__(
        self,
        *,
        lifetime: float,
        failure_lifetime: float,
        is_failure: Callable[[V], bool],
        most: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare an empty cache.

        Args:
            lifetime: Seconds from the beginning of a read for which its result is kept.
            failure_lifetime: How long a result that is a failure is kept. An exception is not kept.
            is_failure: Whether a result is a failure.
            most: Results that are kept; the least recently used one is dropped.
            clock: Returns the time in seconds.
        """
        self._lifetime = lifetime
        self._failure_lifetime = failure_lifetime
        self._is_failure = is_failure
        self._most = most
        self._clock = clock
        self._reads: OrderedDict[K, tuple[float, asyncio.Task[V]]] = OrderedDict()

    async def get(self, key: K, read: Callable[[], Awaitable[V]], *, since: float | None = None) -> V:
        """Return the result of a read in flight or kept, or of a new one.

        Args:
            key: What is read.
            read: Reads it.
            since: The read must not have begun before this time (`time.monotonic`); None for any kept result.
        """
        now = self._clock()
        known = self._reads.get(key)
        if known is None or not self._is_usable(*known, now, since):
            known = self._reads[key] = (now, asyncio.create_task(_as_task(read)))
        self._reads.move_to_end(key)
        while len(self._reads) > self._most:
            self._reads.popitem(last=False)
        # Shielded: a caller that gives up must not take the result from the others.
        return await asyncio.shield(known[1])

    def _is_usable(self, began: float, reading: asyncio.Task[V], now: float, since: float | None) -> bool:
        if since is not None and began < since:
            return False
        if not reading.done():
            return now - began <= self._lifetime
        if reading.cancelled() or reading.exception() is not None:
            return False
        is_failure = self._is_failure(reading.result())
        return now - began <= (self._failure_lifetime if is_failure else self._lifetime)


async def _as_task(read: Callable[[], Awaitable[V]]) -> V:
    return await read()
