"""The failure of a workflow whose one activity failed: the activity's own, not one around it."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ActivityError, ApplicationError


@contextmanager
def failing_as_the_activity() -> Iterator[None]:
    """Raise what an activity in the block failed with, under its own type.

    Raises:
        ApplicationError: The activity's failure.
        ActivityError: The activity was cancelled, so that the workflow closes as Canceled.
    """
    try:
        yield
    except ActivityError as error:
        cause = error.cause
        if not isinstance(cause, ApplicationError):
            raise
        raise ApplicationError(cause.message, type=cause.type, non_retryable=cause.non_retryable) from None
