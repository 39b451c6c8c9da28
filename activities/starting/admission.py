"""What a worker accepts: the platforms and pipelines that it serves, decided before AWS is called."""

from temporalio.exceptions import ApplicationError

from activities.aws.platforms import Platform, Platforms
from activities.models import DescribeRequest, StartRequest
from contract.arns import ExecutionArn, PipelineReference
from contract.failures import invalid_input


def admit_start(platforms: Platforms, request: StartRequest, *, may_have_started: bool) -> Platform:
    """Return the platform of a start that this worker accepts.

    Args:
        platforms: The worker's platforms.
        request: The start.
        may_have_started: Whether an earlier attempt may have started the execution. Then AWS is asked for it under its
            token whatever the lists say by now: refusing it would leave the execution to itself.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field; `PlatformMisconfigured`, retryable, for a
            start in flight whose platform is gone.
    """
    if may_have_started:
        return platforms.of_open_run(request.platform)
    platform = admit_pipeline(platforms, request.platform, request.pipeline_name)
    pipeline = PipelineReference.parse(request.pipeline_name)
    selective = request.selective_execution
    if selective is not None and selective.source_pipeline_execution_arn is not None:
        field = "selective_execution.source_pipeline_execution_arn"
        _admit_execution(platform, field, selective.source_pipeline_execution_arn, of=pipeline)
    if request.rerun is not None:
        _admit_execution(platform, "rerun.execution_arn", request.rerun.execution_arn, of=pipeline)
    return platform


def admit_pipeline(platforms: Platforms, platform_name: str, pipeline_name: str) -> Platform:
    """Return the platform of a pipeline that this worker deploys.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field.
    """
    platform = platforms[platform_name]
    try:
        pipeline = PipelineReference.parse(pipeline_name)
    except ValueError as error:
        raise invalid_input(f"pipeline_name: {error}") from None
    _admit(platform, "pipeline_name", pipeline)
    return platform


def admit_execution(platforms: Platforms, request: DescribeRequest) -> Platform:
    """Return the platform of an execution that this worker follows and did not start.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field.
    """
    if request.is_of_open_run:
        return platforms.of_open_run(request.platform)
    platform = platforms[request.platform]
    _admit_execution(platform, "execution_arn", request.execution_arn)
    return platform


def _admit_execution(platform: Platform, field: str, arn: str, *, of: PipelineReference | None = None) -> None:
    """Admit an execution if its pipeline is admitted, and its account is the platform's.

    Args:
        platform: The platform.
        field: The input's field.
        arn: The execution's ARN.
        of: The pipeline of the run, already admitted; its own account is admitted as well.
    """
    try:
        pipeline = ExecutionArn.parse(arn).pipeline
    except ValueError as error:
        raise invalid_input(f"{field}: {error}") from None
    _admit(platform, field, pipeline)
    if of is not None and of.name.lower() != pipeline.name.lower():
        raise invalid_input(f"{field}: belongs to the pipeline '{pipeline.name}', and the run to '{of.name}'")
    accounts = {platform.expected_account, None if of is None else of.account}
    if platform.expected_account and pipeline.account not in accounts and not platform.allowed_pipelines:
        raise _refusal(platform, field, arn, f"the account of its credentials is {platform.expected_account}")


def _admit(platform: Platform, field: str, pipeline: PipelineReference) -> None:
    if not platform.admits(pipeline):
        raise _refusal(platform, field, pipeline.text, "its allowed_pipelines do not name it")


def _refusal(platform: Platform, field: str, pipeline: str, why: str) -> ApplicationError:
    return invalid_input(
        f"{field}: the platform '{platform.name}' of this worker is not for the pipeline '{pipeline[:300]}': {why}; "
        "nothing was sent to AWS. Name another platform, or have the pipeline added to the platform's allowed_pipelines"
    )
