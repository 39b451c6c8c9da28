"""The kinds of jobs, one row each; names, members and words are those of botocore 1.44.5's service model."""

from collections.abc import Mapping
from typing import Any, Final

from sagemaker_standin.jobs import facts, progress, tuning
from sagemaker_standin.jobs.job import JobStatus
from sagemaker_standin.jobs.kinds import WORDS, JobKind

_UPPER_WORDS: Final = {
    JobStatus.STARTING: "STARTING",
    JobStatus.IN_PROGRESS: "INPROGRESS",
    JobStatus.STOPPING: "STOPPING",
    JobStatus.COMPLETED: "COMPLETED",
    JobStatus.FAILED: "FAILED",
    JobStatus.STOPPED: "STOPPED",
}
_DELETABLE_WORDS: Final = WORDS | {JobStatus.DELETING: "Deleting"}
_LABELING_WORDS: Final = WORDS | {JobStatus.STARTING: "Initializing"}
_RECOMMENDATION_WORDS: Final = _UPPER_WORDS | {
    JobStatus.STARTING: "PENDING",
    JobStatus.IN_PROGRESS: "IN_PROGRESS",
}
_TRAINING_PHASES: Final = (("Starting", 0.1), ("Downloading", 0.1), ("Training", 0.7), ("Uploading", 0.1))
_AUTOML_PHASES: Final = (
    ("Starting", 0.1),
    ("AnalyzingData", 0.2),
    ("FeatureEngineering", 0.2),
    ("ModelTuning", 0.4),
    ("GeneratingExplainabilityReport", 0.1),
)

JOB_KINDS: Final = (
    JobKind(
        "training-job",
        "training job",
        "TrainingJob",
        seconds=300,
        words=_DELETABLE_WORDS,
        phases=_TRAINING_PHASES,
        times=("TrainingStartTime", "TrainingEndTime"),
        absent="ValidationException",
        absent_text="Requested resource not found.",
        log_group="/aws/sagemaker/TrainingJobs",
        streams="/algo-{number}-{epoch}",
        facts=facts.training_facts,
    ),
    JobKind(
        "processing-job",
        "processing job",
        "ProcessingJob",
        seconds=120,
        times=("ProcessingStartTime", "ProcessingEndTime"),
        absent="ValidationException",
        absent_text="Could not find requested job with name: {name}",
        taken_text=(
            "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"
        ),
        log_group="/aws/sagemaker/ProcessingJobs",
        streams="/algo-{number}-{epoch}",
        facts=facts.processing_facts,
    ),
    JobKind(
        "transform-job",
        "transform job",
        "TransformJob",
        seconds=180,
        times=("TransformStartTime", "TransformEndTime"),
        absent="ValidationException",
        absent_text="Could not find requested job with name: {name}",
        order=("CreationTime", "Descending"),
        log_group="/aws/sagemaker/TransformJobs",
        streams="/i-{number}-{epoch}",
    ),
    JobKind(
        "labeling-job",
        "labeling job",
        "LabelingJob",
        seconds=600,
        words=_LABELING_WORDS,
        absent="ResourceNotFound",
        log_group="/aws/sagemaker/LabelingJobs",
        facts=progress.labeling_facts,
    ),
    JobKind(
        "hyper-parameter-tuning-job",
        "hyperparameter tuning job",
        "HyperParameterTuningJob",
        seconds=600,
        words=_DELETABLE_WORDS,
        ignores_case=True,
        times=(None, "HyperParameterTuningEndTime"),
        absent="ResourceNotFound",
        absent_text="Amazon SageMaker can't find a tuning job with name {name}.",
        order=("Name", "Ascending"),
        facts=tuning.tuning_facts,
    ),
    JobKind(
        "automl-job",
        "AutoML job",
        "AutoMLJob",
        seconds=600,
        versions=("V2", ""),
        phases=_AUTOML_PHASES,
        ignores_case=True,
        times=(None, "EndTime"),
        order=("Name", "Descending"),
        facts=progress.automl_facts,
    ),
    JobKind(
        "compilation-job",
        "compilation job",
        "CompilationJob",
        seconds=120,
        words=_UPPER_WORDS,
        times=("CompilationStartTime", "CompilationEndTime"),
        overrun=JobStatus.FAILED,
        log_group="/aws/sagemaker/CompilationJobs",
        facts=progress.compilation_facts,
    ),
    JobKind(
        "inference-recommendations-job",
        "inference recommendations job",
        "InferenceRecommendationsJob",
        seconds=300,
        own_prefix="Job",
        status="Status",
        words=_RECOMMENDATION_WORDS,
        times=(None, "CompletionTime"),
        log_group="/aws/sagemaker/InferenceRecommendationsJobs",
        streams="/execution",
        facts=progress.recommendation_facts,
    ),
    JobKind(
        "optimization-job",
        "optimization job",
        "OptimizationJob",
        seconds=300,
        words=_UPPER_WORDS,
        times=("OptimizationStartTime", "OptimizationEndTime"),
        facts=progress.optimization_facts,
    ),
)
"""The kinds that clients can create."""

_STEP_PRODUCTS: Final = (
    JobKind("model", "model", "Model", absent="ValidationException", absent_text='Could not find model "{name}".'),
    JobKind("model-package", "model package", "ModelPackage", absent="ValidationException", facts=facts.package_facts),
    JobKind(
        "endpoint",
        "endpoint",
        "Endpoint",
        absent="ValidationException",
        absent_text='Could not find endpoint "{name}".',
        facts=facts.endpoint_facts,
    ),
)
"""What steps make beside jobs."""

KINDS: Final = {kind.resource: kind for kind in (*JOB_KINDS, *_STEP_PRODUCTS)}
"""By the resource part of their ARNs."""

NAMED_BY: Final = {kind.name_member: kind for kind in JOB_KINDS}
"""By the member of a request that names the job."""


def job_kind(resource: str) -> JobKind:
    """The kind of jobs with this resource part in their ARNs.

    Raises:
        ValueError: clients can create no such jobs.
    """
    for kind in JOB_KINDS:
        if kind.resource == resource:
            return kind
    raise ValueError(f"{resource} is no kind of job; there are {', '.join(kind.resource for kind in JOB_KINDS)}")


def named_job(request: Mapping[str, Any]) -> tuple[JobKind, str] | None:
    """The kind and the name of the job that a request is about: by name, or by its ARN."""
    for member, kind in NAMED_BY.items():
        if isinstance(name := request.get(member), str):
            return kind, name
    resource, _, name = str(request.get("ResourceArn", "")).rpartition(":")[2].partition("/")
    return next(((kind, name) for kind in JOB_KINDS if kind.resource == resource), None)
