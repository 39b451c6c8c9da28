"""What the description of a kind of job has beside the members that all kinds share."""

from collections.abc import Callable
from typing import Final

from sagemaker_standin.jobs.job import JobStatus, JobView, JsonObject
from sagemaker_standin.jobs.tuning import metric_value

Facts = Callable[[JobView], JsonObject]

_UNPAID: Final = frozenset({"Interrupted", "Pending"})


def no_facts(_view: JobView) -> JsonObject:
    """No further members."""
    return {}


def training_facts(view: JobView) -> JsonObject:
    """Of a training job; a step's model is where the step's properties say."""
    job, end = view.job, view.end
    output = (job.request.get("OutputDataConfig") or {}).get("S3OutputPath", "s3://artifacts")
    facts: JsonObject = {
        "SecondaryStatus": view.secondary,
        "SecondaryStatusTransitions": _transitions(view),
        "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{job.name}/output/model.tar.gz"},
        "FinalMetricDataList": _final_metrics(view) or None,
        "WarmPoolStatus": _warm_pool(view),
        "TuningJobArn": None if job.parent is None else job.parent.arn,
    }
    if end is not None:
        seconds = round(end.at - job.created_at)
        facts |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds - round(_unpaid_seconds(view))}
    return facts


def _warm_pool(view: JobView) -> JsonObject | None:
    if view.end is None or view.pool_ends_at is None:
        return None
    retained = min(view.now, view.pool_ends_at) - view.end.at
    taken_by = view.job.pool_taken_by
    if taken_by is None:
        status = "Available" if view.has_warm_pool else "Terminated"
    else:
        status = "InUse" if view.of(taken_by).end is None else "Reused"
    return {
        "Status": status,
        "ResourceRetainedBillableTimeInSeconds": round(retained),
        "ReusedByJob": None if taken_by is None else taken_by.name,
    }


def _final_metrics(view: JobView) -> list[JsonObject] | None:
    """The last value of each metric that the request defines."""
    if view.end is None or view.end.status is not JobStatus.COMPLETED:
        return None
    algorithm = view.job.request.get("AlgorithmSpecification")
    metrics = algorithm.get("MetricDefinitions") if isinstance(algorithm, dict) else None
    return [
        {
            "MetricName": metric["Name"],
            "Value": metric_value(view.job.name, metric["Name"]),
            "Timestamp": view.real(view.end.at),
        }
        for metric in metrics or ()
    ]


def _transitions(view: JobView) -> list[JsonObject]:
    begun = [(phase.word, at) for phase, at in view.phases()]
    if view.job.stopping_at is not None and view.job.stopping_at <= view.now:
        begun.append(("Stopping", view.job.stopping_at))
    if view.end is not None:
        begun.append((view.secondary, view.end.at))
    ends: list[float | None] = [at for _, at in begun[1:]]
    ends.append(None if view.end is None else view.end.at)
    return [
        {"Status": word, "StartTime": view.real(at), "EndTime": None if until is None else view.real(until)}
        for (word, at), until in zip(begun, ends, strict=True)
    ]


def _unpaid_seconds(view: JobView) -> float:
    last = view.stopped_or_ended_at
    return sum(min(phase.seconds, last - at) for phase, at in view.phases() if phase.word in _UNPAID)


def processing_facts(view: JobView) -> JsonObject:
    """Of a processing job; its exit message is its reason unless its container left another."""
    exit_message = view.job.course.exit_message if view.end is not None else None
    return {"ExitMessage": exit_message or (view.end.reason if view.end else None)}


def package_facts(view: JobView) -> JsonObject:
    """Of a version of a model package."""
    group, _, version = view.job.name.partition("/")
    return {
        "ModelPackageName": view.job.name,
        "ModelPackageGroupName": group,
        "ModelPackageVersion": int(version),
        "ModelApprovalStatus": view.job.request.get("ModelApprovalStatus", "PendingManualApproval"),
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
    }


def endpoint_facts(view: JobView) -> JsonObject:
    """Of an endpoint."""
    return {"EndpointStatus": "InService" if view.status is JobStatus.COMPLETED else "Creating"}
