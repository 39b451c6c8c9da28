"""What Temporal's server itself keeps of a run, in search attributes and memo: readable when no worker runs."""

from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from temporalio.client import WorkflowExecution, WorkflowExecutionDescription

from contract.any_document import AnyRunDocument
from contract.job_document import JobIdentity, JobRunDocument
from contract.job_kinds import JobKind
from contract.names import (
    EXECUTION_ARN_ATTRIBUTE,
    JOB_KIND_ATTRIBUTE,
    JOB_NAME_ATTRIBUTE,
    PIPELINE_ATTRIBUTE,
    PLATFORM_ATTRIBUTE,
    RUN_MEMO,
    STATUS_ATTRIBUTE,
    WorkflowType,
)
from contract.open_gates import Gate
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunDocument, RunStatus


def document_from_visibility(execution: WorkflowExecution) -> AnyRunDocument:
    """Build a run document from the search attributes."""
    attributes = execution.typed_search_attributes
    document: AnyRunDocument
    if execution.workflow_type == WorkflowType.JOB_RUN:
        kind = attributes.get(JOB_KIND_ATTRIBUTE)
        name = attributes.get(JOB_NAME_ATTRIBUTE)
        document = JobRunDocument(job=JobIdentity(kind=JobKind(kind), name=name) if kind in set(JobKind) else None)
    else:
        document = PipelineRunDocument(pipeline_name=attributes.get(PIPELINE_ATTRIBUTE))
    _enter_what_all_runs_have(document, execution)
    return document


def _enter_what_all_runs_have(document: RunDocument, execution: WorkflowExecution) -> None:
    attributes = execution.typed_search_attributes
    status = attributes.get(STATUS_ATTRIBUTE)
    document.run_id = attributes.get(EXECUTION_ARN_ATTRIBUTE)
    if status is not None:
        document.status = RunStatus(status) if status in set(RunStatus) else RunStatus.UNKNOWN
    document.platform = attributes.get(PLATFORM_ATTRIBUTE)
    if execution.close_time is not None:
        document.phase = Phase.CLOSED
    elif document.run_id is not None:
        document.phase = Phase.RUNNING


async def document_from_server(description: WorkflowExecutionDescription) -> AnyRunDocument:
    """Build a run document from search attributes and memo."""
    document = document_from_visibility(description)
    memo: Any = await description.memo_value(RUN_MEMO, default={})
    if not isinstance(memo, dict):
        return document
    if isinstance(document, PipelineRunDocument) and description.close_time is None:
        document.gates, document.gates_left_out = gates_in(memo), gates_left_out(memo)
    document.message = memo.get("message")
    document.monitor_url = memo.get("monitor_url")
    if description.close_time is None and memo.get("phase") in set(Phase):
        document.phase = Phase(memo["phase"])
    if memo.get("progress"):
        document.note(f"{memo['progress']}, as of {memo.get('as_of')}")
    return document


def gates_in(memo: dict[str, Any]) -> list[Gate]:
    """Return what waits for an answer, as the memo of a run has it; one that this version cannot read is left out."""
    gates = []
    for entry in memo.get("gates") or ():
        with suppress(ValidationError):
            gates.append(Gate.model_validate(entry))
    return gates


def gates_left_out(memo: dict[str, Any]) -> int:
    """Return how much more waits than the memo of a run has room for."""
    count = memo.get("gates_left_out")
    return count if isinstance(count, int) else 0
