"""Two receivers on one queue with garbage in it: everything is sorted out, and no body reaches a log."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from activities.aws.calls import SageMakerCalls
from activities.aws.event_queue import EventQueue
from activities.aws.platforms import Platform, Platforms
from activities.events.receivers import receive_events
from activities.events.wakeups import WakeUps
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS

SECRET = "hunter2-in-a-hyperparameter"
PLACE = "arn:aws:sagemaker:us-east-1:111122223333"


def body(name: str) -> str:
    """EventBridge's message about a training job."""
    arn = f"{PLACE}:training-job/{name}"
    detail = {"TrainingJobArn": arn, "TrainingJobStatus": "Completed", "HyperParameters": {"password": SECRET}}
    document = {"detail-type": "SageMaker Training Job State Change", "source": "aws.sagemaker"}
    return json.dumps({**document, "resources": [arn], "detail": detail})


@dataclass(frozen=True)
class RealQueue:
    """A queue, and an unchanged client of its server."""

    sqs: Any
    url: str

    def send(self, *bodies: str) -> None:
        """Send messages."""
        for text in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def messages(self) -> int:
        """Messages that are there, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    async def is_empty(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until all messages are deleted."""
        async with asyncio.timeout(seconds):
            while await asyncio.to_thread(self.messages):  # noqa: ASYNC110 — the queue is in another process
                await asyncio.sleep(0.1)


@pytest.fixture
def queue(shared_standin: Standin) -> RealQueue:
    """A fresh queue."""
    sqs = shared_standin.client_of("sqs")
    return RealQueue(sqs, sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:12]}")["QueueUrl"])


class Receiving:
    """One worker process's part: what waits, and what of it was woken."""

    def __init__(self) -> None:
        self.wake_ups = WakeUps()
        self.woken: list[str] = []

    @asynccontextmanager
    async def on(self, queue: RealQueue, *names: str) -> AsyncIterator[None]:
        """Receive for a block, with some jobs that are waited for."""
        platform = Platform(region="us-east-1", events=EventQueue(queue_url=queue.url))
        calls, listening = SageMakerCalls(Platforms([platform]), threads=1), ExitStack()
        receiving = asyncio.create_task(receive_events(calls, self.wake_ups))
        try:
            for name in names:
                listening.enter_context(self._listening(platform.name, name))
            yield
            assert not receiving.done()
        finally:
            began = time.monotonic()
            receiving.cancel()
            await asyncio.wait([receiving])
            calls.close()
            listening.close()
            assert time.monotonic() - began < 1, "a long poll under way must not hold the end up"

    def _listening(self, platform: str, name: str) -> AbstractContextManager[None]:
        arn = f"{PLACE}:training-job/{name}"
        return self.wake_ups.listening(platform, arn, lambda event: self.woken.append(event.keys[0]))


async def test_messages_are_sorted_and_the_queue_empties(queue: RealQueue) -> None:
    """Doubled, reordered, unreadable and foreign ones among them."""
    ours, theirs = Receiving(), Receiving()
    with capture_logs() as logs:
        async with ours.on(queue, "a-1", "a-2"), theirs.on(queue, "b-1", "b-2"):
            queue.send(body("b-2"), "no JSON", "[" * 50_000, "{}", body("a-1"), body("a-1"))
            queue.send(body("nobody's"), body("b-1"), body("a-2"))
            await queue.is_empty()
    assert set(ours.woken) == {"training-job/a-1", "training-job/a-2"}
    assert set(theirs.woken) == {"training-job/b-1", "training-job/b-2"}
    assert {log["event"] for log in logs} == {"events.queue_works"}
    assert SECRET not in str(logs)
