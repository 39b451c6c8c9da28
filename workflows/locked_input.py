"""An input under a key that this worker does not have: the key may come, so it is waited for, but not for ever."""

from datetime import timedelta
from typing import Any, Final

from temporalio import workflow

from workflows.payloads import UnreadablePayload

PATIENCE: Final = timedelta(hours=1)
"""How long a run that has started nothing waits for the key of its input, while Temporal tries its first task again."""


class LockedInputError(Exception):
    """Fails the workflow task and not the workflow: Temporal tries again, and a worker with the key goes on."""


def locked_for_good(arguments: tuple[Any, ...]) -> str | None:
    """Tell why the input has to be refused, if it is locked and its key did not come in time.

    Raises:
        LockedInputError: It is locked, and the key may still come.
    """
    for argument in arguments:
        if isinstance(argument, UnreadablePayload) and argument.locked:
            if _has_started_nothing() and workflow.now() - workflow.info().workflow_start_time > PATIENCE:
                return argument.problem
            raise LockedInputError(argument.problem)
    return None


def _has_started_nothing() -> bool:
    """Whether this is the first task of the first run: any other may have an execution that must be followed."""
    info = workflow.info()
    is_first_run = info.continued_run_id is None and info.original_execution_run_id == info.run_id
    return is_first_run and not workflow.unsafe.is_replaying()
