"""Reading what a run was started with, whichever client wrote it, and refusing what cannot be run."""

from contextlib import suppress
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contract.failures import invalid_input
from contract.json_walk import disproportion
from contract.scheduled_input import rendered
from contract.spelling import InputDocument, describe_problems
from contract.templates import ScheduledStart
from workflows.locked_input import locked_for_good
from workflows.payloads import UnreadablePayload

Document = TypeVar("Document", bound=InputDocument)


def read_run_input(arguments: tuple[Any, ...], document: type[Document], start: ScheduledStart) -> Document:
    """Read the input of a run, with its templates filled in.

    Args:
        arguments: The workflow's arguments, decoded from JSON but not validated.
        document: The model of the input.
        start: What the templates stand for.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
        LockedInputError: It is encrypted, and the key may still come.
    """
    given = one_argument(arguments)
    require_proportion(given)
    return admitted_when_filled(given, document, start)


def admitted_when_filled(given: object, document: type[Document], start: ScheduledStart) -> Document:
    """Fill in the templates of an input, then validate it.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
    """
    try:
        filled = rendered(given, document, start)
    except ValueError as error:
        raise refused_input(str(error)) from None
    return admitted(filled, document)


def require_proportion(given: object) -> None:
    """Refuse the input of a run that has far too many values or levels, before anything is done with each of them.

    Raises:
        ApplicationError: `InvalidInput`.
    """
    if (problem := disproportion(given)) is not None and _has_newer_limits():
        raise refused_input(problem)


def one_argument(arguments: tuple[Any, ...]) -> Any:
    """Return the one argument of a run.

    Args:
        arguments: The workflow's arguments, decoded from JSON but not validated.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
        LockedInputError: It is encrypted, and the key may still come.
    """
    if problem := locked_for_good(arguments):
        raise refused_input(problem)
    if len(arguments) != 1:
        raise refused_input(f"one JSON object is needed, {len(arguments)} arguments came")
    if isinstance(arguments[0], UnreadablePayload):
        raise refused_input(
            "the argument cannot be read: it must be one JSON object of at most 200 levels, encoded as json/plain, "
            f'such as {{"pipeline_name": "my-pipeline"}} ({arguments[0].problem})'
        )
    return arguments[0]


def admitted(given: object, document: type[Document]) -> Document:
    """Validate an input; one that was admitted before the newer limits is read without them on replay.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
    """
    try:
        return document.admit(given)
    except ValidationError as error:
        refusal = refused_input(describe_problems(error, document))
    if workflow.in_workflow() and workflow.unsafe.is_read_only():
        # The validator of an update: it is not run on replay, and may record no marker.
        raise refusal
    if not _has_newer_limits():
        with suppress(ValidationError):
            return document.model_validate(given)
    raise refusal


def _has_newer_limits() -> bool:
    """Whether the newer limits count; to be asked only where an input is refused.

    False on the replay of a run that was begun without them. The marker that this records stands only in histories of
    refused inputs; all others need none (decision 13).
    """
    return not workflow.in_workflow() or workflow.patched("bounded-input")


def refused_input(problem: str) -> ApplicationError:
    """Return the failure of a workflow whose input cannot be run; `problem` names the field and the remedy."""
    return invalid_input(f"{problem}. The command 'polysync-sagemaker schema' prints the input's JSON Schema.")
