"""What jobs of people, of AutoML, and of compilers show of their way and leave behind."""

from typing import Final

from sagemaker_standin.jobs.job import JobStatus, JobView, JsonObject
from sagemaker_standin.jobs.tuning import metric_value

_OBJECTS: Final = 100
"""Data objects of a labeling job; the stand-in reads no manifest."""


def labeling_facts(view: JobView) -> JsonObject:
    """Labels are done evenly over a labeling job's time; a stopped one keeps what it has."""
    job, request = view.job, view.job.request
    task = request.get("HumanTaskConfig") or {}
    consolidation = task.get("AnnotationConsolidationConfig") or {}
    labeled = round(_OBJECTS * _share_done(view))
    failed = _OBJECTS - labeled if view.status is JobStatus.FAILED else 0
    output = f"{request['OutputConfig']['S3OutputPath'].rstrip('/')}/{job.name}/manifests/output/output.manifest"
    return {
        "LabelCounters": {
            "TotalLabeled": labeled,
            "HumanLabeled": labeled,
            "MachineLabeled": 0,
            "FailedNonRetryableError": failed,
            "Unlabeled": _OBJECTS - labeled - failed,
        },
        "LabelingJobOutput": {"OutputDatasetS3Uri": output} if view.end is not None else None,
        "JobReferenceCode": job.name[:12],
        "WorkteamArn": task.get("WorkteamArn"),
        "PreHumanTaskLambdaArn": task.get("PreHumanTaskLambdaArn"),
        "AnnotationConsolidationLambdaArn": consolidation.get("AnnotationConsolidationLambdaArn"),
    }


def automl_facts(view: JobView) -> JsonObject:
    """A job of the first version is also described in the members of the second one."""
    request = view.job.request
    problem = request.get("AutoMLProblemTypeConfig") or {"TabularJobConfig": {}}
    channels = request.get("AutoMLJobInputDataConfig") or [
        {"ChannelType": "training", "DataSource": channel.get("DataSource")}
        for channel in request.get("InputDataConfig") or ()
    ]
    return {
        "AutoMLJobSecondaryStatus": view.secondary,
        "AutoMLJobInputDataConfig": channels,
        "AutoMLProblemTypeConfig": problem,
        "AutoMLProblemTypeConfigName": next(iter(problem)).removesuffix("JobConfig"),
        "BestCandidate": _best_candidate(view) if view.status is JobStatus.COMPLETED else None,
    }


def _best_candidate(view: JobView) -> JsonObject:
    name, at = view.job.name, view.real(view.modified_at)
    metric = (view.job.request.get("AutoMLJobObjective") or {}).get("MetricName", "AUC")
    return {
        "CandidateName": f"{name}-candidate-1",
        "FinalAutoMLJobObjectiveMetric": {"MetricName": metric, "Value": metric_value(name, metric)},
        "ObjectiveStatus": "Succeeded",
        "CandidateSteps": [],
        "CandidateStatus": "Completed",
        "CreationTime": view.real(view.job.created_at),
        "EndTime": at,
        "LastModifiedTime": at,
    }


def compilation_facts(view: JobView) -> JsonObject:
    """Where the compiled model is."""
    output = view.job.request.get("OutputConfig") or {}
    model = f"{output.get('S3OutputLocation', '').rstrip('/')}/{view.job.name}.tar.gz"
    return {"CompilationTargetDevice": output.get("TargetDevice"), "ModelArtifacts": {"S3ModelArtifacts": model}}


def optimization_facts(view: JobView) -> JsonObject:
    """Which kinds of optimization were asked for."""
    configs = view.job.request.get("OptimizationConfigs") or ()
    kinds = [name.removeprefix("Model").removesuffix("Config") for config in configs for name in config]
    return {"OptimizationTypes": kinds, "OptimizationOutput": {}}


def recommendation_facts(view: JobView) -> JsonObject:
    """One recommendation at the end."""
    if view.status is not JobStatus.COMPLETED:
        return {}
    endpoint = {"EndpointName": view.job.name, "VariantName": "main", "InstanceType": "ml.c5.xlarge"}
    recommendation = {"EndpointConfiguration": endpoint, "ModelConfiguration": {}}
    return {"InferenceRecommendations": [recommendation]}


def _share_done(view: JobView) -> float:
    planned, until = view.job.course.seconds, view.stopped_or_ended_at
    passed = min(view.now, until) - view.job.created_at
    return min(1.0, passed / planned) if planned else 1.0
