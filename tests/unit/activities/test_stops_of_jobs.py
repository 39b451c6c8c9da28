"""Stops of jobs whose name other clients may use again: they are described before they are stopped."""

from datetime import UTC, datetime

import pytest

from activities.models import StopOutcome, StopRequest
from activities.resources.jobs import KIND_OF_JOB
from activities.stopping import Stops
from contract.job_kinds import JobKind
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply

CREATED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
STOP = StopRequest(
    platform="default",
    execution_arn="arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly",
    client_request_token="",
)
DENIED = refusal("AccessDeniedException", "not authorized to perform: sagemaker:DescribeTrainingJob")
DESCRIBE, SEND = "DescribeTrainingJob", "StopTrainingJob"


def described(created_at: datetime) -> Answer:
    """A job in progress."""
    return reply(TrainingJobStatus="InProgress", CreationTime=created_at.timestamp())


@pytest.mark.parametrize(
    ("answer", "is_sent"),
    [
        (described(CREATED), True),
        (described(datetime(2026, 11, 1, 3, 0, tzinfo=UTC)), False),
        (DENIED, True),
    ],
    ids=["its own", "another client's", "may not be described"],
)
async def test_only_what_is_seen_to_be_another_job_is_not_stopped(
    aws: ScriptedAws, answer: Answer, *, is_sent: bool
) -> None:
    """A person waits for the stop, which may be permitted where the describe is not."""
    aws.script += [answer, *[reply()] * is_sent]
    stops = Stops(aws.calls(), KIND_OF_JOB[JobKind.TRAINING])

    async def stop() -> StopOutcome:
        return await stops.stop(STOP, created_at=CREATED)

    outcome: StopOutcome = await attempt().run(stop)
    assert (outcome.accepted, aws.operations) == (is_sent, [DESCRIBE, *[SEND] * is_sent])
