"""What a worker takes on: platforms and pipelines that it is meant for, decided before AWS is asked anything."""

from temporalio.exceptions import ApplicationError

from activities.aws.platforms import Platform, Platforms
from activities.models import DescribeRequest, StartRequest
from contract.failures import FailureType


def admit_start(platforms: Platforms, request: StartRequest, *, may_have_started: bool) -> Platform:
    """Give the platform of a start that this worker takes on.

    Args:
        platforms: The worker's platforms.
        request: The start.
        may_have_started: Whether an earlier attempt may have started the execution. Then it is found under its
            token whatever the lists say by now: refusing it would leave it to itself.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field; `PlatformMisconfigured`, retryable, for a
            start under way whose platform is gone.
    """
    if may_have_started:
        return platforms.of_open_run(request.platform)
    platform = platforms[request.platform]
    _admit(platform, "pipeline_name", request.pipeline_name)
    selective = request.selective_execution
    if selective is not None and selective.source_pipeline_execution_arn is not None:
        source = selective.source_pipeline_execution_arn
        _admit(platform, "selective_execution.source_pipeline_execution_arn", source)
    return platform


def admit_execution(platforms: Platforms, request: DescribeRequest) -> Platform:
    """Give the platform of an execution that somebody else started, if this worker follows such ones.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field.
    """
    platform = platforms[request.platform]
    _admit(platform, "execution_arn", request.execution_arn)
    return platform


def _admit(platform: Platform, field: str, pipeline: str) -> None:
    if platform.admits(pipeline):
        return
    raise ApplicationError(
        f"Invalid input: {field}: the platform '{platform.name}' of this worker is not for the pipeline "
        f"'{pipeline[:300]}'; nothing was sent to AWS. Name another platform, or have the pipeline added to the "
        "platform's allowed_pipelines",
        type=FailureType.INVALID_INPUT,
        non_retryable=True,
    )
