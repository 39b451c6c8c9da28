"""SQS as an unchanged boto3 sees it."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sagemaker_standin.queues.queue import Queue
from tests.standin.definitions import JsonObject
from tests.standin.process import Standin


@dataclass(frozen=True)
class Consumer:
    """A queue of its own, and a client for it."""

    client: Any
    url: str

    def call(self, operation: str, **request: Any) -> JsonObject:
        """One operation on the queue; its output without metadata."""
        reply: JsonObject = getattr(self.client, operation)(QueueUrl=self.url, **request)
        return {name: value for name, value in reply.items() if name != "ResponseMetadata"}

    def receive(self, **request: Any) -> list[JsonObject]:
        """ReceiveMessage with all attributes."""
        messages: list[JsonObject] = self.call("receive_message", AttributeNames=["All"], **request).get("Messages", [])
        return messages

    def counts(self) -> tuple[int, int]:
        """Visible messages, and those in flight."""
        attributes = self.call("get_queue_attributes", AttributeNames=["All"])["Attributes"]
        return (
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )


@pytest.fixture
def consumer(standin: Standin) -> Iterator[Consumer]:
    """A fresh queue of the session's stand-in."""
    client = standin.client_of("sqs")
    yield Consumer(client, client.create_queue(QueueName=f"q-{uuid.uuid4().hex[:12]}")["QueueUrl"])
    client.close()


def test_a_message_is_received_once_per_visibility_timeout(consumer: Consumer) -> None:
    """It is in flight, comes back with a higher count and another handle, and is gone when it is deleted."""
    sent_at = time.time()
    sent = consumer.call("send_message", MessageBody="{}")
    (first,) = consumer.receive(VisibilityTimeout=1)
    assert (first["MessageId"], first["Body"], first["MD5OfBody"]) == (
        sent["MessageId"],
        "{}",
        sent["MD5OfMessageBody"],
    )
    assert abs(int(first["Attributes"]["SentTimestamp"]) / 1000 - sent_at) < 5
    assert (consumer.receive(), consumer.counts()) == ([], (0, 1))
    (second,) = consumer.receive(WaitTimeSeconds=20)
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in (first, second)] == ["1", "2"]
    consumer.call("delete_message", ReceiptHandle=first["ReceiptHandle"])
    assert consumer.counts() == (0, 1)
    consumer.call("delete_message", ReceiptHandle=second["ReceiptHandle"])
    assert consumer.counts() == (0, 0)


def test_a_long_poll_returns_with_the_message(consumer: Consumer) -> None:
    """Neither before it, nor long after it; without one it returns empty at the end of its wait."""
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(consumer.receive, WaitTimeSeconds=20)
        time.sleep(0.2)
        assert not poll.done()
        consumer.call("send_message", MessageBody="late")
        assert [message["Body"] for message in poll.result(timeout=10)] == ["late"]
    began = time.monotonic()
    assert consumer.receive(WaitTimeSeconds=1) == []
    assert time.monotonic() - began > 0.9


async def test_a_message_that_comes_before_the_wait_begins_ends_it() -> None:
    """Between the check that found nothing and the wait, another request may have put one there."""
    queue = Queue("arn:aws:sqs:us-east-1:111122223333:q", {})
    queue.put("just now")
    async with asyncio.timeout(5):
        await queue.change(60)


def test_a_consumer_that_has_gone_takes_no_message(standin: Standin, consumer: Consumer) -> None:
    """A message that comes after its connection has ended is for the next consumer."""
    impatient = standin.client_of("sqs", read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        impatient.receive_message(QueueUrl=consumer.url, WaitTimeSeconds=20)
    impatient.close()
    consumer.call("send_message", MessageBody="still there")
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in consumer.receive(WaitTimeSeconds=5)] == [
        "1"
    ]


