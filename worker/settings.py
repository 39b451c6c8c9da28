"""The settings: read once, from the environment; nothing else in the project reads it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from activities.aws.event_queue import EventQueue, QueueUrl
from activities.aws.platforms import HeartbeatTimeout, Platform, PollInterval
from contract.names import DEFAULT_TASK_QUEUE
from worker.encryption.key_references import KeyReference, parse_key_references
from worker.socket_address import SocketAddress

ENV_PREFIX = "POLYSYNC_SAGEMAKER_"

# Temporal writes a version as <deployment>.<build id>, hence no dot; and no colon, which it reserves.
_DEPLOYMENT_NAME = r"^[^.:\s]{1,255}$"


def _names(given: object) -> object:
    """Read names that stand in one variable; an empty one is as good as none."""
    return tuple(name.strip() for name in given.split(",") if name.strip()) or None if isinstance(given, str) else given


def _read_keys(value: object) -> object:
    return parse_key_references(value) if isinstance(value, str) else value


class ClientSettings(BaseSettings):
    """Settings of every process that encrypts or decrypts payloads: the worker, the commands and the codec server.

    Each is an environment variable `POLYSYNC_SAGEMAKER_<NAME>`. The connection to Temporal is not among them:
    `worker.connection` reads Temporal's own variables and profiles.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    platforms_file: Path | None = None
    """TOML file of the platforms and vaults. Unset: one platform, `default`, made of the settings below."""
    encryption_keys: Annotated[tuple[KeyReference, ...], NoDecode, BeforeValidator(_read_keys)] = ()
    """Keys of payload encryption: `<id>=<reference>`, separated by spaces. The first encrypts, all decrypt."""
    encryption_tag: Literal["last", "first"] = "last"
    """Where GCM's tag is written: `last`, or `first` as in Temporal's .NET sample; both are read."""


class Settings(ClientSettings):
    """Settings of a worker."""

    task_queue: Annotated[str, Field(min_length=1, max_length=240)] = DEFAULT_TASK_QUEUE
    """Task queue of workflows and short activities; the watches' queue is this name with `-watch`."""
    allowed_platforms: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_names)] = None
    """Comma-separated names of the platforms that this worker accepts runs for; all of its platforms if unset."""
    region: str | None = None
    """AWS region of the default platform; boto3's own default (AWS_DEFAULT_REGION, profile) if unset."""
    endpoint_url: str | None = None
    """SageMaker endpoint of the default platform, for a VPC endpoint or the stand-in; AWS's own if unset."""
    events_queue_url: QueueUrl | None = None
    """SQS queue of the default platform's events; ends are known by polls alone if unset."""
    poll_interval: PollInterval = 30.0
    """Seconds between two polls of an execution, at least 1, unless a run says otherwise."""
    heartbeat_timeout: HeartbeatTimeout = 60.0
    """Seconds after which a watch whose worker was killed is given to another worker."""
    max_concurrent_activities: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Starts, stops and describes that run concurrently."""
    max_concurrent_watches: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Executions watched concurrently; a watch is a coroutine and holds no thread while it waits."""
    max_cached_workflows: Annotated[int, Field(ge=0, le=1_000_000)] = 1_000
    """Runs cached in memory between their workflow tasks; any other run is replayed when its next task comes."""
    aws_threads: Annotated[int, Field(ge=1, le=1000)] = 16
    """Concurrent AWS calls of a platform for starts; as many for polls, half for discovery, a quarter for stops."""
    drain_timeout: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    """Seconds that running starts and stops may take to finish after SIGTERM; watches are handed over at once."""
    register_search_attributes: bool = True
    """Whether the worker may add missing search attributes to the namespace; if not, it refuses to run without them."""
    health_address: SocketAddress | None = None
    """IP address and port of `/healthz` and `/readyz`; not served if unset."""
    metrics_address: SocketAddress | None = None
    """IP address and port of Prometheus's `/metrics`; not served if unset."""
    tracing: bool = False
    """Whether to send OpenTelemetry traces to OTEL_EXPORTER_OTLP_ENDPOINT; needs the extra `tracing`."""
    deployment_name: Annotated[str, Field(pattern=_DEPLOYMENT_NAME)] | None = None
    """Name of the Worker Deployment that this worker is a version of; no Worker Deployment Versioning if unset."""
    build_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """This worker's version within the deployment, such as the image's tag; required beside DEPLOYMENT_NAME."""
    versioning_behavior: Literal["pinned", "auto_upgrade"] = "auto_upgrade"
    """`auto_upgrade`: open runs move to the deployment's current version; `pinned`: they stay on their first one."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Lowest level of log events that is printed."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto` is `console` on a terminal and `json` elsewhere."""

    @model_validator(mode="after")
    def _platforms_file_stands_alone(self) -> Self:
        for name in ("region", "endpoint_url", "events_queue_url"):
            if self.platforms_file is not None and getattr(self, name) is not None:
                raise ValueError(
                    f"{name.upper()} belongs to the platform 'default' of a worker without a platforms file; beside "
                    "PLATFORMS_FILE it must stand there, in the platform's table"
                )
        return self

    @model_validator(mode="after")
    def _a_version_is_named_in_full(self) -> Self:
        for name, other in (("deployment_name", "build_id"), ("build_id", "deployment_name")):
            if getattr(self, name) is not None and getattr(self, other) is None:
                raise ValueError(f"{name.upper()} needs {other.upper()} beside it: both together name a version")
        return self

    @property
    def default_platform(self) -> Platform:
        """The platform `default`, with boto3's own credential chain."""
        return Platform(
            region=self.region,
            endpoint_url=self.endpoint_url,
            events=EventQueue(queue_url=self.events_queue_url) if self.events_queue_url else None,
            poll_interval=self.poll_interval,
            heartbeat_timeout=self.heartbeat_timeout,
        )
