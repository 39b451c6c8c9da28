"""Receiving events: each message wakes what waits for it here, or goes on to another process, or is deleted."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import structlog

from activities.aws.errors import AwsError
from activities.events.messages import Event
from activities.events.queue import MESSAGES_AT_ONCE, Message, Queue
from activities.events.wakeups import WakeUps
from activities.metrics import Metrics
from activities.watching.pace import any_moment_within, jittered, slowed_down

log = structlog.get_logger(__name__)

OLD_AFTER_SECONDS: Final = 300.0
"""Polls have found by then what an event could say: it is the longest time between two of them by default."""

HAND_BACK_PAUSE_SECONDS: Final = 0.1
"""After a hand-back, on average, so that another process receives the message and not this one again. It is random:
with an even pause, a process met the server's own rhythm and took one message again and again. Four processes on one
queue needed 3.5 receives a message with the pause, and 17 without (measured with moto's server). There is no pause
while more messages wait than one receive brings."""

HANDED_BACK_FOR_SECONDS: Final = 30.0
"""No process waits for what has been handed back for so long."""

LEAST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
"""Between two receives while the queue cannot be read or changed."""

EMPTY_PAUSE_SECONDS: Final = 0.5
"""After an answer without messages that came at once: a server without long polls would be called in a loop."""


class Outcome(StrEnum):
    """What became of a message."""

    WOKEN = "woken"
    """What waits for it here was woken."""
    HANDED_BACK = "handed_back"
    """Nothing waits for it here; another process may."""
    FOREIGN = "foreign"
    """Deleted, because no process waits for it."""
    OLD = "old"
    """Deleted, because polls have found long ago what it could say."""
    UNREADABLE = "unreadable"
    """Deleted; it is no event, or names no resource."""
    UNKNOWN = "unknown"
    """Deleted; it is an event of a type that nothing waits for."""


class Receiver:
    """Takes the messages of one queue."""

    def __init__(self, queue: Queue, platforms: Sequence[str], wake_ups: WakeUps, metrics: Metrics) -> None:
        """Prepare to receive.

        Args:
            queue: Where messages come from.
            platforms: Names of the platforms whose events the queue brings.
            wake_ups: What waits for events.
            metrics: Counts the messages.
        """
        self._queue = queue
        self._platforms = platforms
        self._wake_ups = wake_ups
        self._metrics = metrics
        self._failures = 0
        self._trouble: str | None = "not read yet"

    async def run(self) -> None:
        """Receive until cancelled; no error ends it."""
        while True:
            try:
                await self._receive()
            except AwsError as error:
                # What was lost on the way once is no trouble: messages wait in the queue.
                is_trouble = self._failures > 0 or not error.rule.is_transient
                await self._failed(error.kind if is_trouble else None, error.explanation)
            except Exception as error:  # noqa: BLE001 — a defect must cost polls, and not the worker
                await self._failed(type(error).__name__, "a defect of the worker")

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        messages = await self._queue.receive()
        if not messages:
            self._works()
            await asyncio.sleep(EMPTY_PAUSE_SECONDS if loop.time() - began < LEAST_PAUSE_SECONDS else 0)
            return
        outcomes = [(message, self._outcome(message)) for message in messages]
        for _, outcome in outcomes:
            self._metrics.event_received(self._platforms[0], outcome)
        done = [message for message, outcome in outcomes if outcome is not Outcome.HANDED_BACK]
        is_full = len(messages) == MESSAGES_AT_ONCE
        not_ours = [
            (message, message.handed_back_for(of_many=is_full))
            for message, outcome in outcomes
            if outcome is Outcome.HANDED_BACK
        ]
        if done:
            await self._queue.delete(done)
        if not_ours:
            await self._queue.hand_back(not_ours)
        self._works()
        if not is_full and any(seconds == 0 for _, seconds in not_ours):
            await asyncio.sleep(any_moment_within(2 * HAND_BACK_PAUSE_SECONDS))

    def _outcome(self, message: Message) -> Outcome:
        if not isinstance(message.content, Event):
            return Outcome(message.content)
        if message.age > OLD_AFTER_SECONDS:
            return Outcome.OLD
        if self._wake_ups.wake(self._platforms, message.content):
            return Outcome.WOKEN
        return Outcome.FOREIGN if message.age > HANDED_BACK_FOR_SECONDS else Outcome.HANDED_BACK

    def _works(self) -> None:
        self._failures = 0
        if self._trouble is not None:
            self._trouble = None
            self._wake_ups.receiving(self._platforms, works=True)
            log.info("events.queue_works", platforms=list(self._platforms))

    async def _failed(self, trouble: str | None, text: str) -> None:
        if trouble is not None and trouble != self._trouble:
            self._trouble = trouble
            self._wake_ups.receiving(self._platforms, works=False)
            log.warning("events.queue_failed", platforms=list(self._platforms), kind=trouble, error=text)
        self._failures += 1
        await asyncio.sleep(jittered(slowed_down(LEAST_PAUSE_SECONDS, self._failures - 1, LONGEST_PAUSE_SECONDS)))
