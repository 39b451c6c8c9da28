"""Times as AWS sends them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.timestamps import in_utc
from activities.resources.operations import DESCRIBE_EXECUTION
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose zone is not UTC."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
async def test_answers_have_their_times_in_utc_wherever_the_worker_runs(
    aws: ScriptedAws, calls: SageMakerCalls
) -> None:
    """They stand in run documents and histories."""
    aws.script.append(reply(CreationTime=1_795_000_000.25))
    answer = await calls.poll(aws.platform, DESCRIBE_EXECUTION, PipelineExecutionArn=ARN)
    assert answer["CreationTime"].isoformat() == "2026-11-18T11:06:40.250000+00:00"


def test_texts_are_read_as_well() -> None:
    """STS sends them."""
    assert in_utc("2026-11-18T11:06:40Z") == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
