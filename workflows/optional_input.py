"""Reading the input of a workflow that can do without one."""

from typing import Any, TypeVar

from contract.spelling import InputDocument
from workflows.locked_input import locked_for_good
from workflows.run.run_input import admitted, refused_input

Document = TypeVar("Document", bound=InputDocument)


def read_optional_input(arguments: tuple[Any, ...], document: type[Document]) -> Document:
    """Read the input of a workflow; none, or a null, is the document with all its defaults.

    Args:
        arguments: The workflow's arguments, decoded from JSON but not validated.
        document: What they should be.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
        LockedInputError: It is encrypted, and the key may still come.
    """
    if problem := locked_for_good(arguments):
        raise refused_input(problem)
    if len(arguments) > 1:
        raise refused_input(f"at most one JSON object is needed, {len(arguments)} arguments came")
    given = arguments[0] if arguments else None
    return admitted({} if given is None else given, document)
