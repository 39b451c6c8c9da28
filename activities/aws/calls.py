"""AWS calls from the event loop: each waits for its turn, and takes a thread, because boto3 is synchronous."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar

from botocore.exceptions import ClientError

from activities.aws.call_outcomes import measured, operation_of
from activities.aws.clients import SAGEMAKER, Clients
from activities.aws.connection_errors import CredentialsRefusedError, NoTurnError
from activities.aws.errors import Call, Kind, classify
from activities.aws.platforms import Platform, Platforms
from activities.aws.rate_limit.limit import RateLimit
from activities.aws.rate_limit.turns import Priority
from activities.aws.secrets.resolver import Secrets
from activities.telemetry import Telemetry

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_WAIT_SECONDS: Final = 30.0
"""How long an action waits for its turn: an activity's timeout must have room for the wait and for the call."""


def threads_of_a_platform(threads: int) -> dict[Priority, int]:
    """The threads that each platform in use takes, by priority: 48 with 16 calls at once.

    With a single queue, a stop would wait behind a burst of starts and the polls of thousands of watches.
    """
    return {
        Priority.STOP: max(threads // 4, 1),
        Priority.ACTION: threads,
        Priority.WAKE: max(threads // 4, 1),
        Priority.LOOK: threads,
        Priority.BROWSE: max(threads // 2, 1),
    }


class SageMakerCalls:
    """Calls AWS operations on platforms, by boto3's method names; those of SageMaker within the platform's rate."""

    def __init__(
        self, platforms: Platforms, threads: int, secrets: Secrets | None = None, telemetry: Telemetry | None = None
    ) -> None:
        """Prepare the calls.

        Args:
            platforms: The platforms that calls may name.
            threads: Calls under way at once on each platform; the watches' looks may have as many again, discoveries
                half as many, and stops a quarter.
            secrets: Resolves references to secrets; without it there are no vaults.
            telemetry: Is told of every call; without it nobody is.
        """
        self.platforms = platforms
        self.secrets = secrets or Secrets()
        self.telemetry = telemetry or Telemetry()
        for platform in platforms:
            self.telemetry.metrics.expect(platform.name, platform.rate_limit or math.inf)
        self._threads = threads_of_a_platform(threads)
        self._shares: dict[tuple[str, Priority], _Share] = {}
        self._vaults = ThreadPoolExecutor(threads, "vaults")
        self._clients = Clients(max_connections=sum(self._threads.values()), secrets=self.secrets)
        self._limits: dict[str, RateLimit] = {}

    async def call(
        self,
        platform: Platform,
        method: str,
        *,
        service: str = SAGEMAKER,
        priority: Priority = Priority.ACTION,
        **request: Any,
    ) -> Any:
        """Call an operation and give its response.

        A refusal of the credentials drops the platform's Session and tries once more with a new one, because a
        session's keys may just have expired or been rotated.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made (`activities.aws.connection_errors`: it was
                never sent), or no answer came.
        """
        with self.telemetry.aws_call_span(platform.name, service, operation_of(method)):
            if service != SAGEMAKER:
                return await self._in_thread(platform, priority, self._call, platform, service, method, request)
            return await self._in_turn(priority, platform, method, request)

    async def look(self, platform: Platform, method: str, *, priority: Priority = Priority.LOOK, **request: Any) -> Any:
        """Do the same as `call` on SageMaker, in the threads of the watches, whose turns come after the actions'.

        There is no span: a run has thousands of looks, and one may serve many runs. They belong into metrics.
        """
        return await self._in_turn(priority, platform, method, request)

    async def read(self, platform: Platform, method: str, *, priority: Priority, **request: Any) -> Any:
        """Call an operation that changes nothing, again and again while AWS throttles it.

        Raises:
            botocore.exceptions.ClientError: AWS answered with another error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """
        while True:
            try:
                with self.telemetry.aws_call_span(platform.name, SAGEMAKER, operation_of(method)):
                    return await self._in_turn(priority, platform, method, request)
            except ClientError as error:
                if classify(error) is not Kind.THROTTLED:
                    raise

    async def from_vaults(self, read: Callable[[], R]) -> R:
        """Read secrets in a thread of the vaults, which belong to no platform."""
        return await asyncio.get_running_loop().run_in_executor(self._vaults, read)

    def limit(self, platform: Platform) -> RateLimit:
        """Give the rate limit that all calls of this process to the platform's SageMaker share."""
        if platform.name not in self._limits:
            self._limits[platform.name] = RateLimit(platform.name, platform.rate_limit)
        return self._limits[platform.name]

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts, with the region that the platform's client really has."""
        return Call(operation, resource, platform.name, self._clients.region(platform))

    async def expires_at(self, platform: Platform) -> datetime | None:
        """Tell when the keys that are in use end; None for keys without an end, or before their first use."""
        return await self._in_thread(platform, Priority.ACTION, self._clients.expires_at, platform)

    def close(self) -> None:
        """Let go of the threads; calls under way are not waited for."""
        for pool in (self._vaults, *(share.pool for share in self._shares.values())):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _in_turn(self, priority: Priority, platform: Platform, method: str, request: dict[str, Any]) -> Any:
        limit = self.limit(platform)
        async with self._turn(platform, priority) as turn_at:
            try:
                response = await self._in_thread(platform, priority, self._call, platform, SAGEMAKER, method, request)
            except ClientError as error:
                kind = classify(error)
                if kind is Kind.THROTTLED:
                    limit.refused(turn_at)
                elif kind is not Kind.UNAVAILABLE:  # which tells nothing about the rate
                    limit.answered()
                raise
            else:
                limit.answered()
                return response
            finally:
                self.telemetry.metrics.rate_limited(platform.name, limit.rate)

    async def _in_thread(
        self, platform: Platform, priority: Priority, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        pool = self._share(platform, priority).pool
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: function(*args, **kwargs))

    @asynccontextmanager
    async def _turn(self, platform: Platform, priority: Priority) -> AsyncIterator[float]:
        """Wait for a call's turn, and keep a thread free for it; gives the time of the turn.

        Raises:
            NoTurnError: The turn of a stop or an action has not come for long.
        """
        longest = LONGEST_WAIT_SECONDS if priority <= Priority.ACTION else None
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(longest):
                    # First the thread: a call that waited for one after its turn would be sent when AWS has long
                    # begun to refuse.
                    await held.enter_async_context(self._share(platform, priority).free)
                    turn_at = await self.limit(platform).turn(priority)
            except TimeoutError:
                raise NoTurnError(f"no turn came within {longest:g} s; nothing was sent") from None
            yield turn_at

    def _share(self, platform: Platform, priority: Priority) -> "_Share":
        key = (platform.name, priority)
        if key not in self._shares:
            self._shares[key] = _Share(self._threads[priority], f"aws-{platform.name}-{priority.name.lower()}")
        return self._shares[key]

    def _call(self, platform: Platform, service: str, method: str, request: dict[str, Any]) -> Any:
        client = None
        try:
            with measured(self.telemetry.metrics, platform.name, method):
                client = self._clients.client(platform, service)
                return getattr(client, method)(**request)
        except Exception as error:
            if classify(error) is not Kind.CREDENTIALS:
                raise
            self._clients.drop(platform, client)
            # What gives the credentials was asked just now; the next attempt asks it again.
            if isinstance(error, CredentialsRefusedError):
                raise
        with measured(self.telemetry.metrics, platform.name, method):
            return getattr(self._clients.client(platform, service), method)(**request)


class _Share:
    """A platform's threads for one class of calls: its own, since a platform that does not answer holds all it has."""

    def __init__(self, threads: int, name: str) -> None:
        self.free = asyncio.Semaphore(threads)
        self.pool = ThreadPoolExecutor(threads, name)  # begins each thread when it is first needed
