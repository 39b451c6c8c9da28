"""Whether this worker takes work: connected, polling every task queue, and not draining."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

ANSWER_WITHIN: Final = timedelta(seconds=2)
"""Longest wait for Temporal; probes usually give up after a few seconds."""

GOOD_FOR_SECONDS: Final = 1.0
"""How long a good answer is repeated without asking Temporal, however many ask."""


class Readiness:
    """Knows why the worker is not ready.

    That a queue is polled is what the server says: it lists the pollers of the last five minutes by their identity.
    Once seen, it holds for as long as the worker runs: one whose slots are all taken polls no more and is well.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        """Begin as not connected; once `stop` is set the worker drains."""
        self._stop = stop
        self._client: Client | None = None
        self._workers: Sequence[Worker] = ()
        self._seen: set[str] = set()
        self._good_until = 0.0

    def connected(self, client: Client, workers: Sequence[Worker]) -> None:
        """Take what there is once Temporal has answered."""
        self._client, self._workers = client, workers

    async def problem(self) -> str | None:
        """Return why the worker is not ready; None if it is."""
        if self._stop.is_set():
            return "the worker drains"
        if self._client is None:
            return "the worker is not connected to Temporal yet"
        if stopped := [worker.task_queue for worker in self._workers if not worker.is_running]:
            return f"the worker of {', '.join(stopped)} does not run"
        now = asyncio.get_running_loop().time()
        if now < self._good_until:
            return None
        problem = await self._ask_temporal(self._client)
        if problem is None:
            self._good_until = now + GOOD_FOR_SECONDS
        return problem

    async def _ask_temporal(self, client: Client) -> str | None:
        queues = [worker.task_queue for worker in self._workers]
        # Where all have been seen, one request still shows whether Temporal answers.
        asked = [queue for queue in queues if queue not in self._seen] or queues[:1]
        try:
            polled = await asyncio.gather(*(self._is_polled(client, queue) for queue in asked))
        except RPCError as error:
            return f"Temporal does not answer: {error.message}"
        self._seen.update(queue for queue, is_polled in zip(asked, polled, strict=True) if is_polled)
        missing = [queue for queue in queues if queue not in self._seen]
        return f"{', '.join(missing)} is not polled yet" if missing else None

    @staticmethod
    async def _is_polled(client: Client, task_queue: str) -> bool:
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
        answer = await client.workflow_service.describe_task_queue(request, timeout=ANSWER_WITHIN)
        return any(poller.identity == client.identity for poller in answer.pollers)
