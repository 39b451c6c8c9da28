"""boto3 clients: one Session per platform, created under a lock, shared by all threads."""

import math
import threading
import time
from datetime import datetime
from typing import Any, Final

import boto3
from botocore.config import Config

from activities.aws.connection_errors import PlatformMisconfiguredError
from activities.aws.credentials.sessions import new_session
from activities.aws.credentials.sts import CALLER_IDENTITY, through_sts
from activities.aws.platforms import Platform
from activities.aws.secrets.resolver import Secrets
from activities.resources.operations import LOGS, SAGEMAKER, SQS, STS

CONNECT_TIMEOUT_SECONDS: Final = 5
READ_TIMEOUT_SECONDS: Final = 20
LONG_POLL_TIMEOUT_SECONDS: Final = 30
"""Of SQS, which answers a receive from an empty queue after 20 s: the longest WaitTimeSeconds (botocore's model)."""
TOTAL_ATTEMPTS: Final = 1
"""botocore does not retry: a start must know the outcome of each single attempt, and Temporal and the
watch retry with backoff anyway, without cost to the history."""

KEPT_SECONDS: Final = 2.0
"""How long a Session that replaces a refused one is kept, whatever AWS says to it: where all are refused, thousands of
watches would make one for each of their polls (0.02 s of CPU, and a call to STS)."""


class Clients:
    """Caches one Session per platform, and its clients by service.

    Clients are thread-safe, creating them is not (boto3's documentation); the first of a process costs 0.14 s of CPU,
    the first of a further Session 0.02 s, another of the same Session 6 ms. Platforms do not wait for each other.
    """

    def __init__(self, max_connections: int, secrets: Secrets | None = None) -> None:
        """Prepare an empty cache.

        Args:
            max_connections: Connections to AWS that a client keeps open at the most.
            secrets: Resolves the platforms' references to secrets.
        """
        self._lock = threading.Lock()
        self._connections: dict[str, _Connection] = {}
        self._dropped_at: dict[str, float] = {}
        self._secrets = secrets or Secrets()
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TOTAL_ATTEMPTS},
            max_pool_connections=max_connections,
            user_agent_extra="polysync-sagemaker",
        )

    def client(self, platform: Platform, service: str = SAGEMAKER) -> Any:
        """Return the platform's client for an AWS service, made on first use.

        Raises:
            PlatformMisconfiguredError: The credentials belong to another account than `expected_account`.
            CredentialsRefusedError: The credentials for that check cannot be had, or the machine has no role.
            botocore.exceptions.BotoCoreError: The platform has no region or its profile does not exist.
        """
        return self._connection(platform).client(service)

    def region(self, platform: Platform) -> str | None:
        """Return the platform's region: its own, or boto3's default; None where there is neither."""
        with self._lock:
            connection = self._connections.get(platform.name)
        return connection.region if connection is not None else platform.region

    def expires_at(self, platform: Platform) -> datetime | None:
        """Return when the keys in use end; None for keys without an end, or before their first use."""
        return self._connection(platform).expires_at

    def drop(self, platform: Platform, client: Any = None) -> None:
        """Forget the platform's Session, so that the next use obtains new credentials.

        Args:
            platform: The platform.
            client: The client whose credentials were refused. Where many threads meet the same refusal, only the
                first one drops the Session; the others find a new one already, which is kept for `KEPT_SECONDS`.
                None drops it in any case.
        """
        now = time.monotonic()
        with self._lock:
            connection = self._connections.get(platform.name)
            is_new = now - self._dropped_at.get(platform.name, -math.inf) < KEPT_SECONDS
            if connection is not None and (client is None or (connection.has(client) and not is_new)):
                del self._connections[platform.name]
                self._dropped_at[platform.name] = now

    def _connection(self, platform: Platform) -> "_Connection":
        with self._lock:
            if platform.name not in self._connections:
                self._connections[platform.name] = _Connection(platform, self._secrets, self._config)
            return self._connections[platform.name]


class _Connection:
    """One platform's Session and clients."""

    def __init__(self, platform: Platform, secrets: Secrets, config: Config) -> None:
        self._platform = platform
        self._secrets = secrets
        self._config = config
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._account_is_known = platform.expected_account is None

    def client(self, service: str) -> Any:
        with self._lock:
            session = self._obtained_session()
            if not self._account_is_known:
                self._check_account(session)
            return self._obtained_client(session, service)

    def has(self, client: Any) -> bool:
        return any(client is one for one in list(self._clients.values()))

    @property
    def region(self) -> str | None:
        if (client := self._clients.get(SAGEMAKER)) is None:
            return self._platform.region
        region: str | None = client.meta.region_name
        return region

    @property
    def expires_at(self) -> datetime | None:
        with self._lock:
            credentials = self._obtained_session().get_credentials()
        # botocore has no public name for it (`RefreshableCredentials`); keys without an end have no such attribute.
        expires_at: datetime | None = getattr(credentials, "_expiry_time", None)
        return expires_at

    def _obtained_session(self) -> boto3.Session:
        if self._session is None:
            platform = self._platform
            self._session = new_session(
                platform.auth, self._secrets, region=platform.region, sts_endpoint_url=platform.sts_endpoint_url
            )
        return self._session

    def _obtained_client(self, session: boto3.Session, service: str) -> Any:
        if service not in self._clients:
            # boto3's stubs know a client's type only where the service's name is a literal.
            create: Any = session.client
            self._clients[service] = create(service, **self._attributes(service))
        return self._clients[service]

    def _attributes(self, service: str) -> dict[str, Any]:
        platform, events = self._platform, self._platform.events
        if service == SQS and events is not None:
            config = self._config.merge(Config(read_timeout=LONG_POLL_TIMEOUT_SECONDS))
            return {"endpoint_url": events.endpoint, "region_name": events.own_region, "config": config}
        endpoints = {
            SAGEMAKER: platform.endpoint_url,
            STS: platform.sts_endpoint_url,
            LOGS: platform.logs_endpoint_url,
        }
        return {"endpoint_url": endpoints.get(service), "config": self._config}

    def _check_account(self, session: boto3.Session) -> None:
        expected = self._platform.expected_account
        identity = through_sts(self._obtained_client(session, STS).get_caller_identity, CALLER_IDENTITY, None)()
        if identity["Account"] != expected:
            raise PlatformMisconfiguredError(
                f"The platform's credentials belong to the account {identity['Account']} ({identity['Arn']}), but its "
                f"expected_account is {expected}. Correct one of the two."
            )
        self._account_is_known = True
