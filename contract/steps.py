"""The execution's steps in the run document, and why some of them failed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final, Self
from zlib import crc32

from pydantic import BaseModel, Field

MAX_STEPS: Final = 500
"""Steps in one document. A step's texts are bounded, so that the document stays below Temporal's 2 MiB a payload."""

MAX_STEPS_BYTES: Final = 512 * 1024
"""Of all steps of one document as JSON; beside them a continue-as-new hands on the marks of up to 5,000 steps."""

MAX_STEP_REASON_CHARS: Final = 300
"""Of a step's FailureReason, of which AWS gives up to 1,024 characters; `causes` have it whole."""

MAX_CAUSES: Final = 10
MAX_LOG_LINES: Final = 20
MAX_LOG_LINE_CHARS: Final = 400

OPEN_STEPS: Final = frozenset({"Starting", "Executing", "Stopping"})
"""StepStatus of steps under way (the shape StepStatus)."""


MAX_SEEN_KEY_BYTES: Final = 64
"""Of a step's key; a longer key is remembered by its hash."""


class StepDocument(BaseModel):
    """One step that has started, as AWS showed it last. Times are UTC; new fields have defaults."""

    name: str
    iteration: str | None = Field(default=None, description="Which round of which ForEach step, such as `Loop[3]`.")
    display_name: str | None = None
    type: str | None = Field(default=None, description="AWS's step type, such as `Training`; null where it is unknown.")
    status: str = Field(default="", description="AWS's StepStatus, as it is.")
    attempt: int = Field(default=1, description="AWS's AttemptCount.")
    cache_hit: bool = Field(default=False, description="Whether the result was taken over instead of computed.")
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failure_reason: str | None = Field(default=None, description="The beginning of AWS's FailureReason.")
    job_arn: str | None = Field(default=None, description="ARN of what the step made: its job, model or endpoint.")
    console_url: str | None = Field(default=None, description="That in the AWS console, where it has a page.")
    details: dict[str, str] = Field(
        default_factory=dict,
        description="What it uses or makes outside SageMaker: `function` and `log_group` of Lambda; ids, `log` or "
        "`output` of EMR, EMR Serverless and Athena; an ARN of Bedrock; the `queue` of a Callback step.",
    )
    waits_for: str | None = Field(
        default=None, description="What a running Callback or Lambda step waits for; a stop waits for it as well."
    )

    token_shown: bool | None = Field(
        default=None, description="Of a Callback step under way: whether AWS shows its token, which answers it."
    )

    @property
    def is_callback(self) -> bool:
        """Whether it is a Callback step."""
        return self.type == "Callback"

    @property
    def key(self) -> str:
        """What distinguishes the step from all others of its execution."""
        return f"{self.iteration}/{self.name}" if self.iteration else self.name

    @property
    def seen_key(self) -> str:
        """The key under which a run remembers the step, of at most 64 bytes: a run has up to 5,000 steps."""
        key = self.key.encode(errors="replace")
        return self.key if len(key) <= MAX_SEEN_KEY_BYTES else blake2b(key, digest_size=16).hexdigest()

    @property
    def is_open(self) -> bool:
        """Whether the step is under way."""
        return self.status in OPEN_STEPS

    @property
    def mark(self) -> str:
        """What changes when the step changes: its status, its attempt, and a hash of its job and times.

        AWS shows some of them late, and a step that was resumed may fail again under the same attempt. The texts have
        no part in it: they are cut, and redacted where they quote a secret. That they change is found by digests
        beside the marks (`activities.results.digests`).
        """
        times = [time and time.timestamp() for time in (self.started_at, self.ended_at)]
        # A step of which AWS shows nothing yet has the mark that it has where its type is not known.
        is_shown = self.token_shown or (self.token_shown is False and "queue" in self.details)
        late = (self.token_shown,) if is_shown else ()
        facts = repr((self.job_arn, *times, self.failure_reason is not None, *late))
        return f"{self.status}/{self.attempt}/{crc32(facts.encode(errors='replace')):08x}"

    def has_mark(self, mark: str | None) -> bool:
        """Whether a mark is the step's; marks in older histories have only status and attempt."""
        return mark in (self.mark, f"{self.status}/{self.attempt}")


class Progress(BaseModel):
    """How far the execution is, in steps; a step that was taken from the cache is done."""

    done: int = 0
    running: int = 0
    failed: int = 0
    total: int | None = Field(
        default=None,
        description="Steps that may run by the definition of this execution: without those that a selective execution "
        "leaves out, and without the branch that a condition did not take; null where it cannot be read.",
    )

    @property
    def in_words(self) -> str:
        """Such as `3 of 7 steps done, 1 running`."""
        of_all = "" if self.total is None else f" of {self.total}"
        others = [f"{count} {what}" for what, count in (("running", self.running), ("failed", self.failed)) if count]
        return ", ".join([f"{self.done}{of_all} steps done", *others])

    def at_the_end(self, *, succeeded: bool) -> Self:
        """Return the progress of an execution that has ended: no step runs any more, and after a success none is open.

        AWS lists no step of a branch that was not taken, and lists may lag behind the end.
        """
        total = self.done + self.failed if succeeded and self.total is not None else self.total
        return self.model_copy(update={"running": 0, "total": total})


class FailureCause(BaseModel):
    """Why one step failed, from the step down to the log of its job."""

    step: str
    summary: str = Field(description='The cause in one line, such as "Train: AlgorithmError: … exit code 1".')
    remedy: str | None = Field(default=None, description="What to do about it, where that is known.")
    step_reason: str | None = Field(default=None, description="AWS's FailureReason of the step, whole.")
    exception_type: str | None = Field(
        default=None, description="AWS's name of this kind of failure in retry policies, where AWS names it."
    )
    job_arn: str | None = None
    job_status: str | None = Field(
        default=None, description="The job's own status; of a training job its SecondaryStatus, `MaxRuntimeExceeded` …"
    )
    job_reason: str | None = Field(default=None, description="FailureReason, else ExitMessage, of the job.")
    log: list[str] = Field(default_factory=list, description="The last lines of the job's log in CloudWatch.")
    log_url: str | None = Field(default=None, description="That log in the CloudWatch console.")


def merge_steps(known: Iterable[StepDocument], news: Iterable[StepDocument]) -> list[StepDocument]:
    """Replace steps by newer observations of them.

    Returns:
        The steps in the order of their start, at most `MAX_STEPS` and `MAX_STEPS_BYTES`.
    """
    by_key = {step.key: step for step in (*known, *news)}
    kept = most_telling(sorted(by_key.values(), key=_start), MAX_STEPS)
    while (size := sum(len(step.model_dump_json().encode()) for step in kept)) > MAX_STEPS_BYTES:
        kept = most_telling(kept, len(kept) * MAX_STEPS_BYTES // size)
    return kept


def most_telling(steps: Sequence[StepDocument], limit: int) -> list[StepDocument]:
    """Choose the steps to keep where there is room for `limit`: those that succeeded first go first."""
    surplus = len(steps) - limit
    if surplus <= 0:
        return list(steps)
    dispensable = [step.key for step in steps if step.status == "Succeeded"]
    dispensable += [step.key for step in steps if step.status != "Succeeded"]
    left_out = set(dispensable[:surplus])
    return [step for step in steps if step.key not in left_out]


def _start(step: StepDocument) -> tuple[bool, float, str]:
    started = step.started_at
    return started is None, started.timestamp() if started else 0.0, step.key
