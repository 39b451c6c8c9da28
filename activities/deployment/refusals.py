"""What a refusal of AWS means to a deployment."""

import re
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.classification import aws_text
from activities.aws.errors import AwsError, Kind, to_application_error
from activities.deployment.places import places_of
from contract.failures import FailureType

_TAKEN: Final = re.compile(r"names must be unique|already exists", re.IGNORECASE)
"""AWS's text for the name of a pipeline that exists, a ValidationException: `Pipeline.upsert` of
aws/sagemaker-python-sdk recognises it by "Pipeline names must be unique within"."""

_OF_ANOTHER_MEMBER: Final = re.compile(r"validation errors? detected|\brole\b|\balias", re.IGNORECASE)
"""A ValidationException that is not about the definition: a violated limit of a member, or a role."""

MAX_MESSAGE_CHARS: Final = 1500


def failure_of(error: AwsError, *, definition: str | None = None, never_final: bool = False) -> ApplicationError:
    """Return the failure of an activity whose call failed; with a definition it may take a second, so in a thread.

    Args:
        error: What the call raised.
        definition: The definition that was sent.
        never_final: Whether to retry because half of the work is done.
    """
    attempt = activity.info().attempt
    if error.is_answer and not never_final:
        if definition is not None and error.kind is Kind.INVALID and not _is_of_another_member(error):
            return _invalid_definition(error, definition)
        if error.kind is Kind.QUOTA:
            return ApplicationError(error.explanation, type=FailureType.QUOTA_EXHAUSTED, non_retryable=True)
        if error.kind is Kind.CONFLICT and attempt >= (error.rule.attempts or 0):
            return conflict(error.explanation)
    return to_application_error(
        error, attempt=attempt, not_found=FailureType.PIPELINE_NOT_FOUND, never_final=never_final
    )


def is_name_taken(error: AwsError) -> bool:
    """Return whether a create was refused because there is a pipeline of this name."""
    is_refusal = error.is_answer and error.kind in {Kind.INVALID, Kind.CONFLICT}
    return is_refusal and bool(_TAKEN.search(aws_text(error.cause)))


def conflict(why: str) -> ApplicationError:
    """Return the failure of a deployment that would overwrite what another writer did."""
    return ApplicationError(why, type=FailureType.DEPLOYMENT_CONFLICT, non_retryable=True)


def _is_of_another_member(error: AwsError) -> bool:
    text = aws_text(error.cause)
    return bool(_OF_ANOTHER_MEMBER.search(text)) and "pipelineDefinition" not in text


def _invalid_definition(error: AwsError, definition: str) -> ApplicationError:
    places = places_of(aws_text(error.cause), definition)
    where = f". In the definition: {', '.join(places)}" if places else ""
    return ApplicationError(
        f"{str(error)[: MAX_MESSAGE_CHARS - len(where)]}{where}. Nothing was changed; correct the definition and "
        "deploy it again",
        type=FailureType.INVALID_DEFINITION,
        non_retryable=True,
    )
