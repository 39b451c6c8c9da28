"""Reading what a run was started with, whoever wrote it, and refusing what cannot be run."""

from typing import Any

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from contract.failures import FailureType
from contract.pipeline_run import PipelineRunInput
from contract.spelling import describe_problems
from workflows.locked_input import locked_for_good
from workflows.payloads import UnreadablePayload


def read_run_input(arguments: tuple[Any, ...]) -> PipelineRunInput:
    """Read the input of a run.

    Args:
        arguments: The workflow's arguments, decoded from JSON but not validated.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
        LockedInputError: It is encrypted, and the key may still come.
    """
    if problem := locked_for_good(arguments):
        raise invalid_input(problem)
    if len(arguments) != 1:
        raise invalid_input(f"one JSON object is needed, {len(arguments)} arguments came")
    if isinstance(arguments[0], UnreadablePayload):
        raise invalid_input(
            "the argument cannot be read: it must be one JSON object, encoded as json/plain, "
            f'such as {{"pipeline_name": "my-pipeline"}} ({arguments[0].problem})'
        )
    try:
        return PipelineRunInput.model_validate(arguments[0])
    except ValidationError as error:
        raise invalid_input(describe_problems(error, PipelineRunInput)) from None


def invalid_input(problem: str) -> ApplicationError:
    """Build the failure of a workflow whose input cannot be run."""
    return ApplicationError(
        f"Invalid input: {problem}. The command 'polysync-sagemaker schema' prints the input's JSON Schema.",
        type=FailureType.INVALID_INPUT,
        non_retryable=True,
    )
