"""What a worker that shuts down does with its watches: it gives them all to other workers at once.

A watch that has seen news already is not held up: it brings them home.
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
        """Let a watch end with the worker, for as long as the block runs. Only for use in an activity."""
        self._subscriptions.add(subscription)
        if self._shutdown is None:
            self._shutdown = asyncio.create_task(self._hand_over_at_shutdown())
        elif self._shutdown.done():
            subscription.give_up(handed_over())
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
            subscription.give_up(handed_over())


def handed_over() -> ApplicationError:
    """Build the error by which a worker that shuts down gives its watch to another one at once."""
    return ApplicationError(
        "The worker shuts down and hands this watch over",
        type="WorkerShutdown",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(milliseconds=100),
    )
