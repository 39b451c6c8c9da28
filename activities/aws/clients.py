"""boto3 clients: one Session per platform, created under a lock, shared by all threads."""

import threading
from typing import Any

import boto3
from botocore.config import Config

from activities.aws.platforms import Platform

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 20
TOTAL_ATTEMPTS = 1
"""botocore does not retry by itself: a start must know what became of each single attempt, and Temporal and the
watch retry with backoff anyway, without cost to the history."""


class Clients:
    """Caches a SageMaker client per platform.

    Clients are thread-safe, creating them is not (boto3's documentation); the first costs 0.14 s of CPU, another of
    the same Session 6 ms.
    """

    def __init__(self, max_connections: int) -> None:
        """Prepare an empty cache.

        Args:
            max_connections: Connections to AWS that a client keeps open at the most.
        """
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TOTAL_ATTEMPTS},
            max_pool_connections=max_connections,
            user_agent_extra="polysync-sagemaker",
        )

    def sagemaker(self, platform: Platform) -> Any:
        """Give the platform's SageMaker client, made on first use.

        Raises:
            botocore.exceptions.BotoCoreError: If the platform has no region or its profile does not exist.
        """
        with self._lock:
            if platform.name not in self._clients:
                session = boto3.Session(region_name=platform.region)
                self._clients[platform.name] = session.client(
                    "sagemaker", endpoint_url=platform.endpoint_url, config=self._config
                )
            return self._clients[platform.name]

    def region(self, platform: Platform) -> str | None:
        """Tell the platform's region: its own, or boto3's default; None where there is neither."""
        with self._lock:
            client = self._clients.get(platform.name)
        region: str | None = client.meta.region_name if client is not None else platform.region
        return region

    def drop(self, platform: Platform) -> None:
        """Forget the platform's client, so that the next use obtains credentials anew."""
        with self._lock:
            self._clients.pop(platform.name, None)
