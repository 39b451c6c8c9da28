"""AWS calls from the event loop: boto3 is synchronous, so each call takes a thread of a bounded pool."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from activities.aws.clients import Clients
from activities.aws.errors import Call, Kind, classify
from activities.aws.platforms import Platform, Platforms


class SageMakerCalls:
    """Calls SageMaker operations on platforms, by boto3's method names."""

    def __init__(self, platforms: Platforms, threads: int) -> None:
        """Prepare the calls.

        Args:
            platforms: The platforms that calls may name.
            threads: Calls under way at once, over all platforms; the watches' looks may have as many again.
        """
        self.platforms = platforms
        self._clients = Clients(max_connections=2 * threads)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="aws")
        # In one queue, a stop would wait behind the looks of thousands of watches.
        self._looks = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="aws-look")

    async def call(self, platform: Platform, method: str, **request: Any) -> Any:
        """Call an operation and give its response.

        A refusal of the credentials drops the client and tries once more with a new one, because a session's keys
        may just have expired or been rotated.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._call, platform, method, request)

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """Do the same as `call`, in the threads of the watches."""
        return await asyncio.get_running_loop().run_in_executor(self._looks, self._call, platform, method, request)

    def _call(self, platform: Platform, method: str, request: dict[str, Any]) -> Any:
        try:
            return getattr(self._clients.sagemaker(platform), method)(**request)
        except Exception as error:
            if classify(error) is not Kind.CREDENTIALS:
                raise
            self._clients.drop(platform)
        return getattr(self._clients.sagemaker(platform), method)(**request)

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts, with the region that the platform's client really has."""
        return Call(operation, resource, platform.name, self._clients.region(platform))

    def close(self) -> None:
        """Let go of the threads; calls under way are not waited for."""
        for pool in (self._pool, self._looks):
            pool.shutdown(wait=False, cancel_futures=True)
