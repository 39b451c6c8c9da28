"""The kinds of SageMaker resources, one row each.

Members, statuses, keys and their lengths: SageMaker's service model in botocore, which a test compares with each row.
Wordings of refusals, log groups, console pages and events: AWS's documentation, or what the comment names.
"""

from collections.abc import Mapping
from typing import Final

from activities.resources.kind import Listing, Members, NameKey, Refusal, ResourceKind, TokenKey
from activities.resources.operations import (
    DESCRIBE_EXECUTION,
    LIST_EXECUTIONS,
    START_EXECUTION,
    STOP_EXECUTION,
    Operation,
)
from contract.pipeline_document import STATUS_OF
from contract.run import RunStatus

JOB_STATUSES: Final[Mapping[str, RunStatus]] = {
    "InProgress": RunStatus.RUNNING,
    "Stopping": RunStatus.RUNNING,
    "Completed": RunStatus.SUCCESS,
    "Failed": RunStatus.FAILED,
    "Stopped": RunStatus.CANCELLED,
}
"""`Deleting` is no end: it says nothing of how the job ended before."""

OUT_OF_TIME: Final = frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded"})
"""SecondaryStatus of training jobs that AWS stopped for their StoppingCondition: a time-out, not a cancel."""

_NAME_IN_USE: Final = Refusal("ResourceInUse")
_NOT_FOUND: Final = Refusal("ResourceNotFound")


PIPELINE_EXECUTION: Final = ResourceKind(
    noun="pipeline execution",
    arn_type="pipeline",
    create=START_EXECUTION,
    describe=DESCRIBE_EXECUTION,
    described_by="PipelineExecutionArn",
    is_described_by_arn=True,
    members=Members(arn="PipelineExecutionArn", status="PipelineExecutionStatus"),
    key=TokenKey("ClientRequestToken", 32, 128),
    stop=STOP_EXECUTION,
    listing=Listing(LIST_EXECUTIONS, "PipelineExecutionSummaries", "StartTime", "PipelineName"),
    statuses=STATUS_OF,
    not_there=(_NOT_FOUND,),
    # A malformed ARN has the same code (both seen in real responses).
    nothing_to_stop=(Refusal("ValidationException", "Only pipelines with 'Executing' status can be stopped"),),
    event="SageMaker Model Building Pipeline Execution Status Change",
)

