"""Metrics of the activities, and spans around their calls to AWS. By default nothing is recorded."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from activities.metrics import Metrics


class AwsCallSpans(Protocol):
    """Opens a span around a call to AWS."""

    def __call__(self, platform: str, service: str, operation: str) -> AbstractContextManager[None]:
        """Open a span for as long as the block runs; an error ends it as failed, without the error's text.

        Args:
            platform: The platform's name.
            service: boto3's name of the service.
            operation: AWS's name of the operation.
        """


@contextmanager
def no_span(platform: str, service: str, operation: str) -> Iterator[None]:  # noqa: ARG001 — the protocol
    """Open nothing."""
    yield


@dataclass(frozen=True)
class Telemetry:
    """Where metrics and spans go."""

    metrics: Metrics = field(default_factory=Metrics)
    aws_call_span: AwsCallSpans = no_span
