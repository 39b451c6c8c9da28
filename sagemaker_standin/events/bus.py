import asyncio
import itertools
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Final

from sagemaker_standin.arns import Account
from sagemaker_standin.errors import AwsError
from sagemaker_standin.events.details import Event, iso
from sagemaker_standin.queues.service import Queues
from sagemaker_standin.switches import Switches

GARBAGE: Final = (
    "no JSON at all",
    " ",
    "null",
    "[]",
    '{"source": "aws.s3", "detail-type": "Object Created", "resources": [], "detail": {}}',
    '{"source": "aws.sagemaker", "detail-type": 5, "resources": "no list", "detail": []}',
    '{"source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", "resources": [null, {}, 1]}',
    "[" * 50_000,
    '{"source": "aws.sagemaker", "resources": ["arn:aws:sagemaker:eu-west-1:999988887777:training-job/foreign"]}',
)
"""Bodies that are no events of this account: unreadable, nested too deep, of other services, without ARN, foreign."""


@dataclass
class Deliveries(Switches):
    """How events get to the queue; the defaults are AWS's good days.

    Attributes:
        queue: the name of the queue; None sends no events.
        per_change: events of each change, with ids of their own: "SageMaker AI may send multiple events to EventBridge
            for each state change" (its developer guide).
        lost: the share of events that never arrive.
        copies: how often each event arrives under the same id.
        late_seconds: real seconds by which events come late.
        reordered_seconds: real seconds within which events overtake each other.
        garbage: the share of events that arrive as something else (`GARBAGE`).
    """

    queue: str | None = None
    per_change: int = 2
    lost: float = 0.0
    copies: int = 1
    late_seconds: float = 0.0
    reordered_seconds: float = 0.0
    garbage: float = 0.0


class EventBus:
    """The default event bus of the account with one rule: SageMaker's events go to a queue."""

    def __init__(self, account: Account, queues: Queues) -> None:
        self.deliveries = Deliveries()
        self._account = account
        self._queues = queues
        self._garbage = itertools.cycle(GARBAGE)
        self._random = random.Random(0)  # noqa: S311 — repeatable chance, no secret
        self._emitted: Counter[str] = Counter()
        self._delivered = 0

    @property
    def is_on(self) -> bool:
        """Whether events go anywhere."""
        return self.deliveries.queue is not None

    def switch(self, values: dict[str, Any]) -> None:
        """Set switches of `Deliveries`; a queue that does not exist is made.

        Raises:
            ValueError: There is no such switch.
        """
        self.deliveries.switch(values)
        if (queue := values.get("queue")) and not self._queues.has(queue):
            self._queues.create(queue, {"MessageRetentionPeriod": "300", "Policy": self._policy(queue)})

    def shown(self) -> dict[str, Any]:
        """The switches, and what was sent so far: changes by detail type, and messages in the queue."""
        return {**asdict(self.deliveries), "emitted": dict(self._emitted), "delivered": self._delivered}

    def emit(self, event: Event) -> None:
        """Send the events of one change."""
        if not self.is_on:
            return
        self._emitted[event.detail_type] += 1
        for _ in range(self.deliveries.per_change):
            body = self.body(event)
            for _ in range(self.deliveries.copies):
                if self._random.random() >= self.deliveries.lost:
                    self._deliver(body)

    def body(self, event: Event, at: float | None = None) -> str:
        """An event as a target gets it."""
        envelope = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": event.detail_type,
            "source": "aws.sagemaker",
            "account": self._account.account_id,
            "time": iso(time.time() if at is None else at),
            "region": self._account.region,
            "resources": list(event.resources),
            **event.envelope,
        }
        return json.dumps({**envelope, "detail": event.detail})

    def flood(self, count: int, age: float) -> int:
        """Put old events into the queue, of training jobs that are forgotten; how many are there.

        A queue that keeps its messages for less than `age` seconds drops them, as SQS does.
        """
        queue = self._queues.named(self.deliveries.queue or "")
        sent_at = time.time() - age
        for number in range(count):
            arn = self._account.resource("training-job", f"forgotten-{number}")
            detail = {"TrainingJobArn": arn, "TrainingJobStatus": "Completed"}
            event = Event("SageMaker Training Job State Change", (arn,), detail, {})
            queue.put(self.body(event, sent_at), age=age)
        return int(queue.attributes()["ApproximateNumberOfMessages"])

    def _policy(self, queue: str) -> str:
        """Lets EventBridge send to the queue, for the rule of the same name."""
        account = self._account
        rule = f"arn:{account.partition}:events:{account.region}:{account.account_id}:rule/{queue}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": account.queue(queue),
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def _deliver(self, body: str) -> None:
        deliveries = self.deliveries
        sent = next(self._garbage) if self._random.random() < deliveries.garbage else body
        delay = deliveries.late_seconds + self._random.random() * deliveries.reordered_seconds
        if delay:
            asyncio.get_running_loop().call_later(delay, self._put, sent)
        else:
            self._put(sent)

    def _put(self, body: str) -> None:
        try:
            self._queues.named(self.deliveries.queue or "").put(body)
        except AwsError:
            # EventBridge drops what its target refuses for good, as a deleted queue does.
            return
        self._delivered += 1
