"""From AWS's steps to those of the run document."""

from collections.abc import Sequence
from typing import Final

from activities.resources.members import moment, number, table, text
from activities.results.elsewhere import details_of, function_of, shows_token, waits_for
from activities.results.jobs import job_of
from activities.results.plan import Plan
from activities.results.reading import Step
from activities.results.reasons import read_reason
from activities.results.step import is_reused, is_taken_over, metadata_of, name_of, outcome_of, status_of
from contract.run import RunStatus
from contract.steps import MAX_STEP_REASON_CHARS, Progress, StepDocument

MAX_NAME_CHARS: Final = 256


def step_document(step: Step, plan: Plan | None) -> StepDocument:
    """Write one step as the run document has it."""
    name = name_of(step)
    job, function = job_of(step), function_of(step)
    kind = (plan.type_of(name) if plan else None) or _type_by_metadata(step)
    return StepDocument(
        name=name[:MAX_NAME_CHARS],
        iteration=_iteration(step),
        display_name=_bounded(text(step, "StepDisplayName"), MAX_NAME_CHARS),
        type=kind,
        status=status_of(step),
        attempt=number(step, "AttemptCount") or 1,
        cache_hit=is_reused(step),
        started_at=moment(step, "StartTime"),
        ended_at=moment(step, "EndTime"),
        failure_reason=_reason(step),
        job_arn=job.arn if job else None,
        console_url=job.console_url if job else function.url if function else None,
        details=details_of(step),
        waits_for=waits_for(step, kind),
        token_shown=shows_token(step, kind),
    )


def progress(
    steps: Sequence[Step], plan: Plan | None, selected: frozenset[str] | None, *, end: RunStatus | None = None
) -> Progress:
    """Count how far an execution is.

    Args:
        steps: All steps that have started. Steps that a selective execution took over from its source do not count.
        plan: What may run; None where it cannot be read.
        selected: The only steps of a selective execution; None for all.
        end: How the execution ended; None while it runs. Nothing runs after it, and nothing is left after a success.
    """
    own = [step for step in steps if not is_taken_over(step)]
    statuses = [status_of(step) for step in own]
    done, failed, stopped = (statuses.count(status) for status in ("Succeeded", "Failed", "Stopped"))
    in_rounds = [step for step in own if _iteration(step) is not None]
    # Each round of a ForEach step decides for itself.
    outcomes = {
        name_of(step): outcome
        for step in steps
        if (outcome := outcome_of(step)) is not None and _iteration(step) is None
    }
    total = None
    if plan is not None:
        may_run = plan.total(outcomes, selected, started_in_rounds=len(in_rounds))
        total = len(own) if end is RunStatus.SUCCESS else max(may_run, len(own))
    return Progress(
        done=done,
        failed=failed,
        running=0 if end else len(own) - done - failed - stopped,
        total=total,
    )


def _iteration(step: Step) -> str | None:
    context = table(step, "IterationContext")
    parent, index = text(context, "ParentStepName"), number(context, "Index")
    return None if parent is None or index is None else f"{parent}[{index}]"


def _type_by_metadata(step: Step) -> str | None:
    """Return the step's type by the member that its metadata holds: `TrainingJob` is a `Training` step."""
    member = next(iter(metadata_of(step)), None)
    return (member.removesuffix("Job") or member) if member else None


def _reason(step: Step) -> str | None:
    reason = text(step, "FailureReason")
    return _bounded(read_reason(reason).text, MAX_STEP_REASON_CHARS) if reason else None


def _bounded(value: str | None, length: int) -> str | None:
    return None if value is None else value[:length]
