"""Why Temporal cannot go on with a workflow although workers answer: its task fails and is tried again."""

from typing import Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionDescription

EVENTS_LOOKED_AT: Final = 10
"""Temporal writes down the first failure of a task and only counts the next ones, so it stands near the end."""


async def task_failure(client: Client, description: WorkflowExecutionDescription) -> str | None:
    """Return why the latest workflow task failed; None if it did not.

    Raises:
        RPCError: Temporal went away.
    """
    if description.raw_description.pending_workflow_task.attempt <= 1:
        return None
    latest = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=description.id, run_id=description.run_id),
            maximum_page_size=EVENTS_LOOKED_AT,
        )
    )
    for event in latest.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failure = event.workflow_task_failed_event_attributes.failure
            return str(await client.data_converter.decode_failure(failure))
    return None
