"""How long a first workflow task that this worker cannot execute waits for a worker that can."""

from datetime import timedelta
from typing import Final

from temporalio import workflow

PATIENCE: Final = timedelta(hours=1)
"""A rolling upgrade, or a new encryption key, reaches all workers within this time."""


def patience_is_over(*, is_cancelled: bool = False) -> bool:
    """Whether the workflow may be failed: it has started nothing, and Temporal has retried its first task for an hour.

    A cancel is not waited with. Any other task is retried until a worker can execute it, because there may be an
    execution that must be followed. A replay never fails the workflow either: what it replays was executed by a worker
    that could.

    Args:
        is_cancelled: Whether a signal asked for the end; Temporal's own cancel counts anyway.
    """
    info = workflow.info()
    is_first_run = info.continued_run_id is None and info.original_execution_run_id == info.run_id
    has_started_nothing = is_first_run and not workflow.unsafe.is_replaying()
    is_cancelled = is_cancelled or workflow.cancellation_reason() is not None
    return has_started_nothing and (is_cancelled or workflow.now() - info.workflow_start_time > PATIENCE)
