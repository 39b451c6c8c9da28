"""SQS's operations by AWS's own names; input and output are those of botocore 1.44.5's service model."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sagemaker_standin.errors import AwsError
from sagemaker_standin.model import operation_model, queue_attributes
from sagemaker_standin.queues import refusals
from sagemaker_standin.queues.queue import JsonObject, Message, Queue, md5
from sagemaker_standin.queues.service import Queues

_MOST_MESSAGES: Final = 10
_LONGEST_WAIT_SECONDS: Final = 20
_LONGEST_VISIBILITY_SECONDS: Final = 43_200
_LONGEST_DELAY_SECONDS: Final = 900


@dataclass(frozen=True)
class QueueCall:
    """One request.

    Attributes:
        endpoint: where it was sent to; the URLs of queues begin so.
        disconnected: done when its sender has gone, who would not get a message any more.
    """

    queues: Queues
    request: JsonObject
    endpoint: str
    disconnected: asyncio.Future[None]

    @property
    def queue(self) -> Queue:
        """The queue that it is about."""
        return self.queues.of(self.request)

    def number(self, member: str, default: float, least: int, most: int) -> float:
        """A number of the request.

        Raises:
            AwsError: it is out of its bounds.
        """
        value = self.request.get(member)
        if value is not None and not least <= value <= most:
            raise refusals.out_of_range(member, value, least, most)
        return float(default if value is None else value)


QueueHandler = Callable[[QueueCall], Awaitable[JsonObject]]


async def answer_queue(operation: str, call: QueueCall) -> JsonObject:
    """Answer one request.

    Raises:
        AwsError: AWS's refusal.
    """
    shape = operation_model(operation).input_shape
    for member in shape.required_members if shape is not None else ():
        if call.request.get(member) in (None, ""):
            raise refusals.missing(member)
    return await QUEUE_OPERATIONS[operation](call)


async def create_queue(call: QueueCall) -> JsonObject:
    """CreateQueue."""
    name = call.request["QueueName"]
    call.queues.create(name, call.request.get("Attributes") or {})
    return {"QueueUrl": call.queues.url(name, call.endpoint)}


async def delete_queue(call: QueueCall) -> JsonObject:
    """DeleteQueue."""
    call.queues.delete(call.queue)
    return {}


async def get_queue_url(call: QueueCall) -> JsonObject:
    """GetQueueUrl."""
    return {"QueueUrl": call.queues.url(call.queues.named(call.request["QueueName"]).name, call.endpoint)}


async def get_queue_attributes(call: QueueCall) -> JsonObject:
    """GetQueueAttributes: what AttributeNames asks for, as far as the queue has it."""
    attributes, wanted = call.queue.attributes(), call.request.get("AttributeNames") or ()
    for name in wanted:
        if name not in queue_attributes():
            raise refusals.unknown_attribute(name)
    found = {name: value for name, value in attributes.items() if "All" in wanted or name in wanted}
    return {"Attributes": found} if found else {}


async def set_queue_attributes(call: QueueCall) -> JsonObject:
    """SetQueueAttributes."""
    call.queue.set_attributes(call.request["Attributes"])
    return {}


async def send_message(call: QueueCall) -> JsonObject:
    """SendMessage."""
    queue, body = call.queue, call.request["MessageBody"]
    delay = call.number("DelaySeconds", queue.seconds("DelaySeconds"), 0, _LONGEST_DELAY_SECONDS)
    return {"MessageId": queue.put(body, delay=delay).id, "MD5OfMessageBody": md5(body)}


async def receive_message(call: QueueCall) -> JsonObject:
    """ReceiveMessage: a long poll answers as soon as there is a message."""
    queue = call.queue
    most = int(call.number("MaxNumberOfMessages", 1, 1, _MOST_MESSAGES))
    visibility = call.number("VisibilityTimeout", queue.seconds("VisibilityTimeout"), 0, _LONGEST_VISIBILITY_SECONDS)
    wait = call.number("WaitTimeSeconds", queue.seconds("ReceiveMessageWaitTimeSeconds"), 0, _LONGEST_WAIT_SECONDS)
    until = time.monotonic() + wait
    while not (call.disconnected.done() or call.queues.is_closing):
        if messages := queue.take(most, visibility):
            return {"Messages": [_received(message, call.request) for message in messages]}
        if (left := until - time.monotonic()) <= 0:
            break
        change = asyncio.ensure_future(queue.change(left))
        await asyncio.wait({change, call.disconnected}, return_when=asyncio.FIRST_COMPLETED)
        change.cancel()
        if queue.is_deleted:
            raise refusals.no_queue()
    return {}


async def delete_message(call: QueueCall) -> JsonObject:
    """DeleteMessage."""
    call.queue.delete_message(call.request["ReceiptHandle"])
    return {}


async def delete_message_batch(call: QueueCall) -> JsonObject:
    """DeleteMessageBatch."""
    queue = call.queue
    return _batch(call, "DeleteMessageBatchRequestEntry", lambda entry: queue.delete_message(entry["ReceiptHandle"]))


async def change_message_visibility(call: QueueCall) -> JsonObject:
    """ChangeMessageVisibility."""
    seconds = call.number("VisibilityTimeout", 0, 0, _LONGEST_VISIBILITY_SECONDS)
    call.queue.change_visibility(call.request["ReceiptHandle"], seconds)
    return {}


async def change_message_visibility_batch(call: QueueCall) -> JsonObject:
    """ChangeMessageVisibilityBatch."""
    queue = call.queue

    def change(entry: JsonObject) -> None:
        queue.change_visibility(entry["ReceiptHandle"], entry.get("VisibilityTimeout") or 0)

    return _batch(call, "ChangeMessageVisibilityBatchRequestEntry", change)


def _batch(call: QueueCall, entry_name: str, perform: Callable[[JsonObject], None]) -> JsonObject:
    """Perform each entry for itself; what one is refused does not concern the others."""
    entries = call.request["Entries"]
    if not entries:
        raise refusals.empty_batch(entry_name)
    if len(entries) > _MOST_MESSAGES:
        raise refusals.long_batch(len(entries), _MOST_MESSAGES)
    ids = [entry["Id"] for entry in entries]
    if repeated := next((entry_id for entry_id in ids if ids.count(entry_id) > 1), None):
        raise refusals.ids_not_distinct(repeated)
    successful, failed = [], []
    for entry in entries:
        try:
            perform(entry)
            successful.append({"Id": entry["Id"]})
        except AwsError as error:
            code = error.query_code or error.code.rpartition("#")[2]
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": error.message})
    return {"Successful": successful, "Failed": failed}


def _received(message: Message, request: JsonObject) -> JsonObject:
    wanted: set[Any] = {
        *(request.get("AttributeNames") or ()),
        *(request.get("MessageSystemAttributeNames") or ()),
    }
    shown = {name: value for name, value in message.attributes().items() if "All" in wanted or name in wanted}
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "MD5OfBody": md5(message.body),
        "Body": message.body,
        **({"Attributes": shown} if shown else {}),
    }


QUEUE_OPERATIONS: Final[dict[str, QueueHandler]] = {
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": change_message_visibility_batch,
    "CreateQueue": create_queue,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": delete_message_batch,
    "DeleteQueue": delete_queue,
    "GetQueueAttributes": get_queue_attributes,
    "GetQueueUrl": get_queue_url,
    "ReceiveMessage": receive_message,
    "SendMessage": send_message,
    "SetQueueAttributes": set_queue_attributes,
}
