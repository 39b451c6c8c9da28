"""The kinds of SageMaker resources, one row each: jobs, pipeline executions, and what the steps of pipelines make.

Members, statuses, keys and their lengths: SageMaker's service model in botocore, which a test compares with each row.
Wordings of refusals, log groups, console pages and events: AWS's documentation, or what the comment names.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from activities.resources.jobs import JOB_STATUSES, JOBS, NOT_FOUND
from activities.resources.kind import Listing, Members, NameKey, Refusal, ResourceKind, TokenKey
from activities.resources.operations import (
    DESCRIBE_EXECUTION,
    DESCRIBE_PACKAGE,
    LIST_EXECUTIONS,
    LIST_PACKAGES,
    START_EXECUTION,
    STOP_EXECUTION,
    Operation,
)
from contract.arns import model_package_group_arn, pipeline_arn
from contract.job_kinds import JobKind
from contract.open_gates import Approval
from contract.pipeline_document import STATUS_OF
from contract.run import RunStatus

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
    listing=Listing(
        LIST_EXECUTIONS,
        "PipelineExecutionSummaries",
        "StartTime",
        "PipelineName",
        group_of=pipeline_arn,
        least_seconds=0,
    ),
    is_judged_by_workflow=True,
    statuses=STATUS_OF,
    not_there=(NOT_FOUND,),
    # A malformed ARN has the same code (both seen in real responses).
    event="SageMaker Model Building Pipeline Execution Status Change",
)

_MODEL_PACKAGE: Final = ResourceKind(
    noun="model package",
    arn_type="model-package",
    create=Operation("CreateModelPackage"),
    describe=DESCRIBE_PACKAGE,
    described_by="ModelPackageName",
    is_described_by_arn=True,
    members=Members(arn="ModelPackageArn", name="ModelPackageName", status="ModelPackageStatus", reasons=()),
    key=TokenKey("ClientToken", 1, 36),
    listing=Listing(
        LIST_PACKAGES, "ModelPackageSummaryList", group="ModelPackageGroupName", group_of=model_package_group_arn
    ),
    statuses={
        "Pending": RunStatus.RUNNING,
        **{name: JOB_STATUSES[name] for name in ("InProgress", "Completed", "Failed")},
    },
    # The second as of models and training jobs (aws/aws-sdk#165); which of them it is, is not published.
    not_there=(NOT_FOUND, Refusal("ValidationException", "does not exist")),
    event="SageMaker Model Package State Change",
)

MODEL_APPROVAL: Final = replace(
    _MODEL_PACKAGE,
    members=replace(_MODEL_PACKAGE.members, status="ModelApprovalStatus"),
    statuses={
        Approval.PENDING: RunStatus.RUNNING,
        Approval.APPROVED: RunStatus.SUCCESS,
        Approval.REJECTED: RunStatus.FAILED,
    },
)
"""A model package as a run waits for it: its status is whether a person approved it."""

_OTHERS: Final = (
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
    _MODEL_PACKAGE,
    ResourceKind(
        noun="endpoint",
        arn_type="endpoint",
        create=Operation("CreateEndpoint"),
        describe=Operation("DescribeEndpoint"),
        described_by="EndpointName",
        members=Members(arn="EndpointArn", name="EndpointName", status="EndpointStatus"),
        key=NameKey("EndpointName", 63),
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

_JOBS_OF_STEPS: Final = frozenset(
    {JobKind.TRAINING, JobKind.PROCESSING, JobKind.TRANSFORM, JobKind.TUNING, JobKind.AUTOML_V2}
)

STEP_RESULTS: Final = (*(kind for kind in JOBS if kind.job in _JOBS_OF_STEPS), *_OTHERS)
"""What the steps of a pipeline make."""

KINDS: Final = (PIPELINE_EXECUTION, *JOBS, *_OTHERS)

KIND_OF_ARN: Final[Mapping[str, ResourceKind]] = {kind.arn_type: kind for kind in KINDS}
"""By the first half of the ARN's resource part."""
