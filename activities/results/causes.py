"""Why an execution failed: from its failed steps down to the last lines of their jobs' logs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.resources.kind import ResourceKind
from activities.resources.members import text
from activities.results.children import failed_children, job_at
from activities.results.elsewhere import function_of
from activities.results.jobs import Job, JobDescription, job_of
from activities.results.logs import read_log_tail
from activities.results.noted import noted
from activities.results.patience import ReadingCalls
from activities.results.reading import Step
from activities.results.reasons import has_content, read_reason, telling_line
from activities.results.remedies import remedy
from activities.results.step import metadata_of, name_of, status_of
from contract.job_kinds import OUT_OF_TIME
from contract.steps import MAX_CAUSES, FailureCause

MAX_SUMMARY_CHARS: Final = 400
MAX_REASON_CHARS: Final = 1100
"""AWS gives at most 1,024 characters of reason for a step or job (FailureReason in SageMaker's service model)."""


@dataclass
class Causes:
    """Why something failed, and what could not be found out about it.

    Attributes:
        calls: Reaches AWS.
        platform: Where it failed.
        causes: Of the steps that were examined.
        notes: What could not be read.
        has_logs: Whether logs could be read so far; once they could not, the others are not read.
    """

    calls: ReadingCalls
    platform: Platform
    causes: list[FailureCause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_logs: bool = True

    async def of_steps(self, steps: Iterable[Step]) -> None:
        """Examine the first failed steps; what may not be read is noted, not raised."""
        failed = [step for step in steps if status_of(step) == "Failed"]
        for step in failed[:MAX_CAUSES]:
            cause = FailureCause(step=name_of(step), summary=f"{name_of(step)}: failed")
            with noted(self.notes, f"Why the step '{name_of(step)}' failed is"):
                cause = await self._of_step(step)
            self.causes.append(cause)
        if len(failed) > MAX_CAUSES:
            self.notes.append(f"{len(failed)} steps failed; the causes are those of the first {MAX_CAUSES}.")

    async def of_job(
        self, name: str, job: Job | None, description: JobDescription, other_reason: str = ""
    ) -> FailureCause:
        """Return why a job failed, with the end of its log.

        Args:
            name: What the summary begins with: the step's or the job's name.
            job: The job; None for a step without one.
            description: What AWS says of it; empty if that is not known.
            other_reason: A reason beside the job's own, such as its step's.
        """
        job = job and job.as_described(description)
        if job is not None and (failed := await failed_children(self.calls, self.platform, job)):
            return await self._of_child(name, job, description, failed, other_reason)
        log = await self._log(job, description) if job else []
        own = _reasons(job.kind, description) if job and job.kind else []
        job_status = job.status(description) if job else None
        reasons = [*own, *filter(None, (other_reason,))]
        return FailureCause(
            step=name,
            summary=_summary(name, reasons, job_status, log),
            remedy=remedy([*reasons, *reversed(log)], job_status),
            job_arn=job.arn if job else None,
            job_status=job_status,
            job_reason=own[0] if own else None,
            log=log,
            log_url=job.log_url if job else None,
        )

    async def _of_child(
        self, name: str, job: Job, description: JobDescription, failed: Sequence[str], other_reason: str
    ) -> FailureCause:
        """Examine the first failed training job of a tuning job, which has neither a log nor a reason of its own."""
        self.notes.append(f"Training jobs of '{job.name}' that failed: {', '.join(failed)}.")
        child = job_at(failed[0], like=job)
        described = await self.description(child)
        # "All training jobs failed" says less than the training job's own reason and log.
        reason = "" if described else other_reason or (job.kind.reason(description) if job.kind else None) or ""
        cause = await self.of_job(name, child, described, reason)
        return cause.model_copy(update={"job_arn": job.arn, "job_status": job.status(description)})

    async def _of_step(self, step: Step) -> FailureCause:
        job = job_of(step)
        of_the_step = read_reason(_bounded(text(step, "FailureReason")) or _metadata_reason(step) or "")
        description = await self.description(job) if job else {}
        cause = await self.of_job(name_of(step), job, description, of_the_step.text)
        function = function_of(step)
        return cause.model_copy(
            update={
                "remedy": _violation_report(step) or cause.remedy,
                "step_reason": of_the_step.text or None,
                "exception_type": of_the_step.exception_type,
                "log_url": cause.log_url or (function.log_url if function else None),
            }
        )

    async def description(self, job: Job) -> JobDescription:
        """Describe a job; empty if it cannot be described, which is noted."""
        try:
            return await job.describe(self.calls, self.platform)
        except AwsError as error:
            is_gone = job.is_gone(error)
            self.notes.append(job.gone if is_gone else f"The job's own reason is not known. {error.explanation}")
            return {}

    async def _log(self, job: Job, description: JobDescription) -> list[str]:
        if not self.has_logs:
            return []
        try:
            return await read_log_tail(self.calls, self.platform, job, description)
        except AwsError as error:
            # A group that is not there yet says nothing about the others; most likely this job never came to write.
            self.has_logs = error.kind is Kind.NOT_FOUND
            self.notes.append(f"The job's log is not known. {error.explanation}")
            return []


async def find_causes(calls: ReadingCalls, platform: Platform, steps: Iterable[Step]) -> Causes:
    """Examine the first failed steps of an execution."""
    found = Causes(calls, platform)
    await found.of_steps(steps)
    return found


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


def _reasons(kind: ResourceKind, description: JobDescription) -> list[str]:
    """Return all reasons that AWS has for a job: an exit message may say more than "see the logs"."""
    return [found for member in kind.members.reasons if (found := _bounded(text(description, member)))]
