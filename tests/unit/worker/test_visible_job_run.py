"""What of a job run can be read while no worker runs."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.client import WorkflowExecution
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from contract.job_document import JobIdentity, JobRunDocument
from contract.job_kinds import JobKind
from contract.names import (
    EXECUTION_ARN_ATTRIBUTE,
    JOB_KIND_ATTRIBUTE,
    JOB_NAME_ATTRIBUTE,
    PIPELINE_ATTRIBUTE,
    PLATFORM_ATTRIBUTE,
    STATUS_ATTRIBUTE,
    WorkflowType,
)
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunDocument, RunStatus
from worker.cli.visible_run import document_from_visibility

NOW = datetime(2026, 11, 26, tzinfo=UTC)
OF_A_JOB = [
    SearchAttributePair(JOB_KIND_ATTRIBUTE, "training"),
    SearchAttributePair(JOB_NAME_ATTRIBUTE, "churn-1"),
    SearchAttributePair(EXECUTION_ARN_ATTRIBUTE, "arn:churn-1"),
    SearchAttributePair(STATUS_ATTRIBUTE, "Running"),
    SearchAttributePair(PLATFORM_ATTRIBUTE, "prod"),
]


def execution(workflow_type: WorkflowType, closed: datetime | None, *pairs: SearchAttributePair[str]) -> Any:
    """What visibility says of a workflow."""
    attributes = TypedSearchAttributes(list(pairs))
    found = SimpleNamespace(workflow_type=workflow_type, typed_search_attributes=attributes, close_time=closed)
    return cast("WorkflowExecution", found)


@pytest.mark.parametrize(
    ("visible", "document"),
    [
        (
            execution(WorkflowType.JOB_RUN, None, *OF_A_JOB),
            JobRunDocument(
                run_id="arn:churn-1",
                job=JobIdentity(kind=JobKind.TRAINING, name="churn-1"),
                platform="prod",
                phase=Phase.RUNNING,
            ),
        ),
        (execution(WorkflowType.JOB_RUN, None), JobRunDocument()),
        (
            execution(WorkflowType.JOB_RUN, NOW, SearchAttributePair(JOB_KIND_ATTRIBUTE, "of tomorrow")),
            JobRunDocument(phase=Phase.CLOSED),
        ),
        (
            execution(WorkflowType.PIPELINE_RUN, None, SearchAttributePair(PIPELINE_ATTRIBUTE, "churn")),
            PipelineRunDocument(pipeline_name="churn"),
        ),
        (
            execution(WorkflowType.PIPELINE_RUN, None, SearchAttributePair(STATUS_ATTRIBUTE, "Melted")),
            PipelineRunDocument(status=RunStatus.UNKNOWN),
        ),
    ],
)
def test_the_document_is_of_the_type_of_the_run(visible: WorkflowExecution, document: RunDocument) -> None:
    """With what the search attributes say."""
    assert document_from_visibility(visible) == document
