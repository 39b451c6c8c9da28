"""What a platform's identity needs to read the queue of its events."""

from typing import Any, Final

from activities.aws.event_queue import EventQueue
from activities.aws.permissions import Feature, Permission, Scope
from activities.aws.place import Place
from activities.resources.operations import (
    CHANGE_MESSAGE_VISIBILITY,
    DELETE_MESSAGE,
    GET_QUEUE_ATTRIBUTES,
    RECEIVE_MESSAGE,
)

_EVENTS: Final = frozenset({Feature.EVENTS})

# The batch operations are granted with the single ones (Service Authorization Reference, Amazon SQS).
EVENT_PERMISSIONS: Final = (
    Permission(RECEIVE_MESSAGE.action, Scope.QUEUE, _EVENTS, "waits for events"),
    Permission(DELETE_MESSAGE.action, Scope.QUEUE, _EVENTS, "removes an event that has done its work"),
    Permission(
        CHANGE_MESSAGE_VISIBILITY.action, Scope.QUEUE, _EVENTS, "hands an event of another worker's run back at once"
    ),
    Permission(GET_QUEUE_ATTRIBUTES.action, Scope.QUEUE, _EVENTS, "lets doctor check the queue and its policy"),
)


def event_statement(queue_arn: Any) -> dict[str, Any]:
    """Write the statement of an identity's policy.

    Args:
        queue_arn: The queue's ARN, or a template's reference to it.
    """
    actions = [permission.action for permission in EVENT_PERMISSIONS]
    return {"Sid": "ReadEvents", "Effect": "Allow", "Action": actions, "Resource": [queue_arn]}


def queue_arn(queue: EventQueue, place: Place) -> str:
    """Write the ARN of a queue; its URL has account and name (Amazon SQS developer guide, "Queue and message IDs")."""
    account, name = queue.account_and_name
    return place.queue(name, region=queue.own_region, account=account)
