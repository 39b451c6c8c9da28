"""Run documents whose kind of run is not known beforehand."""

import json

import pytest

from contract.any_document import AnyRunDocument, read_document
from contract.job_document import JobIdentity, JobProgress, JobRunDocument
from contract.job_kinds import JobKind
from contract.pipeline_document import PipelineRunDocument
from contract.steps import Progress
from worker.cli.run_view import RunView

DOCUMENTS = [
    JobRunDocument(),
    JobRunDocument(job=JobIdentity(kind=JobKind.TUNING, name="x"), progress=JobProgress(counters={"Completed": 1})),
    PipelineRunDocument(),
    PipelineRunDocument(pipeline_name="churn", progress=Progress(done=1, running=0, failed=0)),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_read_as_what_it_was_written_as(document: AnyRunDocument) -> None:
    """Alone, and in what the commands print."""
    assert read_document(json.loads(document.model_dump_json())) == document
    view = RunView(workflow_id="w", workflow_status="Running", run=document)
    assert RunView.model_validate_json(view.model_dump_json()) == view


def test_an_old_document_is_one_of_a_pipeline() -> None:
    """It has no `job`, and not all of today's fields."""
    assert read_document({"status": "Success"}) == PipelineRunDocument.model_validate({"status": "Success"})
