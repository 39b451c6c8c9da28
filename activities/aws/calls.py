"""AWS calls from the event loop: each waits for its turn, and takes a thread, because boto3 is synchronous."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from activities.aws.call_outcomes import measured
from activities.aws.classification import BOTO_ERRORS, classify
from activities.aws.clients import Clients
from activities.aws.connection_errors import CredentialsRefusedError, NoTurnError
from activities.aws.error_kinds import Kind
from activities.aws.errors import AwsError, Call
from activities.aws.platforms import Platform, Platforms
from activities.aws.rate_limit.limit import RateLimit
from activities.aws.rate_limit.turns import Priority
from activities.aws.secrets.resolver import Secrets
from activities.aws.threads import Run, Threads, threads_of_a_platform
from activities.resources.operations import SAGEMAKER, Operation, resource_of
from activities.retrying import retrying
from activities.telemetry import Telemetry
from contract.surrogates import well_formed

R = TypeVar("R")

LONGEST_WAIT_SECONDS: Final = 30.0
"""How long an action waits for its turn: an activity's timeout must have room for the wait and for the call."""


class SageMakerCalls:
    """Calls AWS operations on platforms; those of SageMaker within the platform's rate."""

    def __init__(
        self, platforms: Platforms, threads: int, secrets: Secrets | None = None, telemetry: Telemetry | None = None
    ) -> None:
        """Prepare the calls.

        Args:
            platforms: The platforms that calls may name.
            threads: Calls in flight at once on each platform; the watches' polls may have as many again, discoveries
                half as many, and stops a quarter.
            secrets: Resolves references to secrets; without it there are no vaults.
            telemetry: Records every call; without it nothing is recorded.
        """
        self.platforms = platforms
        self.secrets = secrets or Secrets()
        self.telemetry = telemetry or Telemetry()
        for platform in platforms:
            self.telemetry.metrics.expect(platform.name, platform.rate_limit or math.inf)
        self._thread_counts = threads_of_a_platform(threads)
        self._threads: dict[tuple[str, Priority], Threads] = {}
        self._vaults = ThreadPoolExecutor(threads, "vaults")
        self._clients = Clients(max_connections=sum(self._thread_counts.values()), secrets=self.secrets)
        self._limits: dict[str, RateLimit] = {}

    async def call(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.ACTION,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """Call an operation and return its response.

        A refusal of the credentials drops the platform's Session and tries once more with a new one, because a
        session's keys may just have expired or been rotated.

        Args:
            platform: Where.
            operation: What to call.
            priority: Which calls go first.
            resource: What error texts say that the call is about; by default what the request names.
            request: The operation's input.

        Raises:
            AwsError: AWS refused, no answer came, or the call could not be made.
        """
        with self.telemetry.aws_call_span(platform.name, operation.service, operation.name):
            return await self.poll(platform, operation, priority=priority, resource=resource, **request)

    async def poll(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.POLL,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """Call an operation as `call` does, by default behind the actions, and without a span.

        A run makes thousands of polls, and one poll may serve many runs: they belong into metrics.
        """
        with self.errors_name(platform, operation, resource_of(request) if resource is None else resource):
            async with self._turn(platform, operation, priority) as (run, turn_at):
                if operation.service != SAGEMAKER:
                    return await run(lambda: self._call(platform, operation, request))
                with self._learning(platform, turn_at):
                    return await run(lambda: self._call(platform, operation, request))

    async def read(self, platform: Platform, operation: Operation, *, priority: Priority, **request: Any) -> Any:
        """Call an operation that changes nothing, again and again while AWS throttles it.

        Raises:
            AwsError: As `call`, but no answered throttling.
        """

        def pause(error: Exception, _: int) -> float | None:
            # The rate limit makes the next attempt wait.
            is_throttled = isinstance(error, AwsError) and error.is_answer and error.kind is Kind.THROTTLED
            return 0.0 if is_throttled else None

        return await retrying(lambda: self.call(platform, operation, priority=priority, **request), pause)

    def call_in_this_thread(self, platform: Platform, operation: Operation, request: dict[str, Any]) -> Any:
        """Call an operation of another service than SageMaker as `call` does, in a thread that the caller has.

        Raises:
            AwsError: As `call`.
        """
        with self.errors_name(platform, operation, resource_of(request)):
            return self._call(platform, operation, request)

    async def from_vaults(self, read: Callable[[], R]) -> R:
        """Read secrets in a thread of the vaults, which belong to no platform."""
        return await asyncio.get_running_loop().run_in_executor(self._vaults, read)

    @contextmanager
    def errors_name(self, platform: Platform, operation: Operation, resource: str) -> Iterator[None]:
        """Attach to what the block raises because of AWS, credentials or secrets what it was done for.

        Raises:
            AwsError: Instead of boto3's own exceptions and of those of `activities.aws.connection_errors`.
        """
        try:
            yield
        except BOTO_ERRORS as error:
            call = Call(operation, resource, platform.name, self.region(platform))
            # Not as the cause that Temporal would record: a signature mismatch quotes the session token.
            raise AwsError(call, error) from None

    def limit(self, platform: Platform) -> RateLimit:
        """Return the rate limit that all calls of this process to the platform's SageMaker share."""
        if platform.name not in self._limits:
            self._limits[platform.name] = RateLimit(platform.name, platform.rate_limit)
        return self._limits[platform.name]

    def region(self, platform: Platform) -> str | None:
        """Return the region that the platform's client really has; None before it has one."""
        return self._clients.region(platform)

    async def expires_at(self, platform: Platform) -> datetime | None:
        """Return when the keys in use end; None for keys without an end, or before their first use."""
        async with self._threads_for(platform, Priority.ACTION).slot() as run:
            expires_at: datetime | None = await run(lambda: self._clients.expires_at(platform))
        return expires_at

    def close(self) -> None:
        """Release the threads; calls in flight are not waited for."""
        self._vaults.shutdown(wait=False, cancel_futures=True)
        for threads in self._threads.values():
            threads.close()

    @contextmanager
    def _learning(self, platform: Platform, turn_at: float) -> Iterator[None]:
        """Adapt the platform's rate to the outcome of the block, a call of SageMaker."""
        limit = self.limit(platform)
        try:
            yield
        except ClientError as error:
            kind = classify(error)
            if kind is Kind.THROTTLED:
                limit.refused(turn_at)
            elif kind is not Kind.UNAVAILABLE:  # which says nothing about the rate
                limit.answered()
            raise
        else:
            limit.answered()
        finally:
            self.telemetry.metrics.rate_limited(platform.name, limit.rate)

    @asynccontextmanager
    async def _turn(
        self, platform: Platform, operation: Operation, priority: Priority
    ) -> AsyncIterator[tuple[Run, float]]:
        """Wait for a thread and, with SageMaker, for the call's turn; gives both.

        Raises:
            NoTurnError: The turn of a stop or an action has not come for long.
        """
        longest = LONGEST_WAIT_SECONDS if priority <= Priority.ACTION else None
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(longest):
                    # First the thread: a call that waited for one after its turn would be sent when AWS has long
                    # begun to refuse.
                    run = await held.enter_async_context(self._threads_for(platform, priority).slot())
                    is_limited = operation.service == SAGEMAKER
                    turn_at = await self.limit(platform).turn(priority) if is_limited else 0.0
            except TimeoutError:
                raise NoTurnError(f"no turn came within {longest:g} s; nothing was sent") from None
            yield run, turn_at

    def _threads_for(self, platform: Platform, priority: Priority) -> Threads:
        """Return the threads of a platform for one class of calls.

        Each platform has its own: one that does not answer keeps all of its threads busy.
        """
        key = (platform.name, priority)
        if key not in self._threads:
            name = f"aws-{platform.name}-{priority.name.lower()}"
            self._threads[key] = Threads(self._thread_counts[priority], name)
        return self._threads[key]

    def _call(self, platform: Platform, operation: Operation, request: dict[str, Any]) -> Any:
        client = None
        try:
            with measured(self.telemetry.metrics, platform.name, operation):
                client = self._clients.client(platform, operation.service)
                return well_formed(getattr(client, operation.method)(**request))
        except Exception as error:
            if classify(error) is not Kind.CREDENTIALS:
                raise
            self._clients.drop(platform, client)
            # What gives the credentials was asked just now; the next attempt asks it again.
            if isinstance(error, CredentialsRefusedError):
                raise
        with measured(self.telemetry.metrics, platform.name, operation):
            return well_formed(getattr(self._clients.client(platform, operation.service), operation.method)(**request))
