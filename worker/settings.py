"""The worker's settings: read once, from the environment; nothing else in the project reads it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities.aws.platforms import Platform
from contract.names import DEFAULT_TASK_QUEUE
from contract.pipeline_run import MAX_POLL_INTERVAL_SECONDS

ENV_PREFIX = "POLYSYNC_SAGEMAKER_"


class Settings(BaseSettings):
    """Settings of a worker, each an environment variable `POLYSYNC_SAGEMAKER_<NAME>`.

    The connection to Temporal is not among them: `worker.connection` reads Temporal's own variables and profiles.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, use_attribute_docstrings=True)

    task_queue: Annotated[str, Field(min_length=1)] = DEFAULT_TASK_QUEUE
    """Task queue of workflows and short activities; the watches' queue is this name with `-watch`."""
    platforms_file: Path | None = None
    """TOML file with the platforms and vaults; without it there is one platform, `default`, of the next settings."""
    region: str | None = None
    """AWS region of the default platform; boto3's own default (AWS_DEFAULT_REGION, profile) if left out."""
    endpoint_url: str | None = None
    """SageMaker endpoint of the default platform, for a VPC endpoint or the stand-in; AWS's own if left out."""
    poll_interval: Annotated[float, Field(gt=0, le=MAX_POLL_INTERVAL_SECONDS)] = 30.0
    """Seconds between two looks at an execution, unless a run says otherwise."""
    heartbeat_timeout: Annotated[float, Field(ge=1)] = 60.0
    """Seconds after which a watch whose worker was killed is given to another worker."""
    max_concurrent_activities: Annotated[int, Field(ge=1)] = 100
    """Starts, stops and describes under way at once."""
    max_concurrent_watches: Annotated[int, Field(ge=1)] = 10_000
    """Executions watched at once; a watch is a coroutine and holds no thread while it waits."""
    max_cached_workflows: Annotated[int, Field(ge=0)] = 1_000
    """Runs kept in memory between their workflow tasks; the others are replayed when something happens to them."""
    aws_threads: Annotated[int, Field(ge=1)] = 16
    """AWS calls under way at once; the watches' looks have as many threads of their own."""
    drain_timeout: Annotated[float, Field(ge=0)] = 30.0
    """Seconds that starts and stops under way may take to finish after SIGTERM; watches are handed over at once."""
    register_search_attributes: bool = True
    """Whether the worker may add missing search attributes to the namespace; otherwise it refuses to run."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least level of the log events."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto` is `console` on a terminal and `json` elsewhere."""

    @model_validator(mode="after")
    def _platforms_file_stands_alone(self) -> Self:
        for name in ("region", "endpoint_url"):
            if self.platforms_file is not None and getattr(self, name) is not None:
                raise ValueError(
                    f"{name.upper()} belongs to the platform 'default' of a worker without a platforms file; beside "
                    "PLATFORMS_FILE it must stand there, in the platform's table"
                )
        return self

    @property
    def default_platform(self) -> Platform:
        """The platform `default`, with boto3's own credential chain."""
        return Platform(
            region=self.region,
            endpoint_url=self.endpoint_url,
            poll_interval=self.poll_interval,
            heartbeat_timeout=self.heartbeat_timeout,
        )
