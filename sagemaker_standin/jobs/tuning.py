"""What a tuning job and its training jobs show of each other."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sagemaker_standin.jobs.job import Job, JobStatus, JobView, JsonObject

_RETRYABLE = ("InternalServerError", "CapacityError")
_OPEN = frozenset({JobStatus.STARTING, JobStatus.IN_PROGRESS, JobStatus.STOPPING})


def metric_value(job_name: str, metric: str) -> float:
    """A value between 0.5 and 1 that depends on nothing but the names."""
    digest = hashlib.sha256(f"{job_name}/{metric}".encode()).digest()
    return round(0.5 + int.from_bytes(digest[:4]) / 2**33, 4)


def definitions_of(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The definitions of the training jobs, at least one."""
    return request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition") or {}]


def objective(tuning: Job) -> Mapping[str, Any]:
    """The HyperParameterTuningJobObjective, of the first definition if there are several."""
    config = tuning.request.get("HyperParameterTuningJobConfig") or {}
    found: Mapping[str, Any] = (
        config.get("HyperParameterTuningJobObjective")
        or definitions_of(tuning.request)[0].get("TuningObjective")
        or {"MetricName": "loss"}
    )
    return found


def tuning_facts(view: JobView) -> JsonObject:
    """Counters of the training jobs that began, and the best one that completed."""
    tuning = view.job
    config = tuning.request.get("HyperParameterTuningJobConfig") or {}
    children = begun_children(view)
    return {
        "Strategy": config.get("Strategy"),
        "ResourceLimits": config.get("ResourceLimits"),
        "TrainingJobStatusCounters": _status_counters(children),
        "ObjectiveStatusCounters": {
            word: sum(_objective_status(child) == word for child in children)
            for word in ("Succeeded", "Pending", "Failed")
        },
        "BestTrainingJob": _best(tuning, children),
        "ConsumedResources": {"RuntimeInSeconds": round(sum(_runtime(child) for child in children))},
    }


def begun_children(view: JobView) -> list[JobView]:
    """The training jobs of a tuning job that exist by now, in the order of their creation."""
    return [view.of(child) for child in view.job.children if child.created_at <= view.now]


def child_summary(child: JobView) -> JsonObject:
    """A training job of a tuning job, as ListTrainingJobsForHyperParameterTuningJob has it."""
    tuning, end = child.job.parent, child.end
    if tuning is None:
        raise ValueError(f"{child.job.name} belongs to no tuning job")
    is_done = child.status is JobStatus.COMPLETED
    return {
        "TrainingJobDefinitionName": child.job.request.get("DefinitionName"),
        "TrainingJobName": child.job.name,
        "TrainingJobArn": child.job.arn,
        "TuningJobName": tuning.name,
        "CreationTime": child.real(child.job.created_at),
        "TrainingStartTime": child.real(child.job.created_at),
        "TrainingEndTime": None if end is None else child.real(end.at),
        "TrainingJobStatus": "InProgress" if child.status in _OPEN else str(child.status),
        "TunedHyperParameters": _tuned_values(child.job),
        "FailureReason": None if end is None else end.reason,
        "FinalHyperParameterTuningJobObjectiveMetric": _objective_metric(child, tuning) if is_done else None,
        "ObjectiveStatus": _objective_status(child),
    }


def child_metric(child: JobView) -> float | None:
    """The final value of a child's objective metric, once it has completed."""
    if child.job.parent is None or child.status is not JobStatus.COMPLETED:
        return None
    return metric_value(child.job.name, objective(child.job.parent)["MetricName"])


def _tuned_values(child: Job) -> JsonObject:
    static = child.request.get("StaticHyperParameters") or {}
    return {name: value for name, value in child.request["HyperParameters"].items() if name not in static}


def _objective_metric(child: JobView, tuning: Job) -> JsonObject:
    wanted = objective(tuning)
    return {"MetricName": wanted["MetricName"], "Type": wanted.get("Type"), "Value": child_metric(child)}


def _objective_status(child: JobView) -> str:
    if child.status in _OPEN:
        return "Pending"
    return "Succeeded" if child.status is JobStatus.COMPLETED else "Failed"


def _status_counters(children: list[JobView]) -> JsonObject:
    failed = [child.end.reason or "" for child in children if child.end and child.end.status is JobStatus.FAILED]
    retryable = sum(reason.startswith(_RETRYABLE) for reason in failed)
    return {
        "Completed": sum(child.status is JobStatus.COMPLETED for child in children),
        "InProgress": sum(child.status in _OPEN for child in children),
        "RetryableError": retryable,
        "NonRetryableError": len(failed) - retryable,
        "Stopped": sum(child.status is JobStatus.STOPPED for child in children),
    }


def _best(tuning: Job, children: list[JobView]) -> JsonObject | None:
    completed = [child for child in children if child.status is JobStatus.COMPLETED]
    if not completed:
        return None
    pick = min if objective(tuning).get("Type") == "Minimize" else max
    return child_summary(pick(completed, key=lambda child: child_metric(child) or 0.0))


def _runtime(child: JobView) -> float:
    return (child.now if child.end is None else child.end.at) - child.job.created_at
