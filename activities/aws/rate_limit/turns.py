"""Whose turn it is: five classes of calls in strict order, without starvation."""

import asyncio
from collections import OrderedDict
from enum import IntEnum
from typing import Final

PASSED_OVER_AT_MOST: Final = 9
"""Turns in a row that may go to other classes while calls of one wait: every tenth turn goes to the waiting class."""


class Priority(IntEnum):
    """The class of a call; the smaller number goes first."""

    STOP = 0
    """Stopping executions: each second that one waits for it costs money. Starts can wait, and there may be many."""
    ACTION = 1
    """Starting or describing an execution for a run's own activity, and other calls that a person waits for."""
    WAKE = 2
    """Polling an execution to which something has just happened."""
    POLL = 3
    """Following executions."""
    BROWSE = 4
    """Discovering pipelines."""


Waiter = asyncio.Future[None]


class Turns:
    """The waiting calls: by priority, and first come, first served within each."""

    def __init__(self) -> None:
        self._queues = {priority: _Queue() for priority in Priority}

    def __bool__(self) -> bool:
        """Return whether any call waits."""
        return any(queue.waiters for queue in self._queues.values())

    def add(self, waiter: Waiter, priority: Priority) -> None:
        """Add a waiter."""
        self._queues[priority].waiters[waiter] = None

    def remove(self, waiter: Waiter, priority: Priority) -> None:
        """Remove a waiter, if it is still there."""
        self._queues[priority].waiters.pop(waiter, None)

    def pop(self) -> Waiter:
        """Remove the next waiter, and return it.

        Raises:
            IndexError: No call waits.
        """
        waiting = [queue for queue in self._queues.values() if queue.waiters]
        overdue = (queue for queue in waiting if queue.passed_over >= PASSED_OVER_AT_MOST)
        chosen = next(overdue, None) or waiting[0]
        for queue in waiting:
            queue.passed_over += 1
        chosen.passed_over = 0
        return chosen.waiters.popitem(last=False)[0]


class _Queue:
    def __init__(self) -> None:
        # Ordered by arrival, and a cancelled waiter leaves from anywhere in constant time.
        self.waiters: OrderedDict[Waiter, None] = OrderedDict()
        self.passed_over = 0
