"""AWS calls from the event loop: boto3 is synchronous, so each call takes a thread of a bounded pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from activities.aws.clients import SAGEMAKER, Clients
from activities.aws.connection_errors import CredentialsRefusedError
from activities.aws.errors import Call, Kind, classify
from activities.aws.platforms import Platform, Platforms
from activities.aws.secrets.resolver import Secrets

P = ParamSpec("P")
R = TypeVar("R")


class SageMakerCalls:
    """Calls AWS operations on platforms, by boto3's method names."""

    def __init__(self, platforms: Platforms, threads: int, secrets: Secrets | None = None) -> None:
        """Prepare the calls.

        Args:
            platforms: The platforms that calls may name.
            threads: Calls under way at once, over all platforms; the watches' looks may have as many again.
            secrets: Resolves references to secrets; without it there are no vaults.
        """
        self.platforms = platforms
        self.secrets = secrets or Secrets()
        self._clients = Clients(max_connections=2 * threads, secrets=self.secrets)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="aws")
        # In one queue, a stop would wait behind the looks of thousands of watches.
        self._looks = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="aws-look")

    async def call(self, platform: Platform, method: str, *, service: str = SAGEMAKER, **request: Any) -> Any:
        """Call an operation and give its response.

        A refusal of the credentials drops the platform's Session and tries once more with a new one, because a
        session's keys may just have expired or been rotated.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made (`activities.aws.connection_errors`: it was
                never sent), or no answer came.
        """
        return await self.in_thread(self._call, platform, service, method, request)

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """Do the same as `call` on SageMaker, in the threads of the watches."""
        return await asyncio.get_running_loop().run_in_executor(
            self._looks, self._call, platform, SAGEMAKER, method, request
        )

    async def in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run something that waits for the network in a thread of the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def _call(self, platform: Platform, service: str, method: str, request: dict[str, Any]) -> Any:
        client = None
        try:
            client = self._clients.client(platform, service)
            return getattr(client, method)(**request)
        except Exception as error:
            if classify(error) is not Kind.CREDENTIALS:
                raise
            self._clients.drop(platform, client)
            # What gives the credentials was asked just now; the next attempt asks it again.
            if isinstance(error, CredentialsRefusedError):
                raise
        return getattr(self._clients.client(platform, service), method)(**request)

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts, with the region that the platform's client really has."""
        return Call(operation, resource, platform.name, self._clients.region(platform))

    async def expires_at(self, platform: Platform) -> datetime | None:
        """Tell when the keys that are in use end; None for keys without an end, or before their first use."""
        return await self.in_thread(self._clients.expires_at, platform)

    def close(self) -> None:
        """Let go of the threads; calls under way are not waited for."""
        for pool in (self._pool, self._looks):
            pool.shutdown(wait=False, cancel_futures=True)
