"""How a run can fail: the `type` of the ApplicationError that closes the workflow."""

from enum import StrEnum

from temporalio.exceptions import ApplicationError


class FailureType(StrEnum):
    """Failure types, stable names that callers may branch on."""

    INVALID_INPUT = "InvalidInput"
    """The input cannot be run: the message names the field and the remedy."""
    INVALID_PARAMETERS = "InvalidParameters"
    """Parameters that the pipeline's definition does not take: the message names each of them and the remedy."""
    PIPELINE_NOT_FOUND = "PipelineNotFound"
    """No such pipeline in the platform's region and account."""
    EXECUTION_NOT_FOUND = "ExecutionNotFound"
    """AWS no longer knows the execution, confirmed several times."""
    ACCESS_DENIED = "AccessDenied"
    """The platform's identity lacks a permission: the message names action and resource."""
    CREDENTIALS_UNAVAILABLE = "CredentialsUnavailable"
    """The platform's credentials are missing, refused or expired beyond refresh."""
    QUOTA_IS_ZERO = "QuotaIsZero"
    """An AWS quota of zero: waiting cannot help."""
    PLATFORM_MISCONFIGURED = "PlatformMisconfigured"
    """The worker's configuration of the platform cannot work, for example without a region."""
    SECRET_UNAVAILABLE = "SecretUnavailable"  # noqa: S105 — a type's name
    """A secret that the input or the platform refers to cannot be had: the message names vault and secret."""
    CONFLICT = "Conflict"
    """AWS kept refusing because of a concurrent change, or because the token was used with another input."""
    AWS_REFUSED = "AwsRefused"
    """AWS refused for a reason that this version does not know."""
    PIPELINE_EXECUTION_FAILED = "PipelineExecutionFailed"
    """The execution ended as Failed or CompletedWithFailures."""
    JOB_FAILED = "JobFailed"
    """The job ended as Failed."""
    JOB_RAN_OUT_OF_TIME = "JobRanOutOfTime"
    """AWS stopped the job at its own MaxRuntimeInSeconds or MaxWaitTimeInSeconds."""
    JOB_NOT_FOUND = "JobNotFound"
    """AWS no longer knows the job, confirmed several times."""
    JOB_NAME_TAKEN = "JobNameTaken"
    """The job's exact name belongs to a job that this run did not start, or may do so: the message names the job and
    its status. While AWS shows that job as `Deleting`, the start is tried again for two minutes."""
    INVALID_DEFINITION = "InvalidDefinition"
    """AWS refused the definition: the message has its text, and the place in the definition where it can be found."""
    DEPLOYMENT_CONFLICT = "DeploymentConflict"
    """The pipeline is not as the deployment expects it, or another deployment of it is under way; nothing of the other
    writer is overwritten."""
    QUOTA_EXHAUSTED = "QuotaExhausted"
    """AWS kept refusing the start for a quota, and the retrier for it is used up."""
    OUTPUT_MISSING = "OutputMissing"
    """It succeeded, but a required output was not found."""
    MODEL_REJECTED = "ModelRejected"
    """A model package that the run waited for was rejected, or deleted: the message says by whom and why."""
    APPROVAL_TIMED_OUT = "ApprovalTimedOut"
    """No answer came within the timeout of `approval`; the packages are still pending."""
    PIPELINE_RUN_TIMED_OUT = "PipelineRunTimedOut"
    """The run's `timeout` passed and the execution was stopped."""
    JOB_RUN_TIMED_OUT = "JobRunTimedOut"
    """The job run's `timeout` passed and the job was stopped."""
    JOB_ATTEMPT_TIMED_OUT = "JobAttemptTimedOut"
    """The `attempt_timeout` of an attempt passed, its job was stopped, and no retry followed."""
    WORKER_ERROR = "WorkerError"
    """An error of the worker itself and not of AWS: the message names it. What may already run is not given up."""


def invalid_input(problem: str) -> ApplicationError:
    """Return the failure of a run whose input cannot be run.

    Args:
        problem: The field, what is wrong with it and the remedy, such as `platform: there is none of this name`.
    """
    return ApplicationError(f"Invalid input: {problem}", type=FailureType.INVALID_INPUT, non_retryable=True)
