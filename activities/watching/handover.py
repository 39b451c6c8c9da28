"""A worker that shuts down hands its watches over to other workers at once.

A watch that already has a result returns it normally.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.watching.subscription import Subscription


class Handover:
    """Waits for the worker's shutdown, once for all watches."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._shutdown: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, subscription: Subscription) -> Iterator[None]:
        """End a watch at the worker's shutdown, if the block still runs then. Only for use in an activity."""
        self._subscriptions.add(subscription)
        if self._shutdown is None:
            self._shutdown = asyncio.create_task(self._hand_over_at_shutdown())
        elif self._shutdown.done():
            subscription.news.give_up(handed_over())
        try:
            yield
        finally:
            self._subscriptions.remove(subscription)
            if not self._subscriptions:
                self._shutdown.cancel()
                self._shutdown = None

    async def _hand_over_at_shutdown(self) -> None:
        await activity.wait_for_worker_shutdown()
        for subscription in self._subscriptions:
            subscription.news.give_up(handed_over())


def handed_over() -> ApplicationError:
    """Return the error by which a worker that shuts down hands a watch over to another worker at once."""
    return ApplicationError(
        "The worker shuts down and hands this watch over",
        type="WorkerShutdown",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(milliseconds=100),
    )
