"""How a created job goes: its kind's default, its own `STANDIN_…` settings over it, a script over both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sagemaker_standin import texts
from sagemaker_standin.jobs.job import Course, End, JobStatus, Phase
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.jobs.settings import Settings
from sagemaker_standin.jobs.streams import FIRST

# Simulated seconds between the attempts of a RetryStrategy.
_RESTART_SECONDS: Final = 10.0


@dataclass
class JobScript:
    """What the control API wants of the jobs of one kind whose names begin with a prefix.

    Attributes:
        seconds: simulated; None for the job's own.
        phases: secondary statuses, each with its simulated seconds, in place of the kind's own and of `seconds`.
        outcome: `Completed`, `Failed` or `Stopped`.
        logs: the lines of each log stream (`job.Course.logs`).
        job: members that the job's description shows in place of its own.
        attempts: how many jobs it is for; None for all.
        used: how many jobs took it so far.
    """

    kind: str
    name_prefix: str
    seconds: float | None = None
    phases: tuple[Phase, ...] = ()
    outcome: JobStatus = JobStatus.COMPLETED
    failure_reason: str = ""
    secondary_status: str | None = None
    exit_message: str | None = None
    logs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    job: Mapping[str, Any] = field(default_factory=dict)
    attempts: int | None = None
    used: int = 0

    def is_for(self, resource: str, name: str) -> bool:
        """Whether a new job goes this way."""
        is_left = self.attempts is None or self.used < self.attempts
        return is_left and self.kind == resource and name.lower().startswith(self.name_prefix.lower())


def job_script(request: Mapping[str, Any]) -> JobScript:
    """Read a script as the control API gets it.

    Raises:
        KeyError, TypeError, ValueError: it is malformed.
    """
    given = {key: value for key, value in request.items() if value is not None}
    log = given.pop("log", ())
    logs = log if isinstance(log, dict) else logs_of(log)
    outcome = JobStatus(given.pop("outcome", "Completed"))
    if outcome not in {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED}:
        raise ValueError(f"outcome is Completed, Failed or Stopped, not {outcome}")
    phases = tuple(Phase(str(word), float(seconds)) for word, seconds in given.pop("phases", ()))
    script = JobScript(
        **given, outcome=outcome, phases=phases, logs={str(key): tuple(lines) for key, lines in logs.items()}
    )
    if script.seconds is not None:
        script.seconds = float(script.seconds)
    return script


def chosen(scripts: Iterable[JobScript], resource: str, name: str) -> JobScript | None:
    """The latest script for a new job, which counts the job."""
    script = next((script for script in reversed(list(scripts)) if script.is_for(resource, name)), None)
    if script is not None:
        script.used += 1
    return script


def course_of(kind: JobKind, settings: Settings, script: JobScript, restarts: int = 0) -> Course:
    """The way of a new job, before anything ends it early."""
    own = settings.seconds if settings.seconds is not None else kind.seconds
    phases = script.phases or kind.phases_within(own if script.seconds is None else script.seconds)
    return Course(
        phases=phases + (Phase("Restarting", _RESTART_SECONDS), *phases) * restarts,
        shown=script.job or settings.job,
        logs=script.logs or logs_of(settings.log),
        exit_message=script.exit_message,
    )


def end_of(course: Course, settings: Settings, script: JobScript | None, created_at: float) -> End:
    """The end of a new job, if nothing ends it early."""
    at = created_at + (course.seconds or 0.0)
    if script is None:
        return End(at, JobStatus.FAILED, settings.failure) if settings.failure else End(at, JobStatus.COMPLETED)
    reason = (script.failure_reason or texts.SCRIPTED_FAILURE) if script.outcome is JobStatus.FAILED else None
    return End(at, script.outcome, reason, script.secondary_status)


def restarts_of(request: Mapping[str, Any], settings: Settings, script: JobScript) -> int:
    """How often the request's RetryStrategy restarts a job that fails for an InternalServerError."""
    reason = settings.failure if script.outcome is not JobStatus.FAILED else script.failure_reason
    attempts: int = (request.get("RetryStrategy") or {}).get("MaximumRetryAttempts", 0)
    return attempts if reason.startswith("InternalServerError") else 0


def logs_of(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The log of a job of one instance."""
    return {FIRST: tuple(lines)} if lines else {}
