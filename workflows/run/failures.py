"""What a failed activity says."""

from temporalio.exceptions import ActivityError, ApplicationError


def reason_of(error: BaseException | None) -> str:
    """Return why an activity failed: its own message, with the type where that is no type of ours."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return f"{cause.type}: {cause.message}" if isinstance(cause, ApplicationError) else str(cause)
