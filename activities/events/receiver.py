"""Receiving events: each message wakes what waits for it here, or goes on to another process, or is deleted."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from activities.events.health import Operation, QueueHealth
from activities.events.messages import Event
from activities.events.queue import MESSAGES_AT_ONCE, VISIBILITY_SECONDS, Message, Queue
from activities.events.wakeups import WakeUps
from activities.metrics import Metrics
from activities.watching.pace import any_moment_within, jittered, slowed_down

OLD_AFTER_SECONDS: Final = 300.0
"""Polls have found by then what an event could say: it is the longest time between two of them by default."""

HAND_BACK_PAUSE_SECONDS: Final = 0.1
"""After a hand-back, on average, so that another process receives the message and not this one again. It is random:
with an even pause, a process met the server's own rhythm and took one message again and again. On a slow machine it is
as long as deleting and handing back took: others have their chance until this process receives again. Four
processes on one queue needed 3.5 receives a message with the pause, and 17 without (measured with moto's server). There
is no pause while more messages wait than one receive brings."""

HANDED_BACK_FOR_SECONDS: Final = 30.0
"""No process waits for what has been handed back for so long. How long it stood in the queue before that says nothing:
a burst of events may stand there for a minute."""

HAND_BACKS_OF_OWNED: Final = 3
"""How often a job's message is handed back if the job belongs for certain to an execution or a tuning job, which has
events of its own: only a run that follows the job itself waits for it, and nearly half of all events of pipelines are
such."""

LEAST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
"""Between two receives while the queue cannot be read or changed."""

EMPTY_PAUSE_SECONDS: Final = 0.5
"""After an answer without messages that came at once: a server without long polls would be called in a loop."""


class Outcome(StrEnum):
    """What became of a message."""

    WOKEN = "woken"
    """What waits for it here was woken."""
    OF_OWNER = "of_owner"
    """Deleted; its job belongs to an execution or tuning job, which has events of its own and is watched here, or the
    message was handed back three times."""
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
        self._health = QueueHealth(platforms, lambda works: wake_ups.receiving(platforms, works=works))

    async def run(self) -> None:
        """Receive until cancelled; no error ends it."""
        while True:
            try:
                await self._receive()
            except Exception as error:  # noqa: BLE001 — a defect must cost polls, and not the worker
                failures = self._health.failed(error)
                # What is not handed back comes again without that, and others must not wait for it.
                slower = 0 if self._health.operation is Operation.HAND_BACK else failures - 1
                await asyncio.sleep(jittered(slowed_down(LEAST_PAUSE_SECONDS, slower, LONGEST_PAUSE_SECONDS)))

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with self._health.during(Operation.RECEIVE):
            messages = await self._queue.receive()
        if not messages:
            await asyncio.sleep(EMPTY_PAUSE_SECONDS if loop.time() - began < LEAST_PAUSE_SECONDS else 0)
            return
        with self._health.during(Operation.DELIVER):
            outcomes = [(message, self._outcome(message)) for message in messages]
        for _, outcome in outcomes:
            self._metrics.event_received(self._platforms[0], outcome)
        is_full = len(messages) == MESSAGES_AT_ONCE
        released_from = loop.time()
        await self._release(outcomes, is_full=is_full)
        pause = min(max(HAND_BACK_PAUSE_SECONDS, loop.time() - released_from), LEAST_PAUSE_SECONDS)
        handed_back = (message for message, outcome in outcomes if outcome is Outcome.HANDED_BACK)
        if not is_full and any(not message.handed_back_for(of_many=False) for message in handed_back):
            await asyncio.sleep(any_moment_within(2 * pause))

    async def _release(self, outcomes: Sequence[tuple[Message, Outcome]], *, is_full: bool) -> None:
        """Delete messages, or let other processes receive them."""
        not_ours = [message for message, outcome in outcomes if outcome is Outcome.HANDED_BACK]
        done = [message for message, outcome in outcomes if outcome is not Outcome.HANDED_BACK]
        again = [(message, message.handed_back_for(of_many=is_full)) for message in not_ours]
        if done and self._health.has_trouble(Operation.HAND_BACK):
            # Tried with one that is deleted before: without messages for others the trouble would never end.
            again.append((done[0], VISIBILITY_SECONDS))
        if done:
            with self._health.during(Operation.DELETE):
                await self._queue.delete(done)
        if again:
            with self._health.during(Operation.HAND_BACK):
                await self._queue.hand_back(again)

    def _outcome(self, message: Message) -> Outcome:
        if not isinstance(message.content, Event):
            return Outcome(message.content)
        if message.age > OLD_AFTER_SECONDS:
            return Outcome.OLD
        if self._wake_ups.wake(self._platforms, message.content):
            return Outcome.WOKEN
        has_been_round = message.content.is_owned and message.receives > HAND_BACKS_OF_OWNED
        if has_been_round or self._wake_ups.watches_owner(self._platforms, message.content):
            return Outcome.OF_OWNER
        return Outcome.FOREIGN if message.since_first_receive > HANDED_BACK_FOR_SECONDS else Outcome.HANDED_BACK
