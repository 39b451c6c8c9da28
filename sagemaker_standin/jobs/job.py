"""One job as a function of simulated time: what it is doing at any instant, and how it ends."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

JsonObject = dict[str, Any]

STOP_SECONDS: Final = 5.0
"""Simulated seconds that a job is Stopping."""


class JobStatus(StrEnum):
    """Where a job is; every kind has words of its own for it (`kinds.JobKind.words`)."""

    STARTING = "Starting"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"
    DELETING = "Deleting"


@dataclass(frozen=True)
class Phase:
    """A stretch of a job's time under one SecondaryStatus, in simulated seconds."""

    word: str
    seconds: float


@dataclass(frozen=True)
class End:
    """How a job ends.

    Attributes:
        at: the simulated instant, which may lie ahead.
        secondary: the SecondaryStatus, if it is not the word of the status.
    """

    at: float
    status: JobStatus
    reason: str | None = None
    secondary: str | None = None


@dataclass(frozen=True)
class Course:
    """What a job does on its way.

    Attributes:
        phases: its secondary statuses in their order; empty for a job that waits for an answer from outside.
        shown: members that its description shows in place of its own.
        logs: the lines that each of its log streams gets, evenly over its time, by the stream's number or name.
        exit_message: what a processing job's container leaves behind.
    """

    phases: tuple[Phase, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exit_message: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it takes if nothing ends it earlier; None if only the outside does."""
        return sum(phase.seconds for phase in self.phases) if self.phases else None


@dataclass(eq=False)
class Job:
    """One job, model or endpoint. Every `…_at` is simulated seconds, unless it says otherwise.

    Attributes:
        resource: the resource part of its ARN, e.g. `training-job`.
        request: what Create was asked for; the Describe operations repeat it.
        created_at: the jobs of a tuning job are known before they exist.
        created_real: epoch seconds of the request that created it.
        end: its planned or actual end; None while the step that it belongs to decides.
        overruns: whether a failure of its step is a stop at its MaxRuntimeInSeconds to the job.
        parent: the tuning job that it belongs to.
        deleted_real: epoch seconds of the request that deleted it.
        pool_released_at: when an update gave its warm pool back.
        pool_taken_by: the job that got its warm pool.
        hidden_until: real epoch seconds until which clients do not find it.
        creates_accepted: Create calls that were answered with its ARN.
        creates_refused: Create calls that were refused because it existed; not kept over a restart.
        describes: Describe calls that found it; not kept over a restart.
    """

    resource: str
    name: str
    arn: str
    request: Mapping[str, Any]
    created_at: float
    course: Course = field(default_factory=Course)
    created_real: float = 0.0
    end: End | None = None
    overruns: bool = False
    stopping_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    parent: "Job | None" = None
    children: "list[Job]" = field(default_factory=list)
    deleted_real: float | None = None
    pool_released_at: float | None = None
    pool_taken_by: "Job | None" = None
    hidden_until: float = 0.0
    creates_accepted: int = 0
    creates_refused: int = 0
    stops_accepted: int = 0
    describes: int = 0

    def settle(self, status: JobStatus, now: float, reason: str | None = None) -> None:
        """Note the end that its step decided; an overrun is a stop to the job, whatever it is to its step."""
        if self.end is not None and self.end.at < now:
            return
        if self.overruns and status is JobStatus.FAILED:
            self.end = End(now, JobStatus.STOPPED, secondary="MaxRuntimeExceeded")
        else:
            self.end = End(now, status, reason if status is JobStatus.FAILED else None)

    def halt(self, now: float) -> "list[Job]":
        """Begin to stop the job and the jobs that it made; return those that would have come later and never do."""
        self.stopping_at = now
        never = [child for child in self.children if child.created_at > now]
        self.children = [child for child in self.children if child.created_at <= now]
        for child in self.children:
            if child.end is None or child.end.at > now:
                child.stop(now)
        return never

    def stop(self, now: float) -> "list[Job]":
        """Stop the job, which takes some seconds; return the jobs that never come (`halt`)."""
        self.end = End(now + STOP_SECONDS, JobStatus.STOPPED)
        return self.halt(now)


@dataclass(frozen=True)
class JobView:
    """A job as clients see it at one simulated instant.

    Attributes:
        real: turns simulated into epoch seconds.
        deletions_until: epoch seconds after which a deletion is not known yet.
    """

    job: Job
    now: float
    real: Callable[[float], float]
    deletions_until: float = math.inf

    def of(self, job: Job) -> Self:
        """Another job at the same instant."""
        return type(self)(job, self.now, self.real, self.deletions_until)

    @property
    def end(self) -> End | None:
        """The end, if it is past."""
        return self.job.end if self.job.end is not None and self.job.end.at <= self.now else None

    @property
    def status(self) -> JobStatus:
        """Where the job is."""
        is_deleted = self.job.deleted_real is not None and self.job.deleted_real <= self.deletions_until
        return JobStatus.DELETING if is_deleted else self.status_before_deletion

    @property
    def status_before_deletion(self) -> JobStatus:
        """Where the job is, or was when it was deleted."""
        if self.end is not None:
            return self.end.status
        if self._is_stopping:
            return JobStatus.STOPPING
        phases = list(self.phases())
        return JobStatus.STARTING if len(phases) == 1 and len(self.job.course.phases) > 1 else JobStatus.IN_PROGRESS

    @property
    def secondary(self) -> str:
        """The SecondaryStatus."""
        if self.end is not None:
            return self.end.secondary or self.end.status
        return JobStatus.STOPPING if self._is_stopping else [phase.word for phase, _ in self.phases()][-1]

    @property
    def _is_stopping(self) -> bool:
        return self.job.stopping_at is not None and self.job.stopping_at <= self.now

    def phases(self) -> Iterator[tuple[Phase, float]]:
        """The phases that began until now, with their instants; a stop or an end begins no phase here."""
        at, last = self.job.created_at, min(self.now, self.stopped_or_ended_at)
        for number, phase in enumerate(self.job.course.phases):
            if number == 0 or at <= last:
                yield phase, at
            at += phase.seconds
        if not self.job.course.phases:
            yield Phase("Training", math.inf), at

    @property
    def stopped_or_ended_at(self) -> float:
        """When its phases were cut off, or will be."""
        end = math.inf if self.job.end is None else self.job.end.at
        return end if self.job.stopping_at is None else min(end, self.job.stopping_at)

    @property
    def modified_at(self) -> float:
        """The instant of its last change."""
        changes = [at for _, at in self.phases()]
        changes += [self.job.stopping_at] if self._is_stopping and self.job.stopping_at is not None else []
        changes += [self.end.at] if self.end is not None else []
        return max(changes)

    @property
    def pool_ends_at(self) -> float | None:
        """When the warm pool that it leaves behind ends; None if it leaves none."""
        keep_alive = (self.job.request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds") or 0
        if self.end is None or self.end.status is JobStatus.FAILED:
            return None
        released_at = self.job.pool_released_at
        if self.job.pool_taken_by is not None:
            released_at = self.job.pool_taken_by.created_at
        if released_at is not None:
            return max(released_at, self.end.at)
        return self.end.at + keep_alive if keep_alive else None

    @property
    def has_warm_pool(self) -> bool:
        """Whether instances are kept for the next job."""
        return self.pool_ends_at is not None and self.now < self.pool_ends_at
