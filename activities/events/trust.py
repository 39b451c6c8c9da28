"""Whether events have proved themselves: only then may they replace polls."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Final

WINDOW_ENDS: Final = 20
PROVED_FROM: Final = 19
"""So many of the last 20 ends must have come by event."""

REMEMBERED_ENDS: Final = 1_000
"""More events come for what has ended: each change makes several, and its steps end as well. An end is remembered for
`GRACE_SECONDS` only: a run that is resumed may be watched by another process."""

GRACE_SECONDS: Final = 20.0
"""A poll may find an end before its event comes: SageMaker's events are near real time, another worker process may hold
the message for its visibility timeout of 10 s first, and AWS may show an end up to 14 s after its event."""


class EventRecord:
    """How the ends of one kind of resource on one platform came to be known. Times are those of the event loop.

    Events replace polls, and the interval between two polls is stretched, from the moment when nearly all recent ends
    came by event until the first end that did not, or until the queue cannot be read.

    Attributes:
        replaces_polls: Whether the interval is stretched.
        when_lost: Called when events cease to replace polls.
    """

    def __init__(
        self, reconcile_interval: float, *, missed: Callable[[], None], changed: Callable[[bool], None]
    ) -> None:
        """Begin without any proof.

        Args:
            reconcile_interval: Seconds between two polls while events replace polls.
            missed: Called with each end that no event came for.
            changed: Called whenever events begin or cease to replace polls, with whether they do.
        """
        self.when_lost: set[Callable[[], None]] = set()
        self._reconcile_interval = reconcile_interval
        self._missed = missed
        self._changed = changed
        self._came_by_event: deque[bool] = deque(maxlen=WINDOW_ENDS)
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._ended: dict[str, float] = {}
        self._is_receiving = False
        self.replaces_polls = False

    def interval(self, own: float) -> float:
        """Return the seconds between two polls of a run that wants to be polled every `own` seconds."""
        return max(own, self._reconcile_interval) if self.replaces_polls else own

    def receiving(self, *, works: bool) -> None:
        """Record whether the queue can be read; ends that are found while it cannot prove nothing."""
        self._is_receiving = works
        if not works:
            self._decide(last_came_by_event=False)

    def ended(self, key: str, event_at: float | None, *, watched_for: float) -> None:
        """Record that a poll has shown the end of a resource that was watched before.

        Args:
            key: Of the resource.
            event_at: When the last event for it came; None if none has come.
            watched_for: Seconds since this watch of it began. Soon after that, an event that does not come proves
                nothing: it may have woken the watch before, in another process.
        """
        loop = asyncio.get_running_loop()
        if event_at is not None and loop.time() - event_at <= GRACE_SECONDS:
            self._book(came_by_event=True)
        elif self._is_receiving and key not in self._waiting:
            is_missed = watched_for > GRACE_SECONDS
            self._waiting[key] = loop.call_later(GRACE_SECONDS, self._not_come, key, is_missed, context=Context())

    def came(self, key: str, *, of_step: bool = False) -> bool:
        """Record an event for a resource that is not watched; return whether this process has seen its end lately."""
        if not of_step and (timer := self._waiting.pop(key, None)) is not None:
            timer.cancel()
            self._book(came_by_event=True)
            return True
        ended_at = self._ended.get(key)
        return ended_at is not None and asyncio.get_running_loop().time() - ended_at <= GRACE_SECONDS

    def has_ended(self, key: str) -> None:
        """Record that a resource has ended: no process waits for further events for it, until it is resumed."""
        self._ended.pop(key, None)
        self._ended[key] = asyncio.get_running_loop().time()
        if len(self._ended) > REMEMBERED_ENDS:
            del self._ended[next(iter(self._ended))]

    def is_watched(self, key: str) -> None:
        """Record that a resource is watched, perhaps again: it may have been resumed."""
        self._ended.pop(key, None)

    def close(self) -> None:
        """Wait for no more events."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()

    def _not_come(self, key: str, is_missed: bool) -> None:  # noqa: FBT001 — a callback
        del self._waiting[key]
        if is_missed and self._is_receiving:
            self._missed()
            self._book(came_by_event=False)

    def _book(self, *, came_by_event: bool) -> None:
        self._came_by_event.append(came_by_event)
        self._decide(last_came_by_event=came_by_event)

    def _decide(self, *, last_came_by_event: bool) -> None:
        before = self.replaces_polls
        self.replaces_polls = last_came_by_event and self._is_receiving and sum(self._came_by_event) >= PROVED_FROM
        if self.replaces_polls is not before:
            self._changed(self.replaces_polls)
        if before and not self.replaces_polls:
            for hurry in tuple(self.when_lost):
                hurry()
