from collections.abc import Mapping
from typing import Any

from sagemaker_standin.arns import Account
from sagemaker_standin.queues import refusals
from sagemaker_standin.queues.queue import Queue


class Queues:
    """The queues of the account; they and their messages are gone when the process ends."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._queues: dict[str, Queue] = {}
        self.is_closing = False

    def url(self, name: str, endpoint: str) -> str:
        """The URL of a queue of that name, below the endpoint of its region."""
        return f"{endpoint.rstrip('/')}/{self._account.account_id}/{name}"

    def create(self, name: str, attributes: Mapping[str, str]) -> Queue:
        """Create a queue, unless there is an equal one.

        Raises:
            AwsError: `QueueNameExists` for a queue with other attributes.
        """
        queue = self._queues.setdefault(name, Queue(self._account.queue(name), attributes))
        present = queue.attributes()
        if any(present.get(attribute) != value for attribute, value in attributes.items()):
            raise refusals.queue_exists(name)
        return queue

    def close(self) -> None:
        """Let waiting consumers return without messages: their connections are about to end."""
        self.is_closing = True
        for queue in self._queues.values():
            queue.wake_consumers()

    def has(self, name: str) -> bool:
        """Whether there is a queue of that name."""
        return name in self._queues

    def delete(self, queue: Queue) -> None:
        """Delete a queue with its messages."""
        del self._queues[queue.name]
        queue.delete()

    def named(self, name: str) -> Queue:
        """The queue of that name.

        Raises:
            AwsError: `QueueDoesNotExist`.
        """
        queue = self._queues.get(name)
        if queue is None:
            raise refusals.no_queue()
        return queue

    def of(self, request: Mapping[str, Any]) -> Queue:
        """The queue whose URL a request has; whatever host the URL names, since SDKs send requests to the endpoint.

        Raises:
            AwsError: `QueueDoesNotExist`, also for a queue of another account.
        """
        account_id, _, name = str(request["QueueUrl"]).rpartition("/")
        if not account_id.endswith(f"/{self._account.account_id}"):
            raise refusals.no_queue()
        return self.named(name)
