"""What the stand-in remembers. Every `…_at` is simulated seconds; `Clock.real` turns it into epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sagemaker_standin.arns import Account
from sagemaker_standin.behaviours import Behaviours
from sagemaker_standin.clock import Clock
from sagemaker_standin.definition import Definition
from sagemaker_standin.expressions import ParameterValue
from sagemaker_standin.jobs.courses import JobScript
from sagemaker_standin.jobs.job import Job, JobStatus
from sagemaker_standin.jobs.registry import JobRegistry
from sagemaker_standin.texts import JOB_STOPPED
from sagemaker_standin.versions import PipelineVersions

JsonObject = dict[str, Any]


class ExecutionStatus(StrEnum):
    """PipelineExecutionStatus, as far as the engine itself gets there (botocore 1.44.5 service model)."""

    EXECUTING = "Executing"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    FAILED = "Failed"
    SUCCEEDED = "Succeeded"


class StepStatus(StrEnum):
    """StepStatus (botocore 1.44.5 service model); `Starting` is only shown, never stored."""

    STARTING = "Starting"
    EXECUTING = "Executing"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    FAILED = "Failed"
    SUCCEEDED = "Succeeded"


OPEN_STEP = frozenset({StepStatus.EXECUTING, StepStatus.STOPPING})
OPEN_EXECUTION = frozenset({ExecutionStatus.EXECUTING, ExecutionStatus.STOPPING})
# The engine never gives CompletedWithFailures, but it can be forced (botocore 1.44.5 service model).
ENDED_EXECUTION = frozenset(set(ExecutionStatus) - OPEN_EXECUTION | {"CompletedWithFailures"})


@dataclass(frozen=True)
class Plan:
    """What a step is going to do.

    Attributes:
        seconds: simulated seconds of one attempt; None waits for an answer from outside.
        failure: the FailureReason of an attempt that fails; empty if none does.
        failing_attempts: how many of the first attempts fail; None for all.
        report: what the step writes for `Std:JsonGet` and output parameters.
        job: members that its job's description shows in place of its own.
        log: lines that its job writes to CloudWatch Logs.
        overruns: whether the job is stopped at its MaxRuntimeInSeconds.
    """

    seconds: float | None
    failure: str = ""
    failing_attempts: int | None = None
    report: Any = None
    job: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    overruns: bool = False


@dataclass
class StepRun:
    """One step of one execution, from its start on.

    Attributes:
        attempt: attempts so far, those before a RetryPipelineExecution included.
        first_attempt: the attempt with which this run began; RetryPolicies count from here.
        due_at: when the attempt ends without an answer from outside; None while it waits for an answer.
        cache_key: under which it can be taken over, if CacheConfig is on.
        cache_source: ARN of the execution that it was taken over from.
        selective_source: ARN of the execution that a selective one builds on, if this step was not run again.
        job: what the present attempt made, if that is a thing of its own.
    """

    name: str
    type: str
    started_at: float
    attempt: int
    first_attempt: int
    plan: Plan
    status: StepStatus = StepStatus.EXECUTING
    due_at: float | None = None
    ended_at: float | None = None
    failure_reason: str | None = None
    metadata: JsonObject = field(default_factory=dict)
    properties: JsonObject = field(default_factory=dict)
    cache_key: str | None = None
    cache_source: str | None = None
    selective_source: str | None = None
    job: Job | None = None

    @property
    def failure(self) -> str | None:
        """Why the present attempt fails; None if it does not."""
        if self.job is not None and self.job.end is not None:
            return JOB_STOPPED if self.job.end.status is JobStatus.STOPPED else self.job.end.reason
        is_failing = self.plan.failing_attempts is None or self.attempt <= self.plan.failing_attempts
        return self.plan.failure if self.plan.failure and is_failing else None


@dataclass
class Execution:
    """One execution of a pipeline.

    Attributes:
        selected: names under SelectiveExecutionConfig; None runs everything.
        attempts: attempts of each step so far, kept through RetryPipelineExecution.
        settles_at: the earliest end of a stop.
        forced: status and reason that the control API put over the engine's own.
        forced_at: when a terminal status was forced.
        hidden_until: real epoch seconds until which clients don't find it.
        starts_accepted: Start calls that this execution answered, repeated tokens included.
        stop_accepted_at: real epoch seconds of the last stop that took effect.
        last_shown_at: real epoch seconds at which a client last saw its status, by describe or in a list; not kept over
            a restart.
    """

    id: str
    arn: str
    pipeline: "Pipeline"
    definition: Definition
    version: int
    token: str
    parameters: Mapping[str, ParameterValue]
    created_at: float
    modified_at: float
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    selective: JsonObject | None = None
    selected: frozenset[str] | None = None
    status: str = ExecutionStatus.EXECUTING
    failure_reason: str | None = None
    ended_at: float | None = None
    settles_at: float | None = None
    steps: dict[str, StepRun] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    forced: tuple[str, str | None] | None = None
    forced_at: float | None = None
    hidden_until: float = 0.0
    starts_accepted: int = 0
    stops_accepted: int = 0
    stop_accepted_at: float | None = None
    last_shown_at: float | None = None

    @property
    def visible_status(self) -> str:
        """The status that clients see."""
        return self.forced[0] if self.forced else self.status

    @property
    def visible_failure_reason(self) -> str | None:
        """The failure reason that clients see."""
        return self.forced[1] if self.forced else self.failure_reason


@dataclass
class Pipeline:
    """A pipeline with its versions and its executions, oldest first."""

    name: str
    arn: str
    role_arn: str
    created_at: float
    modified_at: float
    versions: PipelineVersions
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)


@dataclass(frozen=True)
class CachedStep:
    """A step that a later one with the same arguments can take over."""

    source: str
    ended_at: float
    run: StepRun


@dataclass(frozen=True)
class StepScript:
    """What the control API wants of a step, in place of its own plan."""

    seconds: float | None
    failure: str
    failing_attempts: int | None
    job: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()


@dataclass
class World:
    """Everything; rebuilt from the journal when the process starts.

    Attributes:
        pipelines: by lower-cased name, since names are unique without regard to case inside ARNs.
        replies: request and reply of each ClientRequestToken, by operation and token.
        callbacks: execution id and step of each callback token.
        scripts: by lower-cased pipeline name and step.
        package_versions: the last version of each model package group.
        jobs: of clients, of steps and of tuning jobs.
        job_scripts: oldest first; the latest one that is for a new job counts.
        job_quotas: the most open jobs of a kind, by the resource part of their ARNs.
        deleted: executions that went with their pipelines; only the control API still knows them.
        stirred: executions, by id, to which something has happened that may be an event.
    """

    account: Account
    clock: Clock = field(default_factory=Clock)
    behaviours: Behaviours = field(default_factory=Behaviours)
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    replies: dict[tuple[str, str], tuple[str, JsonObject]] = field(default_factory=dict)
    callbacks: dict[str, tuple[str, str]] = field(default_factory=dict)
    scripts: dict[tuple[str, str], StepScript] = field(default_factory=dict)
    cache: dict[tuple[str, str], CachedStep] = field(default_factory=dict)
    package_versions: dict[str, int] = field(default_factory=dict)
    jobs: JobRegistry = field(default_factory=JobRegistry)
    job_scripts: list[JobScript] = field(default_factory=list)
    job_quotas: dict[str, int] = field(default_factory=dict)
    deleted: list[Execution] = field(default_factory=list)
    stirred: dict[str, Execution] = field(default_factory=dict)

    def name_in_arns(self, name: str) -> str:
        """A job's name as its ARN spells it."""
        return name.lower() if self.behaviours.job_arns == "lower_case" else name

    def job_arn(self, resource: str, name: str) -> str:
        """The ARN of a job of that name."""
        return self.account.resource(resource, self.name_in_arns(name))
