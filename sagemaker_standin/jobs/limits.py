"""When a job's StoppingCondition ends it."""

from collections.abc import Mapping
from typing import Any, Final

from sagemaker_standin import texts
from sagemaker_standin.jobs.job import Course, End, JobStatus
from sagemaker_standin.jobs.kinds import JobKind

_NOT_RUNNING: Final = frozenset({"Starting", "Pending", "Interrupted"})


def runtime_limit(arguments: Mapping[str, Any], member: str = "MaxRuntimeInSeconds") -> float | None:
    """The limit in a job's or a step's StoppingCondition, if it has one."""
    condition = arguments.get("StoppingCondition")
    limit = condition.get(member) if isinstance(condition, dict) else None
    return None if limit is None else float(limit)


def limited(end: End, kind: JobKind, request: Mapping[str, Any], course: Course, created_at: float) -> End:
    """The end that was planned, or the earlier one that the request's StoppingCondition brings.

    MaxRuntimeInSeconds counts the time that the job runs, MaxWaitTimeInSeconds of managed spot training all of it
    (StoppingCondition's documentation). An AutoML job completes with the candidates that it has
    (AutoMLJobCompletionCriteria's documentation).
    """
    wait, run = runtime_limit(request, "MaxWaitTimeInSeconds"), runtime_limit(request)
    if wait is not None and created_at + wait < end.at:
        end = End(created_at + wait, JobStatus.STOPPED, secondary="MaxWaitTimeExceeded")
    if (automl := _automl_limit(request)) is not None and created_at + automl < end.at:
        end = End(created_at + automl, JobStatus.COMPLETED, secondary="MaxAutoMLJobRuntimeReached")
    if run is not None and (at := _used_up_at(run, course, created_at)) is not None and at < end.at:
        if kind.overrun is JobStatus.FAILED:
            return End(at, JobStatus.FAILED, texts.TIME_OUT.format(seconds=run))
        return End(at, JobStatus.STOPPED, secondary="MaxRuntimeExceeded")
    return end


def _automl_limit(request: Mapping[str, Any]) -> float | None:
    """The MaxAutoMLJobRuntimeInSeconds of either version of AutoML."""
    configs = [request.get("AutoMLJobConfig"), *(request.get("AutoMLProblemTypeConfig") or {}).values()]
    for config in configs:
        if limit := ((config or {}).get("CompletionCriteria") or {}).get("MaxAutoMLJobRuntimeInSeconds"):
            return float(limit)
    return None


def _used_up_at(limit: float, course: Course, created_at: float) -> float | None:
    """When a job that goes this way has run for `limit` seconds; None if it never does."""
    at = created_at
    for phase in course.phases:
        if phase.word not in _NOT_RUNNING:
            if phase.seconds > limit:
                return at + limit
            limit -= phase.seconds
        at += phase.seconds
    return None
