"""AWS's texts that clients see. SEEN texts are quoted; the wording of UNKNOWN ones is not published.

Nothing may rely on the wording of an UNKNOWN text.
"""

from datetime import datetime, timedelta
from typing import Final

# SEEN in AWS traces, in issues, or in tools that match the text (PIPELINE_EXISTS and DOES_NOT_EXIST: in part, the
# rest of them is filled in).
STOP_NOT_EXECUTING = "Only pipelines with 'Executing' status can be stopped"
EXECUTION_FAILED = "Step failure: One or multiple steps failed."
EMPTY_PARAMETER_VALUE = '[string "" is too short (length: 0, required minimum: 1)]'
PIPELINE_EXISTS = (
    "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
)
INVALID_DEFINITION = "Unable to parse pipeline definition. {problem}."
RATE_EXCEEDED = "Rate exceeded"
NOT_AUTHORIZED = (
    "User: {user} is not authorized to perform: {service}:{operation} on resource: {resource} "
    "because no identity-based policy allows the {service}:{operation} action"
)
SERVICE_LIMIT = (
    "The account-level service limit '{quota}' is {limit} Instances, with current utilization of {used} Instances and "
    "a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS "
    "Service Quotas is not available, contact AWS support to request an increase for this quota."
)
SELECTIVE_WITHOUT_SOURCE = (
    "Invalid SourcePipelineExecutionArn: null. The selected steps {selected} have dependencies on {missing}"
)
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105 — AWS's text, not a token
INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 — AWS's text, not a token
SIGNATURE_EXPIRED = "Signature expired: {signed} is now earlier than {bound} ({now} - 5 min.)"
SIGNATURE_NOT_YET_CURRENT = "Signature not yet current: {signed} is still later than {bound} ({now} + 5 min.)"
DOES_NOT_EXIST = "{kind} '{name}' does not exist."
JOB_ENDED = "The request was rejected because the {noun} is in status {status}."
ROLE_NOT_ASSUMED = (
    "Could not assume role {role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' "
    "to assume the role."
)
LOG_GROUP_NOT_FOUND = "The specified log group does not exist."
LOG_STREAM_NOT_FOUND = "The specified log stream does not exist."
RETRY_NOTE = (
    "Retry not appropriate on execution of step with PipelineExecutionArn {arn} and StepId {step}. "
    "No retry policy configured for the exception type {type}."
)

# UNKNOWN: the code is known or likely, the wording is ours.
CONCURRENT_EXECUTIONS_QUOTA = "concurrent pipeline executions"
TOKEN_REUSED = "The ClientRequestToken was already used with other input"  # noqa: S105 — a text
PARAMETER_UNDECLARED = "Parameter '{name}' is not defined in the pipeline definition"
PARAMETER_TWICE = "Parameter '{name}' is given more than once"
PARAMETER_MISSING = "Parameter '{name}' has no default value and must be given"
PARAMETER_TYPE = "Value '{value}' of parameter '{name}' is not a valid {type}"
PARAMETER_ENUM = "Value '{value}' of parameter '{name}' is not one of {allowed}"
ROLE_NOT_ACCEPTED = "RoleArn can't be specified for a pipeline that AWS doesn't manage"
DEFINITION_REQUIRED = "Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be given"
DEFINITION_IN_S3 = "PipelineDefinitionS3Location can't be read here; give PipelineDefinition"
DELETE_WHILE_RUNNING = "Pipeline '{name}' has running executions"
RETRY_NOT_FAILED = "Only pipelines with 'Failed' status can be retried"
STOP_UNKNOWN = "The job cannot be stopped in its present state."
JOB_NOT_ENDED = "The request was rejected because the {noun} {name} is in status {status}."
RETRY_FAIL_STEP = "An execution that ended in a Fail step can't be retried"
SELECTED_UNKNOWN = "The selected step '{name}' is not in the pipeline definition"
SELECTED_NOT_CONNECTED = "The selected steps {selected} are not connected"
SOURCE_NOT_ENDED = "Invalid SourcePipelineExecutionArn: {arn}. Its status is {status}, not Failed or Succeeded"
SOURCE_LACKS_STEPS = "Invalid SourcePipelineExecutionArn: {arn}. The steps {missing} did not succeed in it"
CALLBACK_NOT_FOUND = "Callback token '{token}' does not exist."
CALLBACK_ENDED = "The step of callback token '{token}' is not waiting"
PAGE_TOKEN_INVALID = "NextToken is not valid"  # noqa: S105 — a text
UNKNOWN_OPERATION = "Operation {operation} is not known"
DEFINITION_TOO_LONG = "The inline PipelineDefinition is longer than {most} characters; use PipelineDefinitionS3Location"
VERSION_AND_ALIAS = "PipelineVersionId and PipelineVersionAlias can't be given together"
ALIASES_WITHOUT_CHANGE = "PipelineVersionAliases can only be specified when the pipeline definition changes"
ALIAS_OF_DIGITS = "The alias '{alias}' can't consist of numbers only"
ALIAS_TAKEN = "The alias '{alias}' is already assigned to version {number} of the pipeline"
ALIAS_ADDED_AND_REMOVED = "The alias '{alias}' can't appear in both Add and Remove"
ALIAS_PRESENT = "The alias '{alias}' is already assigned to version {number}"
ALIAS_ABSENT = "The alias '{alias}' is not assigned to version {number}"
TOO_MANY_TAGS = "A resource can have up to {most} tags"
TOO_MANY_ALIASES = "Version {number} of the pipeline can have up to {most} aliases"
NEWEST_FIRST_NEEDS_START = "startFromHead can be false only with a startTime on or after Jan 1, 2024"
MAX_RUNTIME_EXCEEDED = "ClientError: The job was stopped, because it ran for longer than {seconds:.0f} seconds"
ALL_CHILDREN_FAILED = "All training jobs failed."
JOB_STOPPED = "ClientError: The job of the step was stopped"
SCRIPTED_FAILURE = "AlgorithmError: the script failed"
TIME_OUT = "ClientError: TimeOut: the job did not complete within {seconds:.0f} seconds"
UNRESOLVED = "ClientError: Failed to resolve the arguments of the step. Error Details: {problem}"

SIGNATURE_TOLERANCE: Final = timedelta(minutes=5)


def skewed(signed: datetime, ahead: float) -> str:
    """Word the refusal of a request that was signed at `signed` (UTC) where AWS's clock is `ahead` seconds ahead."""
    now, sign = signed + timedelta(seconds=ahead), -1 if ahead > 0 else 1
    template = SIGNATURE_EXPIRED if ahead > 0 else SIGNATURE_NOT_YET_CURRENT
    times = {"signed": signed, "bound": now + sign * SIGNATURE_TOLERANCE, "now": now}
    return template.format(**{name: f"{time:%Y%m%dT%H%M%SZ}" for name, time in times.items()})
