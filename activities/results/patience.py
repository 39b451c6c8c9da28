"""Reading what an ended execution left behind: over throttling and short outages, and yet not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from activities.aws.connection_errors import OutOfTimeError
from activities.aws.errors import AwsError, Call, Kind, retry_delay
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import SAGEMAKER, Operation, resource_of
from activities.results.reading import Polling
from activities.retrying import retrying

ATTEMPTS: Final = 4
"""Of one call in an outage; throttling costs no attempt, only time."""

ATTEMPTS_WITHOUT_CONNECTION: Final = 1
"""Of one call of another service than SageMaker that cannot be reached: the worker's network may have no route to it at
all, and the end of a run must not wait for an explanation."""


_NO_CONNECTION: Final = (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError)


class ReadingCalls(Polling, Protocol):
    """What reads from AWS (`activities.aws.calls.SageMakerCalls`)."""

    async def call(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.ACTION,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """Call an operation of any service."""


class PatientCalls:
    """Calls that are made again while AWS throttles or does not answer, all of them together within one time."""

    def __init__(self, calls: ReadingCalls, within_seconds: float) -> None:
        """Let the time begin.

        Args:
            calls: Reaches AWS.
            within_seconds: For all calls together; after it each raises `OutOfTimeError` at once.
        """
        self._calls = calls
        self._within_seconds = within_seconds
        self._deadline = asyncio.get_running_loop().time() + within_seconds

    async def poll(
        self, platform: Platform, operation: Operation, *, resource: str | None = None, **request: Any
    ) -> Any:
        """Call an operation of SageMaker; it raises what `SageMakerCalls.poll` raises, also for an `OutOfTimeError`."""
        call = Call(operation, resource or resource_of(request), platform.name, platform.region)
        return await self._patiently(
            call, lambda: self._calls.poll(platform, operation, resource=resource, **request), ATTEMPTS
        )

    async def call(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.ACTION,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """Call an operation of any service; it raises what `SageMakerCalls.call` raises, and as `poll`."""
        call = Call(operation, resource or resource_of(request), platform.name, platform.region)
        attempts = ATTEMPTS if operation.service == SAGEMAKER else ATTEMPTS_WITHOUT_CONNECTION
        return await self._patiently(
            call,
            lambda: self._calls.call(platform, operation, priority=priority, resource=resource, **request),
            attempts,
        )

    async def _patiently(self, named: Call, call: Callable[[], Awaitable[Any]], unconnected_attempts: int) -> Any:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await _again_and_again(call, unconnected_attempts)
        except TimeoutError:
            late = OutOfTimeError(f"not everything could be read within {self._within_seconds:g} s")
            raise AwsError(named, late) from None


async def _again_and_again(call: Callable[[], Awaitable[Any]], unconnected_attempts: int) -> Any:
    outages = 0

    def pause(error: Exception, attempts: int) -> float | None:
        nonlocal outages
        if not isinstance(error, AwsError) or error.kind not in {Kind.THROTTLED, Kind.UNAVAILABLE}:
            return None
        outages += error.kind is Kind.UNAVAILABLE
        longest = unconnected_attempts if isinstance(error.cause, _NO_CONNECTION) else ATTEMPTS
        return retry_delay(attempts).total_seconds() if outages < longest else None

    return await retrying(call, pause)
