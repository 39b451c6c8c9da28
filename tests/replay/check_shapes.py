"""The course of a platform check, played on a real server so that its history can be recorded.

Only one that fails: the result of any other names the machine's own addresses.
"""

import pytest
from temporalio.client import WorkflowFailureError

from contract.names import WorkflowType
from tests.workflows.stage import Run, Stage


async def refused_check(stage: Stage) -> Run:
    """Failed because there is no such platform."""
    handle = await stage.client.start_workflow(
        WorkflowType.PLATFORM_CHECK, {"Platform": "prod"}, id="refused-check", task_queue=stage.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    return Run(stage.client.get_workflow_handle(handle.id))