STEP_RESULTS: Final = (
    ResourceKind(
        noun="training job",
        arn_type="training-job",
        create=Operation("CreateTrainingJob"),
        describe=Operation("DescribeTrainingJob"),
        described_by="TrainingJobName",
        members=Members(
            arn="TrainingJobArn",
            name="TrainingJobName",
            status="TrainingJobStatus",
            status_detail="SecondaryStatus",
            started="TrainingStartTime",
            ended="TrainingEndTime",
            billable_seconds="BillableTimeInSeconds",
        ),
        key=NameKey("TrainingJobName", 63),
        stop=Operation("StopTrainingJob"),
        listing=Listing(Operation("ListTrainingJobs"), "TrainingJobSummaries"),
        statuses={**JOB_STATUSES, **dict.fromkeys(OUT_OF_TIME, RunStatus.FAILED)},
        already_there=(_NAME_IN_USE,),
        # Not the modelled ResourceNotFound: aws/aws-sdk#165.
        not_there=(Refusal("ValidationException", "Requested resource not found"),),
        # awslabs/benchmark-ai#928.
        nothing_to_stop=(Refusal("ValidationException", "The request was rejected because the training job is in"),),
        log_group="/aws/sagemaker/TrainingJobs",
        console_page="sagemaker/home#/jobs/{name}",
        event="SageMaker Training Job State Change",
        passes_role=True,
    ),
    ResourceKind(
        noun="processing job",
        arn_type="processing-job",
        create=Operation("CreateProcessingJob"),
        describe=Operation("DescribeProcessingJob"),
        described_by="ProcessingJobName",
        members=Members(
            arn="ProcessingJobArn",
            name="ProcessingJobName",
            status="ProcessingJobStatus",
            reasons=("FailureReason", "ExitMessage"),
            started="ProcessingStartTime",
            ended="ProcessingEndTime",
        ),
        key=NameKey("ProcessingJobName", 63),
        stop=Operation("StopProcessingJob"),
        listing=Listing(Operation("ListProcessingJobs"), "ProcessingJobSummaries"),
        statuses=JOB_STATUSES,
        already_there=(_NAME_IN_USE,),
        # boto/boto3#2808; a transform job is refused alike.
        not_there=(Refusal("ValidationException", "Could not find requested job"),),
        log_group="/aws/sagemaker/ProcessingJobs",
        console_page="sagemaker/home#/processing-jobs/{name}",
        event="SageMaker Processing Job State Change",
        passes_role=True,
    ),
    ResourceKind(
        noun="transform job",
        arn_type="transform-job",
        create=Operation("CreateTransformJob"),
        describe=Operation("DescribeTransformJob"),
        described_by="TransformJobName",
        members=Members(
            arn="TransformJobArn",
            name="TransformJobName",
            status="TransformJobStatus",
            started="TransformStartTime",
            ended="TransformEndTime",
            modified=None,
        ),
        key=NameKey("TransformJobName", 63),
        stop=Operation("StopTransformJob"),
        listing=Listing(Operation("ListTransformJobs"), "TransformJobSummaries"),
        statuses=JOB_STATUSES,
        already_there=(_NAME_IN_USE,),
        not_there=(Refusal("ValidationException", "Could not find requested job"),),
        log_group="/aws/sagemaker/TransformJobs",
        console_page="sagemaker/home#/transform-jobs/{name}",
        event="SageMaker Transform Job State Change",
    ),
    ResourceKind(
        noun="tuning job",
        arn_type="hyper-parameter-tuning-job",
        create=Operation("CreateHyperParameterTuningJob"),
        describe=Operation("DescribeHyperParameterTuningJob"),
        described_by="HyperParameterTuningJobName",
        members=Members(
            arn="HyperParameterTuningJobArn",
            name="HyperParameterTuningJobName",
            status="HyperParameterTuningJobStatus",
            ended="HyperParameterTuningEndTime",
        ),
        key=NameKey("HyperParameterTuningJobName", 32, is_case_sensitive=False),
        stop=Operation("StopHyperParameterTuningJob"),
        listing=Listing(Operation("ListHyperParameterTuningJobs"), "HyperParameterTuningJobSummaries"),
        statuses=JOB_STATUSES,
        already_there=(_NAME_IN_USE,),
        not_there=(_NOT_FOUND,),
        console_page="sagemaker/home#/hyper-tuning-jobs/{name}",
        event="SageMaker HyperParameter Tuning Job State Change",
        passes_role=True,
    ),
    ResourceKind(
        noun="AutoML job",
        arn_type="automl-job",
        # Version 2 describes the jobs of version 1 as well (API reference of DescribeAutoMLJobV2).
        create=Operation("CreateAutoMLJobV2"),
        describe=Operation("DescribeAutoMLJobV2"),
        described_by="AutoMLJobName",
        members=Members(arn="AutoMLJobArn", name="AutoMLJobName", status="AutoMLJobStatus", ended="EndTime"),
        key=NameKey("AutoMLJobName", 32, is_case_sensitive=False),
        stop=Operation("StopAutoMLJob"),
        listing=Listing(Operation("ListAutoMLJobs"), "AutoMLJobSummaries"),
        statuses=JOB_STATUSES,
        already_there=(_NAME_IN_USE,),
        not_there=(_NOT_FOUND,),
        passes_role=True,
    ),
    ResourceKind(
        noun="model",
        arn_type="model",
        create=Operation("CreateModel"),
        describe=Operation("DescribeModel"),
        described_by="ModelName",
        members=Members(arn="ModelArn", name="ModelName", reasons=(), modified=None),
        key=NameKey("ModelName", 63),
        listing=Listing(Operation("ListModels"), "Models"),
        # terraform-provider-aws#40080; so are endpoints and their configurations.
        already_there=(Refusal("ValidationException", "Cannot create already existing model"),),
        not_there=(Refusal("ValidationException", "Could not find model"),),
        console_page="sagemaker/home#/models/{name}",
        passes_role=True,
    ),
    ResourceKind(
        noun="model package",
        arn_type="model-package",
        create=Operation("CreateModelPackage"),
        describe=Operation("DescribeModelPackage"),
        described_by="ModelPackageName",
        is_described_by_arn=True,
        members=Members(arn="ModelPackageArn", name="ModelPackageName", status="ModelPackageStatus", reasons=()),
        key=TokenKey("ClientToken", 1, 36),
        listing=Listing(Operation("ListModelPackages"), "ModelPackageSummaryList", group="ModelPackageGroupName"),
        statuses={
            "Pending": RunStatus.RUNNING,
            **{name: JOB_STATUSES[name] for name in ("InProgress", "Completed", "Failed")},
        },
        not_there=(_NOT_FOUND,),
        event="SageMaker Model Package State Change",
    ),
    ResourceKind(
        noun="endpoint",
        arn_type="endpoint",
        create=Operation("CreateEndpoint"),
        describe=Operation("DescribeEndpoint"),
        described_by="EndpointName",
        members=Members(arn="EndpointArn", name="EndpointName", status="EndpointStatus"),
        key=NameKey("EndpointName", 63, is_case_sensitive=False),
        listing=Listing(Operation("ListEndpoints"), "Endpoints"),
        statuses={
            **dict.fromkeys(("Creating", "Updating", "SystemUpdating", "RollingBack"), RunStatus.RUNNING),
            "InService": RunStatus.SUCCESS,
            **dict.fromkeys(("OutOfService", "Failed", "UpdateRollbackFailed"), RunStatus.FAILED),
        },
        already_there=(Refusal("ValidationException", "Cannot create already existing endpoint"),),
        not_there=(Refusal("ValidationException", "Could not find endpoint"),),
        log_group="/aws/sagemaker/Endpoints/{name}",
        log_stream_prefix="",
        console_page="sagemaker/home#/endpoints/{name}",
        event="SageMaker Endpoint State Change",
    ),
    ResourceKind(
        noun="endpoint configuration",
        arn_type="endpoint-config",
        create=Operation("CreateEndpointConfig"),
        describe=Operation("DescribeEndpointConfig"),
        described_by="EndpointConfigName",
        members=Members(arn="EndpointConfigArn", name="EndpointConfigName", reasons=(), modified=None),
        key=NameKey("EndpointConfigName", 63),
        listing=Listing(Operation("ListEndpointConfigs"), "EndpointConfigs"),
        already_there=(Refusal("ValidationException", "Cannot create already existing endpoint configuration"),),
        not_there=(Refusal("ValidationException", "Could not find endpoint configuration"),),
        console_page="sagemaker/home#/endpointConfig/{name}",
        passes_role=True,
    ),
)
"""What the steps of a pipeline make."""

KINDS: Final = (PIPELINE_EXECUTION, *STEP_RESULTS)

KIND_OF_ARN: Final[Mapping[str, ResourceKind]] = {kind.arn_type: kind for kind in KINDS}
"""By the first half of the ARN's resource part."""
