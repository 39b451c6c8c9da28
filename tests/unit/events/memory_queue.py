"""A queue in memory with the semantics of SQS that receivers rest on, in the time of the event loop."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from activities.events.messages import Event, Unusable
from activities.events.queue import MESSAGES_AT_ONCE, VISIBILITY_SECONDS, WAIT_SECONDS, Message

LATENCY_SECONDS = 0.02


@dataclass
class Kept:
    """A message in the queue."""

    content: Event | Unusable
    sent_at: float
    visible_at: float
    receives: int = 0
    first_received_at: float | None = None


@dataclass
class MemoryQueue:
    """Messages are received in any order, by one receiver at a time, until they are deleted.

    Attributes:
        error: Gives the error of the next call, if it is to fail.
        receives: Receives so far.
        deleted_at: When each message was deleted, by number.
    """

    error: Callable[[], Exception | None] = lambda: None
    receives: int = 0
    deleted_at: dict[int, float] = field(default_factory=dict)
    _kept: dict[int, Kept] = field(default_factory=dict)
    _sent: int = 0
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def send(self, content: Event | Unusable, *, age: float = 0.0) -> int:
        """Send a message, some time ago; returns its number."""
        self._sent += 1
        self._kept[self._sent] = Kept(content, _now() - age, _now())
        self._change()
        return self._sent

    @property
    def is_empty(self) -> bool:
        """Whether all messages were deleted."""
        return not self._kept

    async def receive(self) -> Sequence[Message]:
        """As SQS: at once if there is something, after 20 s otherwise."""
        deadline = _now() + WAIT_SECONDS
        await self._call()
        self.receives += 1
        while not (visible := self._visible()):
            if _now() >= deadline:
                return []
            await self._wait(min([deadline, *(kept.visible_at for kept in self._kept.values())]))
        return [self._received(number) for number in random.sample(visible, min(len(visible), MESSAGES_AT_ONCE))]

    async def delete(self, messages: Sequence[Message]) -> None:
        """As SQS."""
        await self._call()
        for message in messages:
            self._kept.pop(int(message.receipt), None)
            self.deleted_at[int(message.receipt)] = _now()

    async def hand_back(self, messages: Sequence[tuple[Message, int]]) -> None:
        """As SQS: each message has its own visibility timeout."""
        await self._call()
        for message, seconds in messages:
            if kept := self._kept.get(int(message.receipt)):
                kept.visible_at = _now() + seconds
        self._change()

    def _visible(self) -> list[int]:
        now = _now()
        visible = (number for number, kept in self._kept.items() if kept.visible_at <= now)
        return list(islice(visible, 10 * MESSAGES_AT_ONCE))

    async def _wait(self, until: float) -> None:
        """Wait until a time, or until a message is sent or handed back."""
        changed = asyncio.get_running_loop().create_future()
        self._waiting.append(changed)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await changed

    def _change(self) -> None:
        for changed in self._waiting:
            if not changed.done():
                changed.set_result(None)
        self._waiting.clear()

    def _received(self, number: int) -> Message:
        kept = self._kept[number]
        kept.visible_at = _now() + VISIBILITY_SECONDS
        kept.receives += 1
        kept.first_received_at = kept.first_received_at or _now()
        age, since_first_receive = _now() - kept.sent_at, _now() - kept.first_received_at
        return Message(str(number), kept.content, age, kept.receives, since_first_receive)

    async def _call(self) -> None:
        await asyncio.sleep(LATENCY_SECONDS)
        if (error := self.error()) is not None:
            raise error


def _now() -> float:
    return asyncio.get_running_loop().time()
