"""Threads for boto3, which is synchronous: a bounded number, and a slot for each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from activities.aws.rate_limit.turns import Priority

Run = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs one function in the thread that a slot stands for."""


def threads_of_a_platform(threads: int) -> dict[Priority, int]:
    """Return the threads that each platform in use takes, by priority: 48 with 16 calls at once.

    With a single queue, a stop would wait behind a burst of starts and the polls of thousands of watches.
    """
    return {
        Priority.STOP: max(threads // 4, 1),
        Priority.ACTION: threads,
        Priority.WAKE: max(threads // 4, 1),
        Priority.POLL: threads,
        Priority.BROWSE: max(threads // 2, 1),
    }


class Threads:
    """A bounded number of threads; a caller that holds a slot never waits for a thread."""

    def __init__(self, count: int, name: str) -> None:
        """Prepare the threads; each begins when it is first needed.

        Args:
            count: Functions that run at once.
            name: Prefix of the threads' names.
        """
        self._free = asyncio.Semaphore(count)
        self._pool = ThreadPoolExecutor(count, name)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Run]:
        """Hold a slot for the block, and for as long as the function that ran in it keeps its thread.

        A thread cannot be interrupted: the function of a cancelled caller runs on, up to the client's read timeout.
        """
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        work: Future[Any] | None = None

        async def run(function: Callable[[], Any]) -> Any:
            nonlocal work
            work = self._pool.submit(function)
            return await asyncio.wrap_future(work)

        def release_later(_: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nothing waits for the slot any more
                loop.call_soon_threadsafe(self._free.release)

        try:
            yield run
        finally:
            if work is None or work.done():
                self._free.release()
            else:
                work.add_done_callback(release_later)

    def close(self) -> None:
        """Release the threads; functions that still run are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
