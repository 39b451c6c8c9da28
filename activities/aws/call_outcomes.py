"""Measuring calls to AWS: their operation, outcome and duration, in words of a closed set."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError

from activities.aws.classification import classify, code_of
from activities.aws.error_rules import KIND_OF_CODE
from activities.metrics import AwsCall, Metrics
from activities.resources.operations import Operation

OK: Final = "OK"
OTHER: Final = "Other"
"""A code that no table knows. It stands in the log and in the failure; as a label, AWS or a proxy could make up any."""


@contextmanager
def measured(metrics: Metrics, platform: str, operation: Operation) -> Iterator[None]:
    """Measure the block as one call of an operation, whatever its outcome."""
    began = time.perf_counter()
    code = kind = OK
    try:
        yield
    except Exception as error:
        code, kind = code_label(error), classify(error)
        raise
    finally:
        metrics.aws_called(AwsCall(platform, operation.name, code, kind, time.perf_counter() - began))


def code_label(error: Exception) -> str:
    """Name an error for a label: AWS's code if the project knows it, else the class where AWS did not answer."""
    if not isinstance(error, ClientError):
        return type(error).__name__
    return code_of(error) if code_of(error) in KIND_OF_CODE else OTHER
