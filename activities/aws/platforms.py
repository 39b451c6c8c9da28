"""Platforms: the named AWS connections of a worker. Workflows only ever know the name."""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Final

from pydantic import Field
from temporalio.exceptions import ApplicationError

from activities.aws.configuration import Table
from activities.aws.credentials.methods import Auth, DefaultChain, RoleArn
from activities.aws.event_queue import EventQueue, Url
from activities.aws.job_patterns import JobPatterns, is_allowed_job
from activities.aws.pipeline_patterns import PipelinePatterns, is_allowed
from contract.arns import PipelineReference
from contract.failures import FailureType, invalid_input
from contract.job_kinds import JobKind
from contract.pipeline_run import MAX_POLL_INTERVAL_SECONDS, MIN_POLL_INTERVAL_SECONDS
from contract.platform_name import DEFAULT_PLATFORM

DEFAULT_POLL_INTERVAL_SECONDS: Final = 30.0
DEFAULT_HEARTBEAT_TIMEOUT_SECONDS: Final = 60.0
MAX_HEARTBEAT_TIMEOUT_SECONDS: Final = 3600.0
"""A watch whose worker was lost is noticed after so many seconds at the latest."""

PollInterval = Annotated[float, Field(ge=MIN_POLL_INTERVAL_SECONDS, le=MAX_POLL_INTERVAL_SECONDS)]
HeartbeatTimeout = Annotated[float, Field(ge=1, le=MAX_HEARTBEAT_TIMEOUT_SECONDS)]


class PlatformAttributes(Table):
    """What a platform is beside its name. Left-out attributes are boto3's own defaults (profile, environment, …)."""

    region: str | None = Field(default=None, description="AWS region; its partition follows from it.", min_length=1)
    endpoint_url: Url | None = Field(default=None, description="SageMaker endpoint, for a VPC endpoint.")
    sts_endpoint_url: Url | None = Field(default=None, description="STS endpoint, for a VPC endpoint.")
    logs_endpoint_url: Url | None = Field(
        default=None,
        description="CloudWatch Logs endpoint, for a VPC endpoint.",
    )
    poll_interval: PollInterval | None = Field(
        default=None, description="Seconds between two polls of an execution, at least 1, unless a run says otherwise."
    )
    heartbeat_timeout: HeartbeatTimeout | None = Field(
        default=None, description="Seconds after which a watch whose worker died is given to another one."
    )
    rate_limit: Annotated[float, Field(ge=0.1, le=1000)] | None = Field(
        default=None, description="Most calls to SageMaker per second, over everything that this worker does."
    )
    default_role_arn: RoleArn | None = Field(
        default=None, description='Execution role, sent only for a run whose role_arn says "platform".'
    )
    expected_account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = Field(
        default=None, description="Account id (12 digits, in quotes) that the credentials must belong to."
    )
    allowed_pipelines: Annotated[PipelinePatterns, Field(min_length=1)] | None = Field(
        default=None, description="Names or patterns such as churn-* of the pipelines that may run; all otherwise."
    )
    studio_domain: Annotated[str, Field(pattern=r"^d-[a-z0-9]{1,61}$")] | None = Field(
        default=None, description="Id of a SageMaker Studio domain, such as d-abcdefgh1234, for links into Studio."
    )
    allowed_jobs: Annotated[JobPatterns, Field(min_length=1)] | None = Field(
        default=None,
        description="Kinds of jobs that may run, such as training, or with a pattern of names, such as "
        "processing:nightly-*; all otherwise.",
    )
    tags: Annotated[dict[str, str], Field(max_length=40)] = Field(
        default_factory=dict, description="Tags of every job that the worker starts here."
    )
    tag_runs: bool = Field(
        default=False,
        description="Whether every job also gets the tag polysync:run, which names its run, for cost reports and event "
        "rules; jobs with exact names always get it.",
    )
    auth: Auth = DefaultChain()
    events: EventQueue | None = Field(
        default=None, description="Where the events of SageMaker arrive, by which ends are known at once."
    )


class Platform(PlatformAttributes):
    """A named AWS connection."""

    name: str = DEFAULT_PLATFORM
    poll_interval: float = Field(default=DEFAULT_POLL_INTERVAL_SECONDS, gt=0, le=MAX_POLL_INTERVAL_SECONDS)
    """Seconds between two polls of an execution, unless a run says otherwise."""
    heartbeat_timeout: float = Field(default=DEFAULT_HEARTBEAT_TIMEOUT_SECONDS, ge=1, le=MAX_HEARTBEAT_TIMEOUT_SECONDS)
    """Seconds after which a watch whose worker died is given to another one."""

    def admits(self, pipeline: PipelineReference) -> bool:
        """Whether a pipeline may run here."""
        patterns = self.allowed_pipelines
        return patterns is None or is_allowed(patterns, pipeline, own_account=self.expected_account)

    def admits_job(self, kind: JobKind, name: str) -> bool:
        """Whether a job may run here."""
        return self.allowed_jobs is None or is_allowed_job(self.allowed_jobs, kind, name)


class Platforms:
    """The platforms of a worker, by name."""

    def __init__(self, platforms: Iterable[Platform], *, allowed: Collection[str] | None = None) -> None:
        """Take the platforms.

        Args:
            platforms: All that the worker can reach.
            allowed: Names of the platforms that it takes runs for; all otherwise. Open runs of the others go on.

        Raises:
            ValueError: There is no platform of an allowed name.
        """
        self._by_name = {platform.name: platform for platform in platforms}
        self._allowed = frozenset(self._by_name if allowed is None else allowed)
        if strange := sorted(self._allowed - self._by_name.keys()):
            known = ", ".join(sorted(self._by_name))
            raise ValueError(f"there is no platform '{strange[0]}'; there is: {known}")

    @property
    def names(self) -> list[str]:
        """The platforms that runs may name, sorted."""
        return sorted(self._allowed)

    def __iter__(self) -> Iterator[Platform]:
        """Go through the platforms."""
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Platform:
        """Return the platform of a new run, a discovery or a check.

        Raises:
            ApplicationError: `InvalidInput`, not retryable, naming the platforms that there are.
        """
        if name in self._allowed:
            return self._by_name[name]
        refusal = "takes no runs for the platform" if name in self._by_name else "has no platform"
        raise invalid_input(f"platform: this worker {refusal} '{name[:80]}'; it has: {', '.join(self.names)}")

    def of_open_run(self, name: str) -> Platform:
        """Return the platform of an execution that runs already, whether or not new runs may name it.

        Raises:
            ApplicationError: `PlatformMisconfigured`, retryable: the execution goes on and costs money, and a worker
                that knows the platform, or a mended configuration, can still follow and stop it.
        """
        if name in self._by_name:
            return self._by_name[name]
        try:
            return self[name]
        except ApplicationError as error:
            raise ApplicationError(error.message, type=FailureType.PLATFORM_MISCONFIGURED) from None
