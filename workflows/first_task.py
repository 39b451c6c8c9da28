"""How long a first workflow task that this worker cannot execute waits for a worker that can."""

from datetime import timedelta
from typing import Final

from temporalio import workflow

PATIENCE: Final = timedelta(hours=1)
"""A rolling upgrade, or a new encryption key, reaches all workers within this time."""


def patience_is_over() -> bool:
    """Whether the workflow may be failed: it has started nothing, and Temporal has retried its first task for an hour.

    Any other task is retried until a worker can execute it, because there may be an execution that must be followed.
    A replay never fails the workflow either: what it replays was executed by a worker that could.
    """
    info = workflow.info()
    is_first_run = info.continued_run_id is None and info.original_execution_run_id == info.run_id
    has_started_nothing = is_first_run and not workflow.unsafe.is_replaying()
    return has_started_nothing and workflow.now() - info.workflow_start_time > PATIENCE
