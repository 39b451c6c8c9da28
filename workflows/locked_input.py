"""An input that is encrypted under a key that this worker does not have."""

from typing import Any

from workflows.first_task import patience_is_over
from workflows.payloads import UnreadablePayload


class LockedInputError(Exception):
    """Fails the workflow task and not the workflow: Temporal retries the task until a worker has the key."""


def locked_for_good(arguments: tuple[Any, ...]) -> str | None:
    """Return why the input has to be refused if it is locked and no worker got its key in time.

    Raises:
        LockedInputError: The input is locked, and a worker may still get the key.
    """
    for argument in arguments:
        if isinstance(argument, UnreadablePayload) and argument.locked:
            if patience_is_over():
                return argument.problem
            raise LockedInputError(argument.problem)
    return None
