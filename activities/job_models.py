"""The messages between job runs and their activities; the rules of `activities.models` hold for them.

None of them has the request of the job: what a caller wrote in clear stands in the run's input and nowhere else in a
history. The start reads it there (`activities.starting.run_input`).
"""

from datetime import datetime

from pydantic import BaseModel, Field

from contract.job_kinds import JobKind
from contract.outputs import Output
from contract.templates import ScheduledStart


class StartJobRequest(BaseModel):
    """Start the job of an attempt. The same suffix always comes with the same request."""

    platform: str
    job: JobKind
    suffix: str
    """13 characters that no other attempt has; the end of a unique name."""
    owner: str
    """The value of the tag that says whose job it is."""
    name_if_none: str
    """What a unique name begins with where the request has no name."""
    may_be_known: bool = False
    """Whether the job may have been created before this activity: then AWS must be asked."""
    scheduled: ScheduledStart = ScheduledStart()
    """What the templates of the run's input stand for."""


class DescribeJobRequest(BaseModel):
    """Describe a job before it is followed, or beside a watch that does not return."""

    platform: str
    job: JobKind
    job_arn: str
    is_of_open_run: bool = False
    """Whether the run follows the job already: then it is described whatever the platform allows by now."""
    created_at: datetime | None = None
    """The creation of the job that the run follows already, which another job of its name does not have."""
    secrets: list[str] = Field(default_factory=list)
    """References to the secrets in the run's request, which must not be quoted in what is observed."""


class WatchJobRequest(BaseModel):
    """Watch a job until its status differs from `seen_status`, until it is further, or until it has ended."""

    platform: str
    job: JobKind
    job_arn: str
    seen_status: str | None = None
    seen_mark: str | None = None
    """What was returned of secondary status and counters; None for nothing."""
    poll_interval: float
    """Seconds between two polls."""
    outputs: dict[str, Output] = Field(default_factory=dict)
    secrets: list[str] = Field(default_factory=list)
    """References to the secrets in the request, which must not be quoted in what is observed."""
    created_at: datetime | None = None
    """The job's creation, which shows how far down it stands in lists."""
    release_warm_pool: bool = False
    """Whether to end the warm pool of a job that was stopped."""


class StopJobRequest(BaseModel):
    """Stop a job."""

    platform: str
    job: JobKind
    job_arn: str
    created_at: datetime | None = None
    """Its creation, where other clients may create a job of its name once it was deleted; None to stop it unseen."""
