"""Platforms: the named AWS connections of a worker. Workflows only ever know the name."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field
from temporalio.exceptions import ApplicationError

from contract.failures import FailureType
from contract.pipeline_run import DEFAULT_PLATFORM, MAX_POLL_INTERVAL_SECONDS


class Platform(BaseModel):
    """A named AWS connection. Left-out attributes are boto3's own defaults (profile, environment, SSO, …)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = DEFAULT_PLATFORM
    region: str | None = None
    endpoint_url: str | None = None
    poll_interval: float = Field(default=30.0, gt=0, le=MAX_POLL_INTERVAL_SECONDS)
    """Seconds between two looks at an execution, unless a run says otherwise."""
    heartbeat_timeout: float = Field(default=60.0, ge=1)
    """Seconds after which a watch whose worker died is given to another one."""


class Platforms:
    """The platforms of a worker, by name."""

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self._by_name = {platform.name: platform for platform in platforms}

    def __getitem__(self, name: str) -> Platform:
        """Look a platform up.

        Raises:
            ApplicationError: `InvalidInput`, not retryable, naming the platforms that there are.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ApplicationError(
                f"Invalid input: platform: this worker has no platform '{name[:80]}'; "
                f"it has: {', '.join(sorted(self._by_name))}",
                type=FailureType.INVALID_INPUT,
                non_retryable=True,
            ) from None
