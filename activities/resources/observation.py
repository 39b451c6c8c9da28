"""What a describe of a resource says of it."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from activities.models import Observation
from activities.resources.kind import Answer, ResourceKind
from activities.resources.members import first_text, moment, number, table, text, texts
from contract.job_document import JobProgress

_BEST_NAMES: Final = ("TrainingJobName", "CandidateName")
_OBJECTIVES: Final = ("FinalHyperParameterTuningJobObjectiveMetric", "FinalAutoMLJobObjectiveMetric")


def observation_of(kind: ResourceKind, answer: Answer) -> Observation:
    """Return what the response of a Describe operation says; a member of an undocumented type counts as missing."""
    return Observation(
        sagemaker_status=kind.raw_status(answer),
        # What a status means is decided here once, so that it stands in histories.
        status=None if kind.is_judged_by_workflow else kind.run_status(kind.status(answer)),
        secondary_status=text(answer, kind.members.secondary_status),
        job_progress=progress_of(kind, answer),
        failure_reason=kind.reason(answer),
        description=text(answer, "PipelineExecutionDescription"),
        created_at=moment(answer, kind.members.created),
        last_modified_at=moment(answer, kind.members.ended) or moment(answer, kind.members.modified),
        pipeline_version_id=number(answer, "PipelineVersionId"),
        pipeline_version_aliases=texts(answer, "PipelineVersionAliases"),
    )


def progress_of(kind: ResourceKind, answer: Answer) -> JobProgress | None:
    """Return how far a job is; None for a kind of which AWS does not say it.

    Args:
        kind: The kind.
        answer: A Describe response, or a summary in a list.
    """
    counters = {
        name: count
        for member in kind.members.counters
        for name in table(answer, member)
        if (count := number(table(answer, member), name)) is not None
    }
    best = _best(table(answer, kind.members.best)) if kind.members.best else None
    return JobProgress(counters=counters, best_job=best) if counters or best else None


def _best(found: Mapping[str, Any]) -> str | None:
    """Such as `tuning-001-abc (validation:auc 0.93)`."""
    name = first_text(found, _BEST_NAMES)
    objective = next(filter(None, (table(found, member) for member in _OBJECTIVES)), {})
    metric, value = text(objective, "MetricName"), objective.get("Value")
    return f"{name} ({metric} {value:g})" if name and metric and isinstance(value, int | float) else name


def mark_of(observed: Observation) -> str | None:
    """Return what changes when a job is further: a hash of its secondary status and counters; None if it has none."""
    return _mark(observed.secondary_status, observed.job_progress)


def mark_of_summary(kind: ResourceKind, summary: Answer) -> str | None:
    """Return the mark of a job as a list shows it."""
    return _mark(text(summary, kind.members.secondary_status), progress_of(kind, summary))


def _mark(secondary_status: str | None, progress: JobProgress | None) -> str | None:
    # Not the best job: lists do not show it.
    counters = sorted(progress.counters.items()) if progress else []
    if secondary_status is None and not counters:
        return None
    return f"{crc32(repr((secondary_status, counters)).encode(errors='replace')):08x}"
