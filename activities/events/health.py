"""Whether a queue can be read and changed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

import structlog

from activities.aws.errors import AwsError

log = structlog.get_logger(__name__)


class Operation(StrEnum):
    """What a receiver does with a queue; each may be refused alone."""

    RECEIVE = "receive"
    DELIVER = "deliver"
    DELETE = "delete"
    HAND_BACK = "hand_back"


class QueueHealth:
    """A queue works once it was read, as long as no operation has failed that has not succeeded since.

    So an operation that is refused each time, between others that succeed, is one lasting trouble.

    Attributes:
        operation: The last one that was begun.
    """

    def __init__(self, platforms: Sequence[str], changed: Callable[[bool], None]) -> None:
        """Begin with a queue that was not read yet.

        Args:
            platforms: For the log.
            changed: Called with whether the queue works, as soon as that is known and whenever it changes.
        """
        self.operation = Operation.RECEIVE
        self._platforms = list(platforms)
        self._changed = changed
        self._works: bool | None = None
        self._was_read = False
        self._troubles: dict[Operation, str] = {}
        self._failures: Counter[Operation] = Counter()

    @contextmanager
    def during(self, operation: Operation) -> Iterator[None]:
        """Do an operation in the block, and record that it has succeeded if nothing is raised."""
        self.operation = operation
        yield
        self._was_read |= operation is Operation.RECEIVE
        self._failures.pop(operation, None)
        self._troubles.pop(operation, None)
        self._decide()

    def has_trouble(self, operation: Operation) -> bool:
        """Whether an operation has failed and not succeeded since."""
        return operation in self._troubles

    def failed(self, error: Exception) -> int:
        """Record that the last operation has failed; return how often it has in succession."""
        self._failures[self.operation] += 1
        failures = self._failures[self.operation]
        if not isinstance(error, AwsError):
            self._trouble(type(error).__name__, "a defect of the worker")
        elif failures > 1 or not error.rule.is_transient:
            # What was lost on the way once is no trouble: messages wait in the queue.
            self._trouble(error.kind, error.explanation)
        return failures

    def _trouble(self, kind: str, text: str) -> None:
        operation = self.operation
        if self._troubles.get(operation) != kind:
            self._troubles[operation] = kind
            log.warning("events.queue_failed", platforms=self._platforms, operation=operation, kind=kind, error=text)
        self._decide()

    def _decide(self) -> None:
        works = self._was_read and not self._troubles
        if works is self._works:
            return
        self._works = works
        self._changed(works)
        if works:
            log.info("events.queue_works", platforms=self._platforms)
