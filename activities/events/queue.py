"""The queue of events, in Amazon SQS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.events.messages import Event, Unusable, read_event
from activities.events.own_thread import OwnThread
from activities.resources.operations import CHANGE_VISIBILITY, DELETE_MESSAGES, RECEIVE_MESSAGE, Operation

WAIT_SECONDS: Final = 20
MESSAGES_AT_ONCE: Final = 10
"""Both are the maxima of ReceiveMessage (service model in botocore)."""

VISIBILITY_SECONDS: Final = 10
"""A message that a process has received and neither deleted nor handed back comes to another one after so long."""

QUICK_HAND_BACKS: Final = 20
"""So often a message that is handed back can be received at once: a process that is less lucky than the others needs
that many receives to get its message (measured with moto's server)."""

QUICK_HAND_BACKS_OF_MANY: Final = 3
"""How often while receives are full: messages that no process waits for then delay the others."""

LONGEST_HAND_BACK_SECONDS: Final = 8

_SENT_AT: Final = "SentTimestamp"
_FIRST_RECEIVED_AT: Final = "ApproximateFirstReceiveTimestamp"
_RECEIVES: Final = "ApproximateReceiveCount"


@dataclass(frozen=True)
class Message:
    """A message that was received.

    Attributes:
        receipt: The handle by which it is deleted or handed back.
        content: What its body says; the body goes no further.
        age: Seconds since SQS took it, by the clock of SQS.
        receives: How often it was received, this time included.
        since_first_receive: Seconds since a process received it for the first time, by the clock of SQS.
    """

    receipt: str
    content: Event | Unusable
    age: float
    receives: int
    since_first_receive: float

    def handed_back_for(self, *, of_many: bool) -> int:
        """Return the seconds until it can be received again once it is handed back: at first 0, then 1, 2, 4, and 8.

        Args:
            of_many: Whether as many messages as possible were received with it.
        """
        slow = self.receives - (QUICK_HAND_BACKS_OF_MANY if of_many else QUICK_HAND_BACKS)
        return min(1 << (slow - 1), LONGEST_HAND_BACK_SECONDS) if slow > 0 else 0


class Queue(Protocol):
    """A queue of events."""

    async def receive(self) -> Sequence[Message]:
        """Wait for messages; none after a while.

        Raises:
            AwsError: The queue cannot be read.
        """

    async def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages; one that cannot be deleted comes again.

        Raises:
            AwsError: The queue cannot be changed.
        """

    async def hand_back(self, messages: Sequence[tuple[Message, int]]) -> None:
        """Let other processes receive messages, each after so many seconds.

        Raises:
            AwsError: The queue cannot be changed.
        """


class SqsQueue:
    """A platform's queue, reached with the platform's credentials from a thread of its own."""

    def __init__(self, calls: SageMakerCalls, platform: Platform, queue_url: str) -> None:
        """Prepare the thread.

        Args:
            calls: Reach AWS.
            platform: Whose credentials are used.
            queue_url: Which queue.
        """
        self._calls = calls
        self._platform = platform
        self._queue_url = queue_url
        self._thread = OwnThread(f"events-{platform.name}")
        self._is_closed = False

    async def receive(self) -> Sequence[Message]:
        """Wait up to 20 s for messages; see `Queue`."""
        return await self._thread.run(self._receive)

    async def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages; see `Queue`."""
        entries = [{"Id": str(n), "ReceiptHandle": each.receipt} for n, each in enumerate(messages)]
        await self._thread.run(lambda: self._call(DELETE_MESSAGES, Entries=entries))

    async def hand_back(self, messages: Sequence[tuple[Message, int]]) -> None:
        """Let other processes receive messages; see `Queue`."""
        await self._thread.run(lambda: self._hand_back(messages))

    def close(self) -> None:
        """End the thread; what a receive brings that is still under way is handed back."""
        self._is_closed = True
        self._thread.close()

    def _receive(self) -> Sequence[Message]:
        answer = self._call(
            RECEIVE_MESSAGE,
            WaitTimeSeconds=WAIT_SECONDS,
            MaxNumberOfMessages=MESSAGES_AT_ONCE,
            VisibilityTimeout=VISIBILITY_SECONDS,
            MessageSystemAttributeNames=[_SENT_AT, _FIRST_RECEIVED_AT, _RECEIVES],
        )
        now = _date_of(answer)
        messages = [_message(each, now) for each in answer.get("Messages", ())]
        if messages and self._is_closed:
            self._hand_back([(each, 0) for each in messages])
        return messages

    def _hand_back(self, messages: Sequence[tuple[Message, int]]) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for n, (each, seconds) in enumerate(messages)
        ]
        self._call(CHANGE_VISIBILITY, Entries=entries)

    def _call(self, operation: Operation, **request: Any) -> Any:
        return self._calls.call_in_this_thread(self._platform, operation, {"QueueUrl": self._queue_url, **request})


def _message(received: Mapping[str, Any], now: datetime) -> Message:
    attributes = received.get("Attributes", {})
    return Message(
        receipt=received["ReceiptHandle"],
        content=read_event(received.get("Body", "")),
        age=_seconds_since(attributes.get(_SENT_AT), now),
        receives=int(attributes.get(_RECEIVES, 1)),
        since_first_receive=_seconds_since(attributes.get(_FIRST_RECEIVED_AT), now),
    )


def _seconds_since(milliseconds: str | None, now: datetime) -> float:
    """Return the seconds since a time in epoch milliseconds; 0 for a time that is missing or still to come."""
    return 0.0 if milliseconds is None else max(now.timestamp() - int(milliseconds) / 1000, 0.0)


def _date_of(answer: Mapping[str, Any]) -> datetime:
    """Return the time at which AWS answered by its own clock: this machine's may be wrong by minutes."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return datetime.now(UTC)
