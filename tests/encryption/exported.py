"""Looking through what Temporal keeps, as somebody with its database would."""

from collections.abc import Iterator

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.history.v1 import History, MarkerRecordedEventAttributes
from temporalio.api.workflow.v1 import PendingActivityInfo

from tests.workflows.stage import Run


def payloads(message: Message, place: str = "") -> Iterator[tuple[str, Payload]]:
    """Every payload in a message, with its place, but for what the SDK keeps readable.

    These are search attributes, which Temporal reads itself, and the markers of `workflow.patched` with a patch's id.
    """
    if isinstance(message, MarkerRecordedEventAttributes) and message.marker_name == "core_patch":
        return
    for field, value in message.ListFields():
        here = f"{place}.{field.name}"
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        values = list(value.values()) if is_map else list(value) if field.is_repeated else [value]
        for each in values:
            if isinstance(each, Payload):
                yield here, each
            elif isinstance(each, Message) and not isinstance(each, SearchAttributes):
                yield from payloads(each, here)


def in_clear(message: Message) -> list[str]:
    """Where payloads stand in clear."""
    return [place for place, found in payloads(message) if found.metadata["encoding"] != b"binary/encrypted"]


async def kept(run: Run) -> History:
    """What Temporal keeps of a run."""
    return History(events=(await run.handle.fetch_history()).events)


async def pending_activities(run: Run) -> list[PendingActivityInfo]:
    """What the server tells of the activities that are not done."""
    return list((await run.handle.describe()).raw_description.pending_activities)