def test_a_message_is_handed_back(consumer: Consumer) -> None:
    """With a visibility timeout of 0 the next consumer gets it at once, also one that waits."""
    consumer.call("send_message", MessageBody="not mine")
    (message,) = consumer.receive()
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(consumer.receive, WaitTimeSeconds=20)
        consumer.call("change_message_visibility", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        (again,) = poll.result(timeout=10)
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    with pytest.raises(ClientError, match="MessageNotInflight"):
        consumer.call("change_message_visibility", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def test_batches_answer_for_each_entry(consumer: Consumer) -> None:
    """One bad handle does not keep the other messages."""
    for number in range(3):
        consumer.call("send_message", MessageBody=str(number))
    handles = [message["ReceiptHandle"] for message in consumer.receive(MaxNumberOfMessages=10)]
    entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate([*handles[:2], "bad"])]
    reply = consumer.call("delete_message_batch", Entries=entries)
    assert reply["Successful"] == [{"Id": "0"}, {"Id": "1"}]
    assert [(failed["Id"], failed["Code"]) for failed in reply["Failed"]] == [("2", "ReceiptHandleIsInvalid")]
    back = [{"Id": "x", "ReceiptHandle": handles[2], "VisibilityTimeout": 0}]
    assert consumer.call("change_message_visibility_batch", Entries=back)["Successful"] == [{"Id": "x"}]
    assert consumer.counts() == (1, 0)


def test_old_messages_expire(consumer: Consumer) -> None:
    """After the queue's retention a message is gone."""
    consumer.call("set_queue_attributes", Attributes={"MessageRetentionPeriod": "1"})
    consumer.call("send_message", MessageBody="short-lived")
    assert consumer.counts() == (1, 0)
    time.sleep(1.1)
    assert (consumer.receive(), consumer.counts()) == ([], (0, 0))


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
        ("get_queue_attributes", {"AttributeNames": ["Colour"]}, "InvalidAttributeName"),
        ("delete_message", {"ReceiptHandle": "no handle"}, "ReceiptHandleIsInvalid"),
        ("delete_message_batch", {"Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest"),
        (
            "delete_message_batch",
            {"Entries": [{"Id": str(number), "ReceiptHandle": "x"} for number in range(11)]},
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        (
            "delete_message_batch",
            {"Entries": [{"Id": "x", "ReceiptHandle": "x"}] * 2},
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        ("send_message", {"MessageBody": ""}, "MissingParameter"),
    ],
)
def test_refusals(consumer: Consumer, operation: str, request_: JsonObject, code: str) -> None:
    """Codes as SDKs show them."""
    with pytest.raises(ClientError) as refused:
        consumer.call(operation, **request_)
    assert refused.value.response["Error"]["Code"] == code


def test_a_queue_that_is_gone(consumer: Consumer) -> None:
    """A waiting poll is refused at once, as every other call is."""
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(consumer.receive, WaitTimeSeconds=20)
        time.sleep(0.2)
        consumer.call("delete_queue")
        with pytest.raises(consumer.client.exceptions.QueueDoesNotExist) as refused:
            poll.result(timeout=10)
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused.value.response["Error"]["Message"] == "The specified queue does not exist."
    with pytest.raises(consumer.client.exceptions.QueueDoesNotExist):
        consumer.client.get_queue_url(QueueName=consumer.url.rpartition("/")[2])


def test_a_denied_consumer(standin: Standin, consumer: Consumer) -> None:
    """The refusal has SQS's words and the code of the query protocol."""
    fault = standin.fault("ReceiveMessage", "access_denied")
    with pytest.raises(ClientError) as refused:
        consumer.receive()
    standin.control("DELETE", f"/faults/{fault}")
    queue = consumer.url.rpartition("/")[2]
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["Error"]["Message"] == (
        "User: arn:aws:sts::111122223333:assumed-role/worker/session is not authorized to perform: sqs:receivemessage "
        f"on resource: arn:aws:sqs:us-east-1:111122223333:{queue} because no identity-based policy allows the "
        "sqs:receivemessage action"
    )
