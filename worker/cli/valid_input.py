"""Refusing an input that the worker would refuse, before it is sent."""

from typing import Any, TypeVar

from pydantic import ValidationError

from contract.json_walk import disproportion
from contract.spelling import InputDocument, describe_problems
from worker.cli.outcome import CommandError

Document = TypeVar("Document", bound=InputDocument)


def valid_input(document: type[Document], given: Any) -> Document:
    """Validate the input of a workflow.

    Raises:
        CommandError: It is not valid: the field is named.
    """
    require_proportion(given)
    try:
        return document.admit(given)
    except ValidationError as error:
        raise CommandError(f"Invalid input: {describe_problems(error, document)}") from None


def require_proportion(given: Any) -> None:
    """Refuse an input that is too large or too deep, before anything is done with each of its values.

    Raises:
        CommandError: It is.
    """
    if problem := disproportion(given):
        raise CommandError(f"Invalid input: {problem}")
