"""The kinds of SageMaker jobs, one row each.

Members, statuses, and the lengths of names: SageMaker's service model in botocore, which a test compares with each row.
Wordings of refusals, log groups, console pages and events: AWS's documentation, or what the comment names.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from activities.resources.kind import Listing, Members, NameKey, Refusal, ResourceKind
from activities.resources.operations import UPDATE_TRAINING_JOB, Operation
from contract.job_kinds import OUT_OF_TIME, JobKind
from contract.run import RunStatus

JOB_STATUSES: Final[Mapping[str, RunStatus]] = {
    "InProgress": RunStatus.RUNNING,
    "Stopping": RunStatus.RUNNING,
    "Completed": RunStatus.SUCCESS,
    "Failed": RunStatus.FAILED,
    "Stopped": RunStatus.CANCELLED,
}
"""`Deleting` is no end: it says nothing of how the job ended before."""

_UPPER_CASE: Final = {
    "STOPPING": RunStatus.RUNNING,
    "COMPLETED": RunStatus.SUCCESS,
    "FAILED": RunStatus.FAILED,
    "STOPPED": RunStatus.CANCELLED,
}
STARTING_STATUSES: Final[Mapping[str, RunStatus]] = {
    "STARTING": RunStatus.RUNNING,
    "INPROGRESS": RunStatus.RUNNING,
    **_UPPER_CASE,
}
"""Of compilation and optimization jobs."""
PENDING_STATUSES: Final[Mapping[str, RunStatus]] = {
    "PENDING": RunStatus.RUNNING,
    "IN_PROGRESS": RunStatus.RUNNING,
    **_UPPER_CASE,
}
"""Of inference recommendation jobs."""

NAME_IN_USE: Final = Refusal("ResourceInUse")
NOT_FOUND: Final = Refusal("ResourceNotFound")

_NOT_FOUND_EITHER_WAY: Final = (
    NOT_FOUND,
    # Which code and wording these kinds have is not published; a training, processing or transform job has these.
    Refusal("ValidationException", "not found"),
    Refusal("ValidationException", "Could not find"),
)

_PROPAGATION: Final = tuple(
    Refusal("ValidationException", text)
    for text in (
        # terraform-provider-aws, internal/service/sagemaker/training_job.go: retried for minutes there.
        "Could not assume role",
        "Access denied to OutputDataConfig S3 bucket",
        "Unauthorized to List objects under S3 URL",
    )
)


def _job(  # noqa: PLR0913 — the facts of a row
    job: JobKind,
    noun: str,
    stem: str,
    *,
    arn_type: str | None = None,
    summaries: str | None = None,
    name_chars: int = 63,
    members: Mapping[str, Any] | None = None,
    **facts: Any,
) -> ResourceKind:
    """Return the row of a kind whose operations and members are named as AWS names most of them."""
    own = {"arn": f"{stem}Arn", "name": f"{stem}Name", "status": f"{stem}Status", **(members or {})}
    name = own["name"]
    row = ResourceKind(
        noun=noun,
        job=job,
        arn_type=arn_type or f"{noun.lower().replace(' ', '-')}",
        create=Operation(f"Create{stem}"),
        describe=Operation(f"Describe{stem}"),
        stop=Operation(f"Stop{stem}"),
        listing=Listing(Operation(f"List{stem}s"), summaries or f"{stem}Summaries"),
        described_by=name,
        members=Members(**own),
        key=NameKey(name, name_chars),
        statuses=JOB_STATUSES,
        already_there=(NAME_IN_USE,),
        not_there=_NOT_FOUND_EITHER_WAY,
        propagation=_PROPAGATION,
        passes_role=True,
    )
    return replace(row, **facts)


TRAINING: Final = _job(
    JobKind.TRAINING,
    "training job",
    "TrainingJob",
    members={
        "status_detail": "SecondaryStatus",
        "secondary_status": "SecondaryStatus",
        "started": "TrainingStartTime",
        "ended": "TrainingEndTime",
        "billable_seconds": "BillableTimeInSeconds",
    },
    statuses={**JOB_STATUSES, **dict.fromkeys(OUT_OF_TIME, RunStatus.FAILED)},
    # Not the modelled ResourceNotFound: aws/aws-sdk#165.
    not_there=(Refusal("ValidationException", "Requested resource not found"), NOT_FOUND),
    # awslabs/benchmark-ai#928.
    log_group="/aws/sagemaker/TrainingJobs",
    console_page="sagemaker/home#/jobs/{name}",
    event="SageMaker Training Job State Change",
    update=UPDATE_TRAINING_JOB,
)

_AUTOML: Final[Mapping[str, Any]] = {
    # Version 2 describes the jobs of version 1 as well (API reference of DescribeAutoMLJobV2).
    "describe": Operation("DescribeAutoMLJobV2"),
    "stop": Operation("StopAutoMLJob"),
    "listing": Listing(Operation("ListAutoMLJobs"), "AutoMLJobSummaries"),
    "described_by": "AutoMLJobName",
    "key": NameKey("AutoMLJobName", 32),
}
_AUTOML_MEMBERS: Final[Mapping[str, Any]] = {
    "arn": "AutoMLJobArn",
    "name": "AutoMLJobName",
    "status": "AutoMLJobStatus",
    "secondary_status": "AutoMLJobSecondaryStatus",
    "ended": "EndTime",
    "best": "BestCandidate",
}

JOBS: Final = (
    TRAINING,
    _job(
        JobKind.PROCESSING,
        "processing job",
        "ProcessingJob",
        members={
            "reasons": ("FailureReason", "ExitMessage"),
            "started": "ProcessingStartTime",
            "ended": "ProcessingEndTime",
        },
        # boto/boto3#2808; a transform job is refused alike.
        not_there=(Refusal("ValidationException", "Could not find requested job"), NOT_FOUND),
        log_group="/aws/sagemaker/ProcessingJobs",
        console_page="sagemaker/home#/processing-jobs/{name}",
        event="SageMaker Processing Job State Change",
    ),
    _job(
        JobKind.TRANSFORM,
        "transform job",
        "TransformJob",
        members={"started": "TransformStartTime", "ended": "TransformEndTime", "modified": None},
        not_there=(Refusal("ValidationException", "Could not find requested job"), NOT_FOUND),
        log_group="/aws/sagemaker/TransformJobs",
        console_page="sagemaker/home#/transform-jobs/{name}",
        event="SageMaker Transform Job State Change",
        passes_role=False,
    ),
    _job(
        JobKind.LABELING,
        "labeling job",
        "LabelingJob",
        summaries="LabelingJobSummaryList",
        members={"counters": ("LabelCounters",)},
        statuses={**JOB_STATUSES, "Initializing": RunStatus.RUNNING},
        # terraform-provider-aws, internal/service/sagemaker/labeling_job.go.
        not_there=(NOT_FOUND,),
        log_group="/aws/sagemaker/LabelingJobs",
        log_stream_prefix="{name}",
        # kubeflow/pipelines, components/aws/sagemaker.
        console_page="sagemaker/groundtruth#/labeling-jobs/details/{name}",
        event="SageMaker Ground Truth Labeling Job State Change",
    ),
    _job(
        JobKind.TUNING,
        "tuning job",
        "HyperParameterTuningJob",
        arn_type="hyper-parameter-tuning-job",
        name_chars=32,
        members={
            "ended": "HyperParameterTuningEndTime",
            "counters": ("TrainingJobStatusCounters",),
            "best": "BestTrainingJob",
        },
        not_there=(NOT_FOUND, Refusal("ValidationException", "can't find a tuning job")),
        children=Listing(
            Operation("ListTrainingJobsForHyperParameterTuningJob"),
            "TrainingJobSummaries",
            group="HyperParameterTuningJobName",
        ),
        children_are=JobKind.TRAINING,
        console_page="sagemaker/home#/hyper-tuning-jobs/{name}",
        event="SageMaker HyperParameter Tuning Job State Change",
    ),
    _job(JobKind.AUTOML, "AutoML job", "AutoMLJob", members=_AUTOML_MEMBERS, **_AUTOML),
    _job(JobKind.AUTOML_V2, "AutoML job", "AutoMLJobV2", members=_AUTOML_MEMBERS, **_AUTOML),
    _job(
        JobKind.COMPILATION,
        "compilation job",
        "CompilationJob",
        members={"started": "CompilationStartTime", "ended": "CompilationEndTime"},
        statuses=STARTING_STATUSES,
        log_group="/aws/sagemaker/CompilationJobs",
        log_stream_prefix="{name}",
        # datahub-project/datahub, the SageMaker source.
        console_page="sagemaker/home#/compilation-jobs/{name}",
    ),
    _job(
        JobKind.INFERENCE_RECOMMENDATION,
        "inference recommendation job",
        "InferenceRecommendationsJob",
        arn_type="inference-recommendations-job",
        summaries="InferenceRecommendationsJobs",
        name_chars=64,
        members={"arn": "JobArn", "name": "JobName", "status": "Status", "ended": "CompletionTime"},
        statuses=PENDING_STATUSES,
        log_group="/aws/sagemaker/InferenceRecommendationsJobs",
    ),
    _job(
        JobKind.OPTIMIZATION,
        "optimization job",
        "OptimizationJob",
        members={"started": "OptimizationStartTime", "ended": "OptimizationEndTime"},
        statuses=STARTING_STATUSES,
    ),
)

KIND_OF_JOB: Final[Mapping[JobKind, ResourceKind]] = {kind.job: kind for kind in JOBS if kind.job is not None}
"""By what the input of a job run calls it."""
