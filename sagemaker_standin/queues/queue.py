import asyncio
import base64
import hashlib
import itertools
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sagemaker_standin.queues import refusals

JsonObject = dict[str, Any]

_DEFAULTS: Final = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
"""Of a new queue (CreateQueue in botocore 1.44.5's service model; server-side encryption is on by default)."""


@dataclass
class Message:
    """One message. Every `…_at` is epoch seconds.

    Attributes:
        visible_at: when a consumer can get it; later than now while a consumer has it, or while it is delayed.
        handle: of the last receive; empty before the first one.
    """

    body: str
    sent_at: float
    visible_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    receives: int = 0
    first_received_at: float | None = None
    handle: str = ""

    def attributes(self) -> dict[str, str]:
        """The system attributes; times are epoch milliseconds."""
        first = self.first_received_at
        return {
            "SenderId": "AIDASTANDIN",
            "SentTimestamp": _milliseconds(self.sent_at),
            "ApproximateReceiveCount": str(self.receives),
            **({} if first is None else {"ApproximateFirstReceiveTimestamp": _milliseconds(first)}),
        }


class Queue:
    """A standard queue: at least once, and no more order than the order of sending.

    Args:
        arn: its ARN, the last part of which is its name.
        attributes: in place of the defaults.
    """

    def __init__(self, arn: str, attributes: Mapping[str, str]) -> None:
        self.arn = arn
        self.is_deleted = False
        self._settings = {**_DEFAULTS, **attributes}
        self._created_at = self._modified_at = time.time()
        self._messages: dict[str, Message] = {}
        self._handles = itertools.count(1)
        self._changed = asyncio.Event()

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition(":")[2]

    def seconds(self, attribute: str) -> float:
        """One of the attributes that are durations."""
        return float(self._settings[attribute])

    def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change some attributes; an empty value takes one away (a policy, for example)."""
        self._settings.update(attributes)
        self._modified_at = time.time()

    def attributes(self) -> dict[str, str]:
        """All attributes, and how many messages there are."""
        now = time.time()
        visible = sum(1 for _ in self._visible(now))
        delayed = sum(message.visible_at > now and not message.receives for message in self._messages.values())
        return {
            **{name: value for name, value in self._settings.items() if value},
            "QueueArn": self.arn,
            "CreatedTimestamp": str(int(self._created_at)),
            "LastModifiedTimestamp": str(int(self._modified_at)),
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
            "ApproximateNumberOfMessagesNotVisible": str(len(self._messages) - visible - delayed),
        }

    def put(self, body: str, *, delay: float | None = None, age: float = 0.0) -> Message:
        """Send a message, which was sent `age` seconds ago where its consumers see that."""
        now = time.time()
        delay = self.seconds("DelaySeconds") if delay is None else delay
        message = Message(body, sent_at=now - age, visible_at=now + delay)
        self._messages[message.id] = message
        self.wake_consumers()
        return message

    def take(self, most: int, visibility: float) -> list[Message]:
        """Receive up to `most` messages, which no other consumer gets for `visibility` seconds."""
        now = time.time()
        taken = list(itertools.islice(self._visible(now), most))
        for message in taken:
            message.receives += 1
            message.first_received_at = message.first_received_at or now
            message.visible_at = now + visibility
            message.handle = _handle(message.id, next(self._handles))
        return taken

    async def change(self, seconds: float) -> None:
        """Wait until there may be a message to take, at most so many seconds."""
        now = time.time()
        # A message may have come since the consumer saw that there was none.
        if next(self._visible(now), None) is not None:
            return
        due = [message.visible_at - now for message in self._messages.values() if message.visible_at > now]
        try:
            async with asyncio.timeout(min([seconds, *due])):
                await self._changed.wait()
        except TimeoutError:
            pass

    def delete_message(self, handle: str) -> None:
        """Delete a message; with an outdated handle it stays (DeleteMessage's documentation).

        Raises:
            AwsError: `ReceiptHandleIsInvalid`.
        """
        message = self._of(handle)
        if message is not None and message.handle == handle:
            del self._messages[message.id]

    def change_visibility(self, handle: str, seconds: float) -> None:
        """Let other consumers get a message so many seconds from now.

        Raises:
            AwsError: `ReceiptHandleIsInvalid`, `MessageNotInflight`.
        """
        message, now = self._of(handle), time.time()
        if message is None or message.handle != handle or message.visible_at <= now:
            raise refusals.not_in_flight(handle)
        message.visible_at = now + seconds
        self.wake_consumers()

    def delete(self) -> None:
        """Let the queue be gone for its waiting consumers too."""
        self.is_deleted = True
        self.wake_consumers()

    def wake_consumers(self) -> None:
        """Let waiting consumers see what has changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _visible(self, now: float) -> Iterator[Message]:
        """The messages that can be taken; drops the expired ones on its way."""
        for message in list(self._messages.values()):
            if self._is_expired(message, now):
                del self._messages[message.id]
            elif message.visible_at <= now:
                yield message

    def _is_expired(self, message: Message, now: float) -> bool:
        return now > message.sent_at + self.seconds("MessageRetentionPeriod")

    def _of(self, handle: str) -> Message | None:
        try:
            return self._messages.get(base64.b64decode(handle, validate=True).decode().partition("#")[0])
        except ValueError:
            raise refusals.invalid_handle() from None


def md5(body: str) -> str:
    """MD5OfBody."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def _handle(message_id: str, number: int) -> str:
    return base64.b64encode(f"{message_id}#{number}".encode()).decode()


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
