"""Stops of others that the input of a job run takes for a success."""

from datetime import UTC, datetime

import pytest
from temporalio import workflow

from activities.models import Observation
from contract.job_run import JobRunInput
from contract.run import RunStatus
from workflows.job_commands import JobCommands, JobRunState


@pytest.mark.parametrize("shown", ["Stopped", "STOPPED"])
@pytest.mark.parametrize("accepted", ["Stopped", "STOPPED"])
@pytest.mark.parametrize("is_patched", [True, False])
def test_both_spellings_of_aws_are_one_status(
    monkeypatch: pytest.MonkeyPatch, shown: str, accepted: str, *, is_patched: bool
) -> None:
    """A compilation job is STOPPED, a processing job Stopped; a run of before goes on as it began."""
    monkeypatch.setattr(workflow, "patched", lambda _: is_patched)
    given = {"job": "compilation", "request": {"CompilationJobName": "x"}, "accept_stopped": [accepted]}
    commands = JobCommands()
    times = {"start_token": "start", "stop_token": "stop", "run_started_at": datetime.now(UTC)}
    state = JobRunState(run_input=JobRunInput.admit(given), document=commands.document, **times)
    commands.describe_input(state)
    seen = Observation(sagemaker_status=shown, status=RunStatus.CANCELLED, has_ended=True)
    is_accepted = is_patched or shown == accepted
    assert commands.status(seen) is (RunStatus.SUCCESS if is_accepted else RunStatus.CANCELLED)
