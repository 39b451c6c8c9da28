"""Reading what a job run was started with: its own input, or a Task state of Step Functions."""

from typing import Any

from contract.job_run import JobRunInput
from contract.task_state import read_task_state
from contract.templates import ScheduledStart
from workflows.run.run_input import admitted_when_filled, one_argument, refused_input, require_proportion


def read_job_input(arguments: tuple[Any, ...], start: ScheduledStart) -> tuple[JobRunInput, list[str]]:
    """Read the input of a job run.

    Args:
        arguments: The workflow's arguments, decoded from JSON but not validated.
        start: What templates stand for.

    Returns:
        The input, and what of a Task state has no effect.

    Raises:
        ApplicationError: `InvalidInput`, naming the field and the remedy.
        LockedInputError: It is encrypted, and the key may still come.
    """
    given = one_argument(arguments)
    require_proportion(given)
    try:
        state = read_task_state(given)
    except ValueError as error:
        raise refused_input(str(error)) from None
    if state is None:
        return admitted_when_filled(given, JobRunInput, start), []
    return admitted_when_filled(state.fields, JobRunInput, start), state.notes
