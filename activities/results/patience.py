"""Reading what an ended execution left behind: over throttling and short outages, and yet not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from activities.aws.clients import SAGEMAKER
from activities.aws.connection_errors import OutOfTimeError
from activities.aws.errors import AwsError, Call, Kind, classify, retry_delay
from activities.aws.platforms import Platform

ATTEMPTS: Final = 4
"""Of one call in an outage; throttling costs no attempt, only time."""

ATTEMPTS_WITHOUT_CONNECTION: Final = 1
"""The same for other services than SageMaker where no connection comes about: the worker's network may have no way to
them at all, and the end of a run must not wait for what only explains it."""


_NO_CONNECTION: Final = (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError)


class ReadingCalls(Protocol):
    """What reads from AWS (`activities.aws.calls.SageMakerCalls`)."""

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """Call an operation of SageMaker, behind the actions."""

    async def call(self, platform: Platform, method: str, *, service: str = SAGEMAKER, **request: Any) -> Any:
        """Call an operation of any service."""

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts."""


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

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """Call an operation of SageMaker; it raises what `SageMakerCalls.look` raises, and `OutOfTimeError`."""
        return await self._patiently(lambda: self._calls.look(platform, method, **request), ATTEMPTS)

    async def call(self, platform: Platform, method: str, *, service: str = SAGEMAKER, **request: Any) -> Any:
        """Call an operation of any service; it raises what `SageMakerCalls.call` raises, and `OutOfTimeError`."""
        attempts = ATTEMPTS if service == SAGEMAKER else ATTEMPTS_WITHOUT_CONNECTION
        return await self._patiently(lambda: self._calls.call(platform, method, service=service, **request), attempts)

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts."""
        return self._calls.described(platform, operation, resource)

    async def _patiently(self, call: Callable[[], Awaitable[Any]], unconnected_attempts: int) -> Any:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await _again_and_again(call, unconnected_attempts)
        except TimeoutError:
            raise OutOfTimeError(f"not everything could be read within {self._within_seconds:g} s") from None


async def _again_and_again(call: Callable[[], Awaitable[Any]], unconnected_attempts: int) -> Any:
    attempt = outages = 0
    while True:
        attempt += 1
        try:
            return await call()
        except AwsError as error:
            kind = classify(error)
            outages += kind is Kind.UNAVAILABLE
            longest = unconnected_attempts if isinstance(error, _NO_CONNECTION) else ATTEMPTS
            if kind not in {Kind.THROTTLED, Kind.UNAVAILABLE} or outages >= longest:
                raise
        await asyncio.sleep(retry_delay(attempt).total_seconds())
