"""Why an execution failed: from its failed steps down to the last lines of their jobs' logs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.resources.members import text
from activities.resources.table import OUT_OF_TIME
from activities.results.elsewhere import function_of
from activities.results.jobs import Job, JobDescription, job_of
from activities.results.logs import read_log_tail
from activities.results.noted import noted
from activities.results.patience import ReadingCalls
from activities.results.reading import Step
from activities.results.reasons import has_content, read_reason, telling_line
from activities.results.remedies import remedy
from activities.results.step import metadata_of, name_of, status_of
from contract.steps import MAX_CAUSES, FailureCause

MAX_SUMMARY_CHARS: Final = 400
MAX_REASON_CHARS: Final = 1100
"""AWS gives at most 1,024 characters of reason for a step or job (FailureReason in SageMaker's service model)."""


@dataclass
class Causes:
    """Why an execution failed, and what could not be found out about it."""

    causes: list[FailureCause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_logs: bool = True
    """Whether logs could be read so far; once they could not, the others are not read."""


async def find_causes(calls: ReadingCalls, platform: Platform, steps: Iterable[Step]) -> Causes:
    """Examine the first failed steps; what may not be read is noted, not raised."""
    found = Causes()
    failed = [step for step in steps if status_of(step) == "Failed"]
    for step in failed[:MAX_CAUSES]:
        cause = FailureCause(step=name_of(step), summary=f"{name_of(step)}: failed")
        with noted(found.notes, f"Why the step '{name_of(step)}' failed is"):
            cause = await _cause(calls, platform, step, found)
        found.causes.append(cause)
    if len(failed) > MAX_CAUSES:
        found.notes.append(f"{len(failed)} steps failed; the causes are those of the first {MAX_CAUSES}.")
    return found


async def _cause(calls: ReadingCalls, platform: Platform, step: Step, found: Causes) -> FailureCause:
    job = job_of(step)
    description = await _description(calls, platform, job, found) if job else {}
    job = job and job.as_described(description)
    log = await _log(calls, platform, job, description, found) if job else []
    function = function_of(step)
    of_the_step = read_reason(_bounded(text(step, "FailureReason")) or _metadata_reason(step) or "")
    job_reason = _bounded(job.kind.reason(description)) if job and job.kind else None
    job_status = job.status(description) if job else None
    reasons = [reason for reason in (job_reason, of_the_step.text) if reason]
    return FailureCause(
        step=name_of(step),
        summary=_summary(name_of(step), reasons, job_status, log),
        remedy=_violation_report(step) or remedy([*reasons, *reversed(log)], job_status),
        step_reason=of_the_step.text or None,
        exception_type=of_the_step.exception_type,
        job_arn=job.arn if job else None,
        job_status=job_status,
        job_reason=job_reason,
        log=log,
        log_url=job.log_url if job else function.log_url if function else None,
    )


async def _description(calls: ReadingCalls, platform: Platform, job: Job, found: Causes) -> JobDescription:
    try:
        return await job.describe(calls, platform)
    except AwsError as error:
        found.notes.append(
            job.gone if job.is_gone(error) else f"The job's own reason is not known. {error.explanation}"
        )
        return {}


async def _log(
    calls: ReadingCalls, platform: Platform, job: Job, description: JobDescription, found: Causes
) -> list[str]:
    if not found.has_logs:
        return []
    try:
        return await read_log_tail(calls, platform, job, description)
    except AwsError as error:
        # A group that is not there yet says nothing about the others; most likely this job never came to write.
        found.has_logs = error.kind is Kind.NOT_FOUND
        found.notes.append(f"The job's log is not known. {error.explanation}")
        return []


def _summary(step: str, reasons: Sequence[str], job_status: str | None, log: Sequence[str]) -> str:
    reason = next(filter(has_content, reasons), None)
    if reason is None:
        said = reasons[0].rstrip(" .") if reasons else "failed without a reason"
        line = telling_line(log)
        reason = f"{said}; its log ends with: {line}" if line else said
    if job_status in OUT_OF_TIME and job_status not in reason:
        reason = f"timed out ({job_status}): {reason}"
    return " ".join(f"{step}: {reason}".split())[:MAX_SUMMARY_CHARS]


def _metadata_reason(step: Step) -> str | None:
    """Return the message of a Fail step, where AWS gave the step no reason."""
    return _bounded(text(metadata_of(step).get("Fail", {}), "ErrorMessage"))


def _violation_report(step: Step) -> str | None:
    reports = (text(member, "ViolationReport") for member in metadata_of(step).values())
    report = next(filter(None, reports), None)
    return f"See which checks were violated in {report}." if report else None


def _bounded(value: str | None) -> str | None:
    return value[:MAX_REASON_CHARS] if value else None
