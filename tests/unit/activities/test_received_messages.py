"""What is read of the messages that SQS answers: their age by its own clock, and how often they were received."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.event_queue import EventQueue
from activities.aws.platforms import Platforms
from activities.events.messages import Unusable
from activities.events.queue import SqsQueue
from tests.unit.activities.scripted_aws import ScriptedAws, reply

NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def queue(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqsQueue]:
    """A queue on the scripted AWS, whose clock is not that of this machine."""
    events = EventQueue(queue_url=f"{aws.url}/111122223333/events")
    platform = aws.platform.model_copy(update={"events": events})
    calls = SageMakerCalls(Platforms([platform]), threads=1)
    monkeypatch.setattr(aws, "date", "Wed, 01 Jan 2031 00:00:00 GMT")
    found = SqsQueue(calls, platform, events.queue_url)
    yield found
    found.close()
    calls.close()


def message(**attributes: Any) -> dict[str, Any]:
    """A message as SQS answers it."""
    return {"ReceiptHandle": "handle", "Body": "no JSON", "Attributes": attributes}


async def test_the_age_is_that_of_the_queues_clock(aws: ScriptedAws, queue: SqsQueue) -> None:
    """Years off the clock of this machine; a message from the future is new."""
    sent = (NEW_YEAR - 301, NEW_YEAR - 10, NEW_YEAR + 10)
    aws.script += [reply(Messages=[message(SentTimestamp=str(int(at * 1000))) for at in sent])]
    assert [each.age for each in await queue.receive()] == [301, 10, 0]


@pytest.mark.parametrize("date", ["yesterday", "", "Wed, 99 Jan 2031 00:00:00 GMT"])
async def test_without_the_queues_clock_it_is_this_machines(aws: ScriptedAws, queue: SqsQueue, date: str) -> None:
    """Something between AWS and the worker may write headers."""
    aws.date = date
    aws.script += [reply(Messages=[message(SentTimestamp=str(int(time.time() * 1000) - 10_000))])]
    [received] = await queue.receive()
    assert received.age == pytest.approx(10, abs=5)


async def test_a_message_without_attributes_is_new(aws: ScriptedAws, queue: SqsQueue) -> None:
    """It was received once, and is handed back at once."""
    aws.script += [reply(Messages=[{"ReceiptHandle": "handle"}]), reply()]
    [received] = await queue.receive()
    assert (received.age, received.receives, received.content) == (0, 1, Unusable.UNREADABLE)
    assert await queue.receive() == []
