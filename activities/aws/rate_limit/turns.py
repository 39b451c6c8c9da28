"""Whose turn it is: five classes of calls in strict order, and yet none of them is ever shut out."""

import asyncio
from collections import OrderedDict
from enum import IntEnum
from typing import Final

PASSED_OVER_AT_MOST: Final = 9
"""So many turns in a row may go to others while somebody waits: every tenth turn is his."""


class Priority(IntEnum):
    """What a call is for; the smaller number goes first."""

    STOP = 0
    """Stopping executions: each second that one waits for it costs money. Starts can wait, and there may be many."""
    ACTION = 1
    """Starting or describing an execution for a run's own activity, and what else a person waits for."""
    WAKE = 2
    """Polling an execution to which something has just happened."""
    POLL = 3
    """Following executions."""
    BROWSE = 4
    """Discovering pipelines."""


Waiter = asyncio.Future[None]


class Turns:
    """Those who wait for a turn, first come, first served within each priority."""

    def __init__(self) -> None:
        self._queues = {priority: _Queue() for priority in Priority}

    def __bool__(self) -> bool:
        """Tell whether anybody waits."""
        return any(queue.waiters for queue in self._queues.values())

    def add(self, waiter: Waiter, priority: Priority) -> None:
        """Let somebody wait."""
        self._queues[priority].waiters[waiter] = None

    def remove(self, waiter: Waiter, priority: Priority) -> None:
        """Let somebody go who waits no longer, if he is still there."""
        self._queues[priority].waiters.pop(waiter, None)

    def pop(self) -> Waiter:
        """Tell who is next, and let him go.

        Raises:
            LookupError: Nobody waits.
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
        # Ordered, because those who give up leave from anywhere.
        self.waiters: OrderedDict[Waiter, None] = OrderedDict()
        self.passed_over = 0
