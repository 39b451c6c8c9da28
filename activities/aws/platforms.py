"""Platforms: the named AWS connections of a worker. Workflows only ever know the name."""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field
from temporalio.exceptions import ApplicationError

from activities.aws.configuration import Table
from activities.aws.credentials.methods import Auth, DefaultChain, RoleArn
from contract.failures import FailureType
from contract.pipeline_run import DEFAULT_PLATFORM, MAX_POLL_INTERVAL_SECONDS

DEFAULT_POLL_INTERVAL_SECONDS: Final = 30.0
DEFAULT_HEARTBEAT_TIMEOUT_SECONDS: Final = 60.0

_Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class PlatformAttributes(Table):
    """What a platform is beside its name. Left-out attributes are boto3's own defaults (profile, environment, …)."""

    region: str | None = Field(default=None, description="AWS region; its partition follows from it.", min_length=1)
    endpoint_url: _Url | None = Field(default=None, description="SageMaker endpoint, for a VPC endpoint.")
    sts_endpoint_url: _Url | None = Field(default=None, description="STS endpoint, for a VPC endpoint.")
    poll_interval: Annotated[float, Field(gt=0, le=MAX_POLL_INTERVAL_SECONDS)] | None = Field(
        default=None, description="Seconds between two looks at an execution, unless a run says otherwise."
    )
    heartbeat_timeout: Annotated[float, Field(ge=1)] | None = Field(
        default=None, description="Seconds after which a watch whose worker died is given to another one."
    )
    rate_limit: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=None, description="Calls to SageMaker per second, over all runs of this worker."
    )
    """Discoveries keep to it; nothing else slows its calls down by it yet."""
    default_role_arn: RoleArn | None = Field(
        default=None, description='Execution role, sent only for a run whose role_arn says "platform".'
    )
    expected_account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = Field(
        default=None, description="Account id (12 digits, in quotes) that the credentials must belong to."
    )
    auth: Auth = DefaultChain()


class Platform(PlatformAttributes):
    """A named AWS connection."""

    name: str = DEFAULT_PLATFORM
    poll_interval: float = Field(default=DEFAULT_POLL_INTERVAL_SECONDS, gt=0, le=MAX_POLL_INTERVAL_SECONDS)
    """Seconds between two looks at an execution, unless a run says otherwise."""
    heartbeat_timeout: float = Field(default=DEFAULT_HEARTBEAT_TIMEOUT_SECONDS, ge=1)
    """Seconds after which a watch whose worker died is given to another one."""


class Platforms:
    """The platforms of a worker, by name."""

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self._by_name = {platform.name: platform for platform in platforms}

    @property
    def names(self) -> list[str]:
        """The names, sorted."""
        return sorted(self._by_name)

    def __getitem__(self, name: str) -> Platform:
        """Look a platform up.

        Raises:
            ApplicationError: `InvalidInput`, not retryable, naming the platforms that there are.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ApplicationError(
                f"Invalid input: platform: this worker has no platform '{name[:80]}'; it has: {', '.join(self.names)}",
                type=FailureType.INVALID_INPUT,
                non_retryable=True,
            ) from None

    def of_open_run(self, name: str) -> Platform:
        """Look up the platform of an execution that runs already.

        Raises:
            ApplicationError: `PlatformMisconfigured`, retryable: the execution goes on and costs money, and a worker
                that knows the platform, or a mended configuration, can still follow and stop it.
        """
        try:
            return self[name]
        except ApplicationError as error:
            raise ApplicationError(error.message, type=FailureType.PLATFORM_MISCONFIGURED) from None
