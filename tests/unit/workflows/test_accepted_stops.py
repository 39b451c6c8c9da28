"""Stops of others that the input of a job run takes for a success."""

from datetime import UTC, datetime

import pytest

from activities.models import Observation
from contract.job_run import JobRunInput
from contract.run import RunStatus
from workflows.job_commands import JobCommands, JobRunState


@pytest.mark.parametrize("shown", ["Stopped", "STOPPED"])
@pytest.mark.parametrize("accepted", ["Stopped", "STOPPED"])
def test_both_spellings_of_aws_are_one_status(shown: str, accepted: str) -> None:
    """A compilation job is STOPPED, a processing job Stopped."""
    given = {"job": "compilation", "request": {"CompilationJobName": "x"}, "accept_stopped": [accepted]}
    commands = JobCommands()
    times = {"start_token": "start", "stop_token": "stop", "run_started_at": datetime.now(UTC)}
    state = JobRunState(run_input=JobRunInput.admit(given), document=commands.document, **times)
    commands.describe_input(state)
    seen = Observation(sagemaker_status=shown, status=RunStatus.CANCELLED, has_ended=True)
    assert commands.status(seen) is RunStatus.SUCCESS
