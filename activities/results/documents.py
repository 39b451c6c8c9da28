"""From AWS's steps to those of the run document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from activities.results.jobs import job_of
from activities.results.plan import Plan
from activities.results.reading import Step
from contract.steps import MAX_STEP_REASON_CHARS, Progress, StepDocument

MAX_NAME_CHARS: Final = 256


def step_document(step: Step, plan: Plan | None) -> StepDocument:
    """Write one step as the run document has it."""
    name = str(step.get("StepName", ""))
    job = job_of(step)
    return StepDocument(
        name=name[:MAX_NAME_CHARS],
        iteration=_iteration(step),
        display_name=_bounded(step.get("StepDisplayName"), MAX_NAME_CHARS),
        type=(plan.type_of(name) if plan else None) or _type_by_metadata(step),
        status=str(step.get("StepStatus", "")),
        attempt=int(step.get("AttemptCount") or 1),
        cache_hit=bool(step.get("CacheHitResult")) or _is_carried(step),
        started_at=step.get("StartTime"),
        ended_at=step.get("EndTime"),
        failure_reason=_bounded(step.get("FailureReason"), MAX_STEP_REASON_CHARS),
        job_arn=job.arn if job else None,
        console_url=job.console_url if job else None,
    )


def progress(steps: Sequence[Step], plan: Plan | None, selected: frozenset[str] | None) -> Progress:
    """Count how far an execution is.

    Args:
        steps: All steps that have started. Those that a selective execution took over from its source do not count.
        plan: What may run; None where it cannot be read.
        selected: The only steps of a selective execution; None for all.
    """
    statuses = [step.get("StepStatus") for step in steps if not _is_carried(step)]
    done, failed = statuses.count("Succeeded"), statuses.count("Failed")
    stopped = statuses.count("Stopped")
    return Progress(
        done=done,
        failed=failed,
        running=len(statuses) - done - failed - stopped,
        total=max(plan.total(_outcomes(steps), selected), len(statuses)) if plan else None,
    )


def _is_carried(step: Step) -> bool:
    """Whether a selective execution reuses this step's results (SelectiveExecutionResult, botocore 1.44.5 model)."""
    return bool(step.get("SelectiveExecutionResult"))


def _outcomes(steps: Iterable[Step]) -> Mapping[str, bool]:
    outcomes = {}
    for step in steps:
        outcome = (_metadata(step).get("Condition") or {}).get("Outcome")
        if outcome in ("True", "False"):
            outcomes[str(step.get("StepName"))] = outcome == "True"
    return outcomes


def _iteration(step: Step) -> str | None:
    context = step.get("IterationContext") or {}
    return f"{context.get('ParentStepName', '')}[{context.get('Index')}]" if "Index" in context else None


def _type_by_metadata(step: Step) -> str | None:
    """The step's kind by the one member that its metadata holds: `TrainingJob` is a `Training` step."""
    member = next(iter(_metadata(step)), None)
    return member.removesuffix("Job") if member else None


def _metadata(step: Step) -> Mapping[str, Any]:
    return step.get("Metadata") or {}


def _bounded(text: Any, length: int) -> str | None:
    return None if text is None else str(text)[:length]
