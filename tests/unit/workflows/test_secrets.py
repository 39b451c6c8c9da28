"""References to secrets in the requests of activities that observe a run's execution or job."""

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import workflow

from activities.models import FollowedExecution
from contract.job_document import JobRunDocument
from contract.job_run import JobRunInput
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from workflows.job_commands import JobCommands, JobRunState
from workflows.pipeline_commands import PipelineCommands, PipelineRunState

REFERENCE = "vault://jobs/password"
BEGUN: dict[str, Any] = {
    "start_token": "start",
    "stop_token": "stop",
    "run_started_at": datetime(2026, 11, 21, tzinfo=UTC),
    "execution": FollowedExecution(execution_arn="arn", poll_interval=1, heartbeat_timeout=1),
}


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the activities are asked."""
    asked: list[Any] = []
    monkeypatch.setattr(workflow, "start_activity_method", lambda _activity, request, **_options: asked.append(request))
    return asked


def test_a_describe_beside_the_watch_of_an_execution_knows_the_secrets(requests: list[Any]) -> None:
    """AWS's reason may quote them."""
    run_input = PipelineRunInput.model_validate(
        {"pipeline_name": "churn", "parameters": {"a": REFERENCE, "b": "plain"}}
    )
    PipelineCommands().find(PipelineRunState(run_input=run_input, document=PipelineRunDocument(), **BEGUN), "arn")
    assert requests[0].secrets == [REFERENCE]


def test_a_describe_beside_the_watch_of_a_job_knows_the_secrets(requests: list[Any]) -> None:
    """Wherever they stand in the request."""
    request = {"HyperParameters": {"a": REFERENCE, "b": "plain"}}
    run_input = JobRunInput.model_validate({"job": "training", "request": request})
    JobCommands().find(JobRunState(run_input=run_input, document=JobRunDocument(), **BEGUN), "arn")
    assert requests[0].secrets == [REFERENCE]
