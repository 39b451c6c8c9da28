"""The receiver on SQS of other hands: moto's, behind moto's EventBridge, and the stand-in's."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.events.messages import Event
from activities.events.receivers import receive_events
from activities.events.wakeups import WakeUps
from tests.events.moto import Moto
from tests.standin.process import Standin
from tests.workflows.stage import until
from worker.platform_calls import open_platform_calls
from worker.settings import Settings

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/churn/execution/"
DETAIL_TYPE = "SageMaker Model Building Pipeline Execution Status Change"


@dataclass(frozen=True)
class Sqs:
    """An SQS, a queue of it, and how an event gets there."""

    client: Any
    queue_url: str
    send: Callable[[str], Any]

    def left(self) -> int:
        """Messages that are in the queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.client.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


@pytest.fixture(params=["moto", "standin"])
def sqs(request: pytest.FixtureRequest, aws_keys: None) -> Sqs:  # noqa: ARG001 — the receiver signs
    """A queue of either server; moto's gets events through a rule of its EventBridge."""
    name = f"q-{uuid.uuid4().hex[:12]}"
    if request.param == "standin":
        standin: Standin = request.getfixturevalue("shared_standin")
        client = standin.client_of("sqs")
        url = client.create_queue(QueueName=name)["QueueUrl"]
        return Sqs(client, url, lambda arn: client.send_message(QueueUrl=url, MessageBody=json.dumps(event(arn))))
    moto: Moto = request.getfixturevalue("moto")
    client, bus = moto.client("sqs"), moto.client("events")
    client.create_queue(QueueName=name)
    queue_arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    # Both ARNs of the event are new each time, so rules of other tests do not send it.
    pattern = {"source": ["aws.sagemaker"], "detail-type": [DETAIL_TYPE], "detail": {"queue": [name]}}
    bus.put_rule(Name=name, EventPattern=json.dumps(pattern))
    bus.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])

    def put_event(arn: str) -> None:
        entry = {**event(arn)["detail"], "queue": name}
        bus.put_events(
            Entries=[
                {"Source": "aws.sagemaker", "DetailType": DETAIL_TYPE, "Resources": [arn], "Detail": json.dumps(entry)}
            ]
        )

    return Sqs(client, moto.queue_url(name), put_event)


def event(arn: str) -> dict[str, Any]:
    """An event of an execution."""
    return {
        "source": "aws.sagemaker",
        "detail-type": DETAIL_TYPE,
        "resources": [arn],
        "detail": {"pipelineExecutionArn": arn},
    }


def new_arn() -> str:
    """The ARN of an execution that there has never been."""
    return ARN + uuid.uuid4().hex[:12]


@asynccontextmanager
async def receiver(queue_url: str) -> AsyncIterator[WakeUps]:
    """What one worker process has for the queue."""
    calls: SageMakerCalls = open_platform_calls(Settings(region="us-east-1", events_queue_url=queue_url))
    wake_ups = WakeUps(calls.telemetry.metrics)
    receiving = asyncio.create_task(receive_events(calls, wake_ups))
    yield wake_ups
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving
    calls.close()


async def test_an_event_wakes_what_waits_for_it(sqs: Sqs) -> None:
    """Within a moment of its sending, also in the middle of a long poll; then it is deleted."""
    woken: list[Event] = []
    arn = new_arn()
    async with receiver(sqs.queue_url) as wake_ups:
        with wake_ups.listening("default", arn, woken.append):
            await asyncio.to_thread(sqs.send, arn)
            await until(lambda: woken, seconds=60)
            assert wake_ups.last_event_at("default") is not None
        await until(lambda: sqs.left() == 0, seconds=60)


async def test_two_processes_share_a_queue(sqs: Sqs) -> None:
    """Each gets what waits in it, whichever of them SQS gives the message to."""
    woken: list[Event] = []
    arns = [new_arn() for _ in range(6)]
    async with receiver(sqs.queue_url) as first, receiver(sqs.queue_url) as second:
        with ExitStack() as listening:
            for number, arn in enumerate(arns):
                wake_ups = (first, second)[number % 2]
                listening.enter_context(wake_ups.listening("default", arn, woken.append))
            for arn in arns:
                await asyncio.to_thread(sqs.send, arn)
            await until(lambda: len(woken) >= len(arns), seconds=60)
        await until(lambda: sqs.left() == 0, seconds=60)
    assert {key for each in woken for key in each.keys} >= {arn.rpartition(":")[2] for arn in arns}


async def test_a_receiver_ends_at_once(sqs: Sqs) -> None:
    """Its long poll does not hold it up, and takes no message with it: it goes to the next receiver."""
    async with receiver(sqs.queue_url):
        await asyncio.sleep(0.5)
    woken: list[Event] = []
    arn = new_arn()
    async with receiver(sqs.queue_url) as wake_ups:
        with wake_ups.listening("default", arn, woken.append):
            await asyncio.to_thread(sqs.send, arn)
            await until(lambda: woken, seconds=60)
