"""Looking at executions, and being woken."""

import asyncio
from datetime import UTC, datetime

from activities.aws.calls import SageMakerCalls
from activities.models import Observation
from activities.poller import DescribingPoller
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply

AN_HOUR = 3600.0


async def test_a_look_is_one_describe(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Everything that a run document needs comes from it."""
    aws.script.append(
        reply(
            PipelineExecutionStatus="Failed",
            FailureReason="Step failure",
            PipelineExecutionDescription="nightly",
            CreationTime=1_795_000_000,
            LastModifiedTime=1_795_000_060,
            SomethingNew="ignored",
        )
    )
    assert await DescribingPoller(calls).look(aws.platform, ARN, after=0) == Observation(
        sagemaker_status="Failed",
        failure_reason="Step failure",
        description="nightly",
        created_at=datetime.fromtimestamp(1_795_000_000, UTC),
        last_modified_at=datetime.fromtimestamp(1_795_000_060, UTC),
    )
    assert aws.requests == [("DescribePipelineExecution", {"PipelineExecutionArn": ARN})]


async def test_an_answer_without_anything_is_an_observation_of_nothing(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """No member of the response is required in AWS's model."""
    aws.script.append(reply())
    assert await DescribingPoller(calls).look(aws.platform, ARN, after=0) == Observation()


async def test_a_wake_up_ends_the_delay_of_that_execution_alone(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """All who wait for it look at once, and nobody else does."""
    aws.script += [reply(PipelineExecutionStatus="Stopping")] * 2
    poller = DescribingPoller(calls)
    woken = [asyncio.create_task(poller.look(aws.platform, ARN, after=AN_HOUR)) for _ in range(2)]
    other = asyncio.create_task(poller.look(aws.platform, ARN.replace("abc", "xyz"), after=AN_HOUR))
    await asyncio.sleep(0)
    poller.wake(ARN)
    looks = await asyncio.wait_for(asyncio.gather(*woken), 5)
    assert [look.sagemaker_status for look in looks] == ["Stopping"] * 2
    assert not other.done()
    other.cancel()
    await asyncio.wait([other])
    assert len(aws.requests) == 2


async def test_a_wake_up_of_nobody_is_nothing(calls: SageMakerCalls) -> None:
    """The watch may run in another process."""
    DescribingPoller(calls).wake(ARN)
