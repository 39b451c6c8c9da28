"""Registered names. They stand in histories and in other systems' code, so a rename is a breaking change."""

from enum import StrEnum
from typing import Final

from temporalio.common import SearchAttributeKey

DEFAULT_TASK_QUEUE: Final = "sagemaker"
"""Task queue of the workflows and the short activities; the prefix of all others."""

CANCEL_SIGNAL: Final = "cancel"
STATUS_QUERY: Final = "status"
RETRY_UPDATE: Final = "retry"
GIVE_UP_UPDATE: Final = "give_up"
JOIN_UPDATE: Final = "join"
DEFINITION_QUERY: Final = "definition"
ANSWER_STEP_UPDATE: Final = "answer_step"
APPROVE_UPDATE: Final = "approve"
REJECT_UPDATE: Final = "reject"

RUN_MEMO: Final = "sagemaker_run"
"""Memo field: what must stay readable where no worker runs, and how old it is."""

SCHEDULE_MEMO: Final = "sagemaker_schedule"
"""Memo field of what a schedule starts: the schedule's expressions and options as they were given, and its owner."""


class WorkflowType(StrEnum):
    """Workflow types, as the Web UI shows them."""

    PIPELINE_RUN = "SageMakerPipelineRun"
    JOB_RUN = "SageMakerJobRun"
    PIPELINE_DISCOVERY = "SageMakerPipelineDiscovery"
    PLATFORM_CHECK = "SageMakerPlatformCheck"
    PIPELINE_DEPLOYMENT = "SageMakerPipelineDeployment"


class ActivityType(StrEnum):
    """Activity types: AWS's own verb and noun."""

    START = "start_pipeline_execution"
    DESCRIBE = "describe_pipeline_execution"
    WATCH = "watch_pipeline_execution"
    STOP = "stop_pipeline_execution"
    RETRY = "retry_pipeline_execution"
    ANSWER_STEP = "answer_pipeline_step"
    FIND_PACKAGES = "find_model_packages"
    WATCH_PACKAGE = "watch_model_package"
    UPDATE_PACKAGE = "update_model_package"
    START_JOB = "start_job"
    DESCRIBE_JOB = "describe_job"
    WATCH_JOB = "watch_job"
    STOP_JOB = "stop_job"
    DISCOVER = "discover_pipelines"
    CHECK_PLATFORM = "check_platform"
    DESCRIBE_DEPLOYMENT = "describe_pipeline_deployment"
    CREATE_PIPELINE = "create_pipeline"
    UPDATE_PIPELINE = "update_pipeline"
    TAG_PIPELINE = "tag_pipeline"
    MOVE_ALIAS = "move_pipeline_alias"


PLATFORM_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerPlatform")
PIPELINE_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerPipeline")
JOB_KIND_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerJobKind")
JOB_NAME_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerJobName")
EXECUTION_ARN_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerExecutionArn")
STATUS_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("SageMakerStatus")

SCHEDULED_TIME_ATTRIBUTE: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
SCHEDULE_ATTRIBUTE: Final = SearchAttributeKey.for_keyword("TemporalScheduledById")
"""Temporal's own: the nominal time and the schedule of a workflow that a schedule started."""

SEARCH_ATTRIBUTES: Final = (
    PLATFORM_ATTRIBUTE,
    PIPELINE_ATTRIBUTE,
    JOB_KIND_ATTRIBUTE,
    JOB_NAME_ATTRIBUTE,
    EXECUTION_ARN_ATTRIBUTE,
    STATUS_ATTRIBUTE,
)
"""Keyword search attributes that the namespace must have before a worker may run."""


def watch_task_queue(task_queue: str) -> str:
    """Name the task queue of the long watches that belongs to `task_queue`.

    Watches have slots of their own so that thousands of them never starve a start or a stop.
    """
    return f"{task_queue}-watch"
