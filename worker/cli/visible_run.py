"""What Temporal's server itself keeps of a run, in search attributes and memo: readable when no worker runs."""

from typing import Any

from temporalio.client import WorkflowExecution, WorkflowExecutionDescription

from contract.names import (
    EXECUTION_ARN_ATTRIBUTE,
    PIPELINE_ATTRIBUTE,
    PLATFORM_ATTRIBUTE,
    RUN_MEMO,
    STATUS_ATTRIBUTE,
)
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus


def document_from_visibility(execution: WorkflowExecution) -> PipelineRunDocument:
    """Build a run document from the search attributes."""
    attributes = execution.typed_search_attributes
    status = attributes.get(STATUS_ATTRIBUTE)
    arn = attributes.get(EXECUTION_ARN_ATTRIBUTE)
    open_phase = Phase.RUNNING if arn else Phase.STARTING
    return PipelineRunDocument(
        run_id=arn,
        status=RunStatus(status) if status in set(RunStatus) else RunStatus.UNKNOWN if status else RunStatus.RUNNING,
        platform=attributes.get(PLATFORM_ATTRIBUTE),
        pipeline_name=attributes.get(PIPELINE_ATTRIBUTE),
        phase=open_phase if execution.close_time is None else Phase.CLOSED,
    )


async def document_from_server(description: WorkflowExecutionDescription) -> PipelineRunDocument:
    """Build a run document from search attributes and memo."""
    document = document_from_visibility(description)
    memo: Any = await description.memo_value(RUN_MEMO, default={})
    if not isinstance(memo, dict):
        return document
    document.message = memo.get("message")
    document.monitor_url = memo.get("monitor_url")
    if description.close_time is None and memo.get("phase") in set(Phase):
        document.phase = Phase(memo["phase"])
    if memo.get("progress"):
        document.note(f"{memo['progress']}, as of {memo.get('as_of')}")
    return document
